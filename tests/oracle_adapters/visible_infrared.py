"""SYSU-MM01 on a tree of cameras, and RegDB in both directions: arrays sysu_{mode}_{shots}_*, gallery_*, regdb_*."""

import re

import numpy as np
import pandas as pd

from nasreid.evaluation.draws import EVERYWHERE, INDOOR, sysu
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.scores import Scores
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.recipes import fill

CAMERAS = {"all": EVERYWHERE, "indoor": INDOOR}
INFRARED = (3, 6)


def run(oracle: Oracle) -> None:
    """Query and gallery of the trials, and scores on features that follow from the images' names."""
    frame = tree(oracle.given("tree"))
    oracle.params.agree("ids", frame["identity"].nunique())
    features = vectors(oracle, frame["identity"], [f"{c}/{p}/{n}" for c, p, n in triples(frame)])
    for name in [name for name in oracle.arrays if name.startswith("gallery_")]:
        mode, shots, trial = name.split("_")[1:]
        *_, chosen = sysu(frame, CAMERAS[mode], int(shots), int(trial) + 1)
        oracle.check(name, triples(frame.iloc[chosen.gallery]))
        oracle.check("query", triples(frame.iloc[chosen.query]))
    for row in rows_of("sysu"):
        mode, shot = row.label.replace("-search", "").replace("-shot", "").split(", ")
        check_trials(oracle, f"sysu_{mode}_{1 if shot == 'single' else 10}", row, frame, features)
    regdb(oracle)


def check_trials(oracle: Oracle, name: str, row: Protocol, frame: pd.DataFrame, features: np.ndarray) -> None:
    """Every trial of one row of the table, the CMC as far as it was stored."""
    stored = oracle.arrays.get(f"{name}_cmc")
    if stored is None:
        return
    trials = row.score(frame, features, metric="cosine", max_rank=stored.shape[1]).trials
    oracle.check(f"{name}_cmc", [trial.cmc for trial in trials])
    oracle.check(f"{name}_map", [trial.map for trial in trials])


def regdb(oracle: Oracle) -> None:
    """Visible asks thermal (vt), thermal asks visible (tv)."""
    people, images = labels(oracle)
    ids = np.arange(people).repeat(images)
    frame = pd.DataFrame({"path": [f"{side}{i}" for side in "vt" for i in range(len(ids))], "identity": np.tile(ids, 2),
                          "camera": np.repeat([1, 2], len(ids)), "split": "test",
                          "modality": np.repeat(["visible", "infrared"], len(ids))})  # fmt: skip
    features = vectors(oracle, frame["identity"], frame["path"])
    for name, row in zip(("regdb_vt", "regdb_tv"), rows_of("regdb"), strict=True):
        scores: Scores = row.score(frame, features, metric="cosine", max_rank=len(oracle.arrays[f"{name}_cmc"]))
        oracle.check(f"{name}_cmc", scores.cmc)
        oracle.check(f"{name}_map", scores.map)


def labels(oracle: Oracle) -> tuple[int, int]:
    """How many people and images of each, as the words of the recipe give them."""
    text = oracle.recipe["inputs"]["regdb"]["recipe"]
    found = re.search(r"repeat\(arange\((\d+)\), (\d+)\)", text)
    if not found:
        raise ValueError(f"no repeat(arange(people), images) in {text!r}")
    return int(found[1]), int(found[2])


def tree(rows: np.ndarray) -> pd.DataFrame:
    """The files of a tree with rows (camera, identity, number of images)."""
    files = [(camera, identity, number) for camera, identity, many in rows.tolist() for number in range(1, many + 1)]
    frame = pd.DataFrame(files, columns=["camera", "identity", "number"])
    infrared = frame["camera"].isin(INFRARED)
    return frame.assign(path=[f"cam{c}/{i:04d}/{n:04d}.jpg" for c, i, n in files], split="test",
                        modality=np.where(infrared, "infrared", "visible"))


def triples(frame: pd.DataFrame) -> np.ndarray:
    """(camera, identity, number) of each row."""
    return frame[["camera", "identity", "number"]].to_numpy()


def vectors(oracle: Oracle, identities: pd.Series, keys: "list[str] | pd.Series") -> np.ndarray:
    """Normalised vectors of images: their identity's draw plus noise of their own."""
    salt = re.search(r"salt '([^']*)'", oracle.what)
    size, noise = (oracle.params["dim"],), oracle.params["noise"]
    drawn = [fill.draw(f"id{identity}", size, salt[1] if salt else "")
             + noise * fill.draw(key, size, salt[1] if salt else "")
             for identity, key in zip(identities, keys, strict=True)]  # fmt: skip
    return np.stack(drawn) / np.linalg.norm(drawn, axis=1, keepdims=True)
