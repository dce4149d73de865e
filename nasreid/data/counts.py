"""How many images, identities and cameras each data set has, as published.

A number that differs is a mismatch, unless `sure` is False: then the sources disagree or nobody checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

CAMERAS = {"market1501": 6, "msmt17": 15, "dukemtmcreid": 8, "cuhk03": 2, "veri776": 20, "sysu-mm01": 6, "regdb": 2,
           "viper": 2, "grid": 8, "cuhk01": 2}  # fmt: skip
VEHICLES = {"small": (800, 6493), "medium": (1600, 13377), "large": (2400, 19777)}
BOXES = {"detected": (7365, 1400, 5332), "labeled": (7368, 1400, 5328)}


@dataclass(frozen=True)
class Count:
    """What a split (of one modality, or of any when that is empty) should have; None = not known."""

    split: str
    images: int
    identities: int | None
    modality: str = ""
    sure: bool = True  # of the identities

    def part(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame that are counted."""
        return frame[(frame["split"] == self.split) & (frame["modality"].eq(self.modality) | (not self.modality))]


def published(layout: str, options: dict[str, Any]) -> list[Count]:
    """The counts of a layout with these options of its reader; empty where there are none."""
    if layout == "cuhk03":
        train, query, gallery = BOXES[options.get("boxes", "detected")]
        return [Count("train", train, 767), Count("query", query, 700), Count("gallery", gallery, 700)]
    if layout == "vehicleid":
        size = str(options.get("size", "small"))
        known = {**VEHICLES, **{str(number): (number, images) for number, images in VEHICLES.values()}}
        test = [Count("test", known[size][1], known[size][0])] if size in known else []
        return [Count("train", 113346, 13164), *test]
    if layout == "msmt17" and options.get("val") is False:
        return [Count("train", 30248, 1041), *PUBLISHED["msmt17"][1:]]
    if layout == "sysu-mm01" and options.get("val") is False:
        return PUBLISHED["sysu-mm01"][2:]
    if layout == "cuhk01" and options.get("test") not in (None, 486):
        test = options["test"]
        return [Count("train", 4 * (971 - test), 971 - test), *(Count(s, 2 * test, test) for s in ("query", "gallery"))]
    return PUBLISHED.get(layout, [])


PUBLISHED = {
    "market1501": [Count("train", 12936, 751), Count("query", 3368, 750), Count("gallery", 15913, 751)],
    "msmt17": [Count("train", 32621, 1041), Count("query", 11659, 3060), Count("gallery", 82161, 3060)],
    "dukemtmcreid": [Count("train", 16522, 702), Count("query", 2228, 702), Count("gallery", 17661, 1110, sure=False)],
    "veri776": [Count("train", 37778, 576, sure=False), Count("query", 1678, 200, sure=False),
                Count("gallery", 11579, 200, sure=False)],
    "sysu-mm01": [Count("train", 22258, 395, "visible"), Count("train", 11909, 395, "infrared"),
                  Count("query", 3803, 96), Count("gallery", 6775, 96)],
    "regdb": [*(Count("train", 2060, 206, modality) for modality in ("visible", "infrared")),
              Count("query", 2060, 206), Count("gallery", 2060, 206)],
    "viper": [Count("train", 632, 316), Count("query", 316, 316), Count("gallery", 316, 316)],
    "grid": [Count("train", 250, 125), Count("query", 125, 125), Count("gallery", 900, 126)],
    "cuhk01": [Count("train", 1940, 485), Count("query", 972, 486), Count("gallery", 972, 486)],
}  # fmt: skip


def counted(frame: pd.DataFrame) -> list[Count]:
    """The counts of a frame, by split and modality."""
    groups = frame.groupby(["split", "modality"])["identity"].agg(["size", "nunique"])
    return [Count(str(split), int(row["size"]), int(row["nunique"]), str(modality))
            for (split, modality), row in groups.iterrows()]  # pyright: ignore[reportGeneralTypeIssues]
