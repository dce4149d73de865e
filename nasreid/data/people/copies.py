"""The embedded people in the layouts of real data sets: what `nasreid data synthesize --layout` writes.

A plan is a function (arguments, options of the layout's reader) -> Copy. The options change no file, only which rows
the reader should find, e.g. another trial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from nasreid.data.layouts.market import SPLITS
from nasreid.data.layouts.source import NO_CAMERA, Row
from nasreid.data.people import copies_lists as plans_lists
from nasreid.data.people import copies_two as plans_two
from nasreid.data.people.sights import Arguments, Copy, Picture, known, market, sights
from nasreid.errors import NasreidError

INFRARED = ("market1501", "market1501-infrared")  # the layouts where infrared pictures are to be asked for


def plan(layout: str, arguments: Arguments, options: dict[str, Any] | None = None) -> Copy:
    """What to write, and the rows expected of the reader; raises NasreidError for a layout that we do not write."""
    if layout not in PLANS:
        raise NasreidError(f"layout {layout!r} to write: expected one of {', '.join(PLANS)}")
    if arguments.infrared and layout not in INFRARED:
        raise NasreidError(f"infrared pictures in the layout {layout}: expected {' or '.join(INFRARED)} (sysu-mm01 and "
                           "regdb have them anyway)")
    return PLANS[layout](arguments, **(options or {}))


def planner(layout: str) -> Callable[[Arguments], Copy]:
    """The plan of a layout, for `nasreid.data.people.synthesize.synthesize`."""
    return partial(plan, layout)


def _market(arguments: Arguments, modalities: str = "visible") -> Copy:
    copy = market(arguments)
    kept = {"visible": (False,), "infrared": (True,), "both": (False, True)}[modalities]
    return Copy(copy.folder, [_both(shown, shown.sight.infrared in kept) for shown in copy.pictures])


def _both(shown: Picture, kept: bool) -> Picture:
    sight = shown.sight
    if not kept or sight.name == "-1":
        return Picture(shown.path, sight, None)
    role = "distractor" if sight.name == "0000" else ""
    modality = "infrared" if sight.infrared else "visible"
    return Picture(shown.path, sight, Row(shown.path, int(sight.name), sight.camera, sight.split, modality, role))


def _market_infrared(arguments: Arguments) -> Copy:
    copy = _market(arguments, "both")
    left = {("query", False), ("gallery", True)}
    pictures = [replace(shown, row=None) if (shown.sight.split, shown.sight.infrared) in left else shown
                for shown in copy.pictures]
    return Copy(copy.folder, pictures)


def _duke(arguments: Arguments) -> Copy:
    pictures = []
    for sight in sights(arguments):
        path = f"{SPLITS[sight.split]}/{sight.who:04d}_c{sight.camera}_f{sight.who * 10 + sight.shot:07d}.jpg"
        role = "distractor" if sight.name == "0000" else ""
        if sight.name != "-1":
            pictures.append(Picture(path, sight, Row(path, sight.who, sight.camera, sight.split, role=role)))
    return Copy("DukeMTMC-reID", pictures)


def _veri(arguments: Arguments) -> Copy:
    pictures = []
    for sight in known(arguments):
        places = {"train": ["image_train"], "query": ["image_query", "image_test"], "gallery": ["image_test"]}
        for place in places[sight.split]:
            path = f"{place}/{sight.who:04d}_c{sight.camera:03d}_{sight.who * 10 + sight.shot:08d}_0.jpg"
            split = "gallery" if place == "image_test" else sight.split
            pictures.append(Picture(path, sight, Row(path, sight.who, sight.camera, split)))
    return Copy("VeRi", pictures)


def _csv(arguments: Arguments) -> Copy:
    pictures, lines = [], ["path,identity,camera,split"]
    for sight in known(arguments):
        path = f"images/{sight.who}-{sight.camera}-{sight.shot}.jpg"
        pictures.append(Picture(path, sight, Row(path, sight.who, sight.camera, sight.split)))
        lines.append(f"{path},{sight.who},{sight.camera},{sight.split}")
    return Copy("people-csv", pictures, {"people.csv": ("\n".join(lines) + "\n").encode()})


def _folder(arguments: Arguments, camera: str | None = None) -> Copy:
    pictures = []
    for sight in known(arguments):
        path = f"{sight.split}/{sight.who:04d}/c{sight.camera}-{sight.shot}.jpg"
        row = Row(path, sight.who, sight.camera if camera else NO_CAMERA, sight.split)
        pictures.append(Picture(path, sight, row))
    return Copy("people-folders", pictures)


PLANS: dict[str, Callable[..., Copy]] = {
    "market1501": _market,
    "market1501-infrared": _market_infrared,
    "dukemtmcreid": _duke,
    "veri776": _veri,
    "msmt17": plans_lists.msmt17,
    "vehicleid": plans_lists.vehicleid,
    "cuhk03": plans_lists.cuhk03,
    "sysu-mm01": plans_two.sysu,
    "regdb": plans_two.regdb,
    "viper": plans_two.viper,
    "grid": plans_two.grid,
    "cuhk01": plans_two.cuhk01,
    "csv": _csv,
    "folder": _folder,
}
