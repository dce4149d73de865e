"""How protocols that draw their galleries do it; every draw is fixed by a seed and the trial's number."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.data.layouts.matlab import read_mat
from nasreid.errors import NasreidError
from nasreid.evaluation.protocol import Trial, rows

INDOOR, EVERYWHERE = (1, 2), (1, 2, 4, 5)  # visible cameras of SYSU-MM01


def one_of_each(frame: pd.DataFrame, draws: int, seed: int) -> Iterator[Trial]:
    """VehicleID: a random test image of every identity is the gallery, all others ask; `draws` times."""
    test = rows(frame, frame["split"] == "test", "test")
    test = test[np.lexsort((frame["path"].to_numpy().astype(str)[test], frame["identity"].to_numpy()[test]))]
    _, first, many = np.unique(frame["identity"].to_numpy()[test], return_index=True, return_counts=True)
    for draw in range(draws):
        chosen = first + np.random.default_rng([seed, draw]).integers(0, many)
        yield Trial(np.delete(test, chosen), test[chosen])


def across(frame: pd.DataFrame, of: str, to: str) -> Iterator[Trial]:
    """Test images of modality `of` ask all those of modality `to`."""
    test = frame["split"] != "train"
    yield Trial(*(rows(frame, test & (frame["modality"] == modality), modality) for modality in (of, to)))


def back(frame: pd.DataFrame) -> Iterator[Trial]:
    """The gallery's people ask, the query images answer; distractors stay in the gallery."""
    nobody = frame["role"] == "distractor" if "role" in frame else pd.Series(False, frame.index)
    yield Trial(rows(frame, (frame["split"] == "gallery") & ~nobody, "gallery"),
                rows(frame, (frame["split"] == "query") | (nobody & (frame["split"] == "gallery")), "query"))


def sysu(frame: pd.DataFrame, cameras: Sequence[int], shots: int, trials: int,
         permutations: str | Path | None = None) -> Iterator[Trial]:
    """SYSU-MM01: infrared images ask; `shots` images of every identity and visible camera answer.

    With `permutations`, the data set's rand_perm_cam.mat, the gallery of a trial are the first of its permutation.
    Without, they are drawn by Python's random from the sorted files, seeded with the trial's number 0, 1, …, as the
    field does.
    """
    test = frame["split"] != "train"
    order = ["identity", "camera", "path"]
    query = frame[test & (frame["modality"] == "infrared")].sort_values(order, kind="stable")
    gallery = frame[test & (frame["modality"] == "visible") & frame["camera"].isin(cameras)]
    files = gallery.sort_values(order, kind="stable").groupby(["identity", "camera"]).groups
    if not len(query) or not files:
        raise NasreidError(f"{len(query)} infrared and {len(gallery)} visible test images: expected some of each")
    position = pd.Series(np.arange(len(frame)), frame.index)
    table = None if permutations is None else _permutations(Path(permutations))
    for trial in range(trials):
        generator, chosen = random.Random(trial), []
        for (identity, camera), images in files.items():
            if table is None:
                chosen += generator.sample(list(images), min(shots, len(images)))
            else:
                chosen += [images[at] for at in _permuted(table, identity, camera, trial, len(images))[:shots]]
        yield Trial(position[query.index].to_numpy(), position[chosen].to_numpy())


def _permutations(path: Path) -> np.ndarray:
    """rand_perm_cam of the file: a cell for each of the 6 cameras, in it one for each identity."""
    if not path.is_file():
        raise NasreidError(f"{path}: no such file; expected rand_perm_cam.mat of SYSU-MM01")
    return read_mat(path)["rand_perm_cam"].ravel()


def _permuted(table: np.ndarray, identity: int, camera: int, trial: int, images: int) -> list[int]:
    """Positions (from 0) of the images of an identity and camera, in the order of the trial's permutation."""
    cell = table[camera - 1].ravel() if camera <= len(table) else ()
    found = np.asarray(cell[identity - 1]) if identity <= len(cell) else np.zeros((0, 0))
    if found.ndim != 2 or trial >= len(found) or sorted(found[trial].tolist()) != list(range(1, images + 1)):
        raise NasreidError(f"rand_perm_cam: identity {identity} in camera {camera} has an array {found.shape}; "
                           f"expected a permutation of its {images} images in trial {trial + 1}")
    return [int(number) - 1 for number in found[trial]]
