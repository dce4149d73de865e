"""Queries that no gallery image can answer."""

from __future__ import annotations

import pandas as pd

from nasreid.data.check import some
from nasreid.data.layouts.source import NO_CAMERA
from nasreid.errors import NasreidError


def check_queries(frame: pd.DataFrame) -> None:
    """Has every query a gallery picture of the same identity from another camera (the same-camera rule)?

    A camera that is not known (-1) is no camera: any gallery picture of the identity will do.
    Raises NasreidError naming the first query without one, or when a split is empty.
    """
    gallery = frame[frame["split"] == "gallery"]
    query = frame[frame["split"] == "query"]
    if not len(query) or not len(gallery):
        raise NasreidError(f"{len(query)} query and {len(gallery)} gallery pictures: expected at least one of each")
    cameras = gallery.groupby("identity")["camera"].agg(set)
    for path, identity, camera in zip(query["path"], query["identity"], query["camera"], strict=True):
        if not cameras.get(identity, set()) - ({camera} - {NO_CAMERA}):
            raise NasreidError(
                f"query {path}: identity {identity} is in the gallery from no camera but {camera}; expected a match "
                "from another camera"
            )


SAME_CAMERA = ("market", "cuhk03", "veri")  # protocols that remove gallery images of the query's own camera


def unmatched(frame: pd.DataFrame, protocol: str) -> list[str]:
    """Queries that no gallery image can answer under a protocol, with the rule that leaves none."""
    if (frame["split"] == "test").any():  # the protocol draws a gallery image of each, and the others ask
        sizes = frame.loc[frame["split"] == "test", "identity"].value_counts()
        return some("test identities with one image, so that nobody asks for them", list(sizes.index[sizes == 1]))
    gallery = frame[frame["split"] == "gallery"]
    cameras = gallery.groupby("identity")["camera"].agg(set).to_dict()
    query = frame[frame["split"] == "query"]
    absent, own, blind = [], [], []
    for path, identity, camera in zip(query["path"], query["identity"], query["camera"], strict=True):
        seen = cameras.get(identity, set())
        if not seen:
            absent.append(path)
        elif protocol in SAME_CAMERA and camera != NO_CAMERA and seen == {camera}:
            own.append(path)
        elif protocol == "sysu" and camera == 3 and seen == {2}:
            blind.append(path)
    return [
        *some("queries whose identity is not in the gallery", absent),
        *some("queries whose matches are all from their own camera, which the same-camera rule removes", own),
        *some("queries of camera 3 whose matches are all from camera 2, which it may not ask", blind),
    ]
