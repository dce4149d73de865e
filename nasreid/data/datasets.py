"""The layouts that nasreid reads, by name, and the protocol that each is scored under."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.data.layouts import dukemtmc
from nasreid.data.layouts.cuhk01 import cuhk01
from nasreid.data.layouts.cuhk03 import cuhk03
from nasreid.data.layouts.grid import grid
from nasreid.data.layouts.market import market1501
from nasreid.data.layouts.market_infrared import market1501_infrared
from nasreid.data.layouts.msmt17 import msmt17
from nasreid.data.layouts.own import from_csv, from_folder
from nasreid.data.layouts.regdb import regdb
from nasreid.data.layouts.sysu import sysu_mm01
from nasreid.data.layouts.vehicleid import vehicleid
from nasreid.data.layouts.veri import veri776
from nasreid.data.layouts.viper import viper
from nasreid.errors import NasreidError

LAYOUTS: dict[str, Callable[..., pd.DataFrame]] = {
    "market1501": market1501,
    "market1501-infrared": market1501_infrared,
    "msmt17": msmt17,
    "dukemtmcreid": dukemtmc.dukemtmcreid,
    "cuhk03": cuhk03,
    "veri776": veri776,
    "vehicleid": vehicleid,
    "sysu-mm01": sysu_mm01,
    "regdb": regdb,
    "viper": viper,
    "grid": grid,
    "cuhk01": cuhk01,
    "csv": from_csv,
    "folder": from_folder,
}
PROTOCOLS = {
    "market1501": "market",
    "market1501-infrared": "market",
    "msmt17": "market",
    "dukemtmcreid": "market",
    "cuhk03": "cuhk03",
    "veri776": "veri",
    "vehicleid": "vehicleid",
    "sysu-mm01": "sysu",
    "regdb": "regdb",
    "viper": "viper",
    "grid": "grid",
    "cuhk01": "cuhk01",
    "csv": "market",
    "folder": "market",
}
NOTES = {"dukemtmcreid": dukemtmc.NOTE}  # said whenever the data set is used


def read(layout: str, root: str | Path, **options: Any) -> pd.DataFrame:
    """Frame of the data set under `root`; `options` go to the reader of the layout.

    Columns: path, identity, camera (-1 = not known), modality ("visible" or "infrared"), split ("train", "query",
    "gallery", or "test" where the protocol itself draws query and gallery) and role ("" or "distractor": a gallery
    image of nobody asked for). Raises NasreidError for an unknown layout and for an option that its reader does not
    have.
    """
    reader = LAYOUTS[_known(layout)]
    parameters = inspect.signature(reader).parameters
    known = list(parameters)[1:]
    for name, value in options.items():
        if name not in known:
            raise NasreidError(f"data layout {layout!r} has no option {name!r}: expected one of {', '.join(known)}")
        _check_kind(name, value, parameters[name].annotation)
    return reader(root, **options)


def protocol_of(layout: str) -> str:
    """The name of the protocol that a layout is scored under; raises NasreidError for an unknown layout."""
    return PROTOCOLS[_known(layout)]


def _known(layout: str) -> str:
    if layout not in LAYOUTS:
        raise NasreidError(f"data layout {layout!r}: expected one of {', '.join(LAYOUTS)}")
    return layout


def _check_kind(name: str, value: Any, annotation: str) -> None:
    """Options come from JSON: `trial: "x"` must not reach a reader."""
    kinds = {"str": str, "int": int, "float": (int, float), "bool": bool, "None": type(None)}
    names = annotation.split(" | ")
    fits = any(isinstance(value, kinds[kind]) and (kind == "bool" or not isinstance(value, bool)) for kind in names)
    if not fits:
        raise NasreidError(f"option {name} {value!r}: expected {' or '.join(names)}")
