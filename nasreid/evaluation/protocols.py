"""The protocols of the data sets, by name. Each is one or more rows of a table.

Sources: Zheng et al., ICCV 2015 (Market-1501); Zhong et al., CVPR 2017 (CUHK03's new protocol); Liu et al., ECCV 2016
(VeRi); Liu et al., CVPR 2016 (VehicleID); Wu et al., ICCV 2017 (SYSU-MM01); Ye et al., AAAI 2018 (RegDB).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nasreid.arguments import checked
from nasreid.data.datasets import protocol_of
from nasreid.errors import NasreidError, one_of
from nasreid.evaluation.draws import EVERYWHERE, INDOOR, across, back, one_of_each, sysu
from nasreid.evaluation.protocol import Protocol, given
from nasreid.evaluation.removal import OWN_CAMERA, Removal
from nasreid.plugins import resolve_function

SAME_CAMERA = "gallery images of the query's identity and camera removed"
NO_CAMERA = "nothing removed"
BLIND = ((3, 2),)  # cameras 2 and 3 of SYSU-MM01 hang in one room
Rows = tuple[Protocol, ...]


def market() -> Rows:
    """Market-1501, MSMT17, DukeMTMC-reID."""
    return (Protocol(f"market: single query, {SAME_CAMERA}", given, removal=OWN_CAMERA),)


def cuhk03() -> Rows:
    """CUHK03, new protocol (767/700)."""
    return (Protocol(f"cuhk03, new protocol: single query, {SAME_CAMERA}", given, removal=OWN_CAMERA),)


def cuhk03_single_shot(repeats: int = 10, seed: int = 0) -> Rows:
    """CUHK03 with a CMC over galleries of one image per identity."""
    rule = (f"cuhk03, single gallery shot: {SAME_CAMERA}; CMC over {repeats} galleries per query of one random image "
            f"per identity (seed {seed}), mAP and mINP over all images")
    return (Protocol(rule, given, removal=OWN_CAMERA, curve="single gallery shot", repeats=repeats, seed=seed),)


def veri() -> Rows:
    """VeRi-776, image to image."""
    return (Protocol(f"veri: image to image, {SAME_CAMERA}", given, removal=OWN_CAMERA),)


def vehicleid(draws: int = 10, seed: int = 0) -> Rows:
    """VehicleID: the gallery is drawn; MSINet's code draws once."""
    rule = (f"vehicleid: one random image of every identity is the gallery, all others ask, no camera rule; mean of "
            f"{draws} {_draws(draws)} (seed {seed})")
    return (Protocol(rule, partial(one_of_each, draws=_count("draws", draws), seed=seed)),)


def sysu_mm01(trials: int = 10, permutations: str | None = None) -> Rows:
    """SYSU-MM01: all-search and indoor-search, single-shot and multi-shot."""
    how = "Python's random seeded 0, 1, …" if permutations is None else "the official permutations"
    return tuple(
        Protocol(f"sysu {where}-search, {name}-shot: infrared asks {shots} visible of every identity and camera "
                 f"{_listed(cameras)}, drawn by {how}; camera 3 does not see camera 2; CMC over identities; mean of "
                 f"{trials} {_draws(trials)}",
                 partial(sysu, cameras=cameras, shots=shots, trials=_count("trials", trials),
                         permutations=permutations),
                 removal=Removal(blind=BLIND), curve="identities", label=f"{where}-search, {name}-shot")
        for where, cameras in (("all", EVERYWHERE), ("indoor", INDOOR))
        for name, shots in (("single", 1), ("multi", 10))
    )  # fmt: skip


def sysu_official(permutations: str, trials: int = 10) -> Rows:
    """SYSU-MM01 with the galleries of the data set's rand_perm_cam.mat."""
    return sysu_mm01(trials, permutations)


def regdb() -> Rows:
    """RegDB, one of its ten trials, in both directions."""
    return tuple(
        Protocol(f"regdb: {of} asks {to}, {NO_CAMERA}", partial(across, of=of, to=to), label=f"{of} to {to}")
        for of, to in (("visible", "infrared"), ("infrared", "visible"))
    )


def viper() -> Rows:
    """VIPeR, one of its ten halves, in both directions."""
    return _both_ways("viper")


def grid() -> Rows:
    """GRID, one of its ten splits, in both directions."""
    return _both_ways("grid", ", distractors in the gallery")


def cuhk01() -> Rows:
    """CUHK01, one of its ten splits, in both directions."""
    return _both_ways("cuhk01")


PROTOCOLS: dict[str, Callable[..., Rows]] = {
    "market": market, "cuhk03": cuhk03, "cuhk03-single-shot": cuhk03_single_shot, "veri": veri,
    "vehicleid": vehicleid, "sysu": sysu_mm01, "sysu-official": sysu_official, "regdb": regdb, "viper": viper,
    "grid": grid, "cuhk01": cuhk01,
}  # fmt: skip


def rows_of(name: str, **options: Any) -> Rows:
    """The protocols behind a name, one for each row of the table; also "module:function" or "file.py:function".

    Raises NasreidError for an unknown name, an option that it does not have, or one that is missing.
    """
    if name not in PROTOCOLS and ":" not in name:
        raise NasreidError(f"protocol {one_of(name, PROTOCOLS)}, "
                           "module:function or file.py:function")
    maker = PROTOCOLS.get(name) or resolve_function(name)
    rows = maker(**checked(maker, options, f"protocol {name}"))
    if not isinstance(rows, tuple) or not rows or not all(isinstance(row, Protocol) for row in rows):
        raise NasreidError(f"protocol {name!r} returned {rows!r:.80}; expected a tuple of "
                           "nasreid.evaluation.protocol.Protocol")
    return rows


def of_layout(layout: str) -> Rows:
    """The protocols that images of a data layout are scored under."""
    return rows_of(protocol_of(layout))


def _both_ways(name: str, more: str = "") -> Rows:
    return (Protocol(f"{name}: query asks gallery, {NO_CAMERA}{more}", given, label="query to gallery"),
            Protocol(f"{name}: gallery asks query, {NO_CAMERA}{more}", back, label="gallery to query"))


def _count(name: str, value: int) -> int:
    if value < 1:
        raise NasreidError(f"{name} {value!r}: expected at least 1")
    return value


def _draws(many: int) -> str:
    return "draw" if many == 1 else "draws"


def _listed(cameras: tuple[int, ...]) -> str:
    return ", ".join(map(str, cameras))
