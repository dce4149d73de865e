"""One oracle: its entry in the index, its inputs and weights, and what became of each of its arrays."""

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests.oracle_adapters import recipes
from tests.oracle_adapters.parameters import Parameters, check_described
from tests.oracle_adapters.recipes import Unknown, fill

# CMC curves were made in float32: they can be told apart to this
FLOAT32 = 1e-6


@dataclass(frozen=True)
class Result:
    """status "passed", "failed" or "skipped" of one array, or "unread" of a parameter, and why."""

    array: str
    status: str
    why: str


class Oracle:
    """An entry of index.json with its arrays; adapters feed it what our classes return."""

    def __init__(self, folder: Path, name: str, entry: dict[str, Any], dtype: torch.dtype = torch.float64):
        self.folder, self.name, self.entry, self.dtype = folder, name, entry, dtype
        self.ran, self.what = str(entry.get("ran", "")), str(entry.get("what", ""))
        self.recipe: dict[str, Any] = entry.get("recipe", {})
        self.params = Parameters(self.recipe.get("params", {}))
        with np.load(folder / entry["file"], allow_pickle=False) as arrays:
            self.arrays = {key: arrays[key] for key in arrays.files}
        self.results: dict[str, Result] = {}
        self._given: set[str] = set()
        self._inputs: dict[str, np.ndarray] = {}

    # ---- what goes in

    def input(self, name: str) -> np.ndarray:
        """An input by its recipe, its digest checked."""
        if name not in self._inputs:
            recipe = self.recipe["inputs"][name]
            index = re.search(r"\d*$", name)
            value = self._made(recipe, index.group() if index else "")
            if not self._drawn(recipe):
                _digest(f"input {name}", value, recipe.get("digest"))
            self._inputs[name] = value
        return self._inputs[name]

    def _made(self, recipe: dict[str, Any], index: str) -> np.ndarray:
        if recipe["recipe"] == "literal":
            return np.asarray(recipe["value"])
        known = self.recipe["inputs"]
        # `labels` within feats0 are labels0
        return recipes.evaluate(recipe["recipe"], lambda name: self.input(name if name in known else name + index))

    def _drawn(self, recipe: dict[str, Any]) -> bool:
        """Whether the digest is that of the draw before another input is added, as for the vectors of the losses."""
        text, expected = recipe["recipe"], recipe.get("digest")
        if expected is None:
            return False
        draw = recipes.evaluate(recipes.first_term(text), self.input)
        return np.allclose(fill.digest(draw), expected, rtol=1e-9, atol=1e-9)

    def check_inputs(self) -> None:
        """Make every input that has a digest, so that every digest is checked, and what the parameters say of it."""
        known = self.recipe.get("inputs", {})
        made = [name for name, recipe in known.items() if "digest" in recipe or recipe["recipe"] == "literal"]
        shapes = {name: self.input(name).shape for name in made}
        check_described(self.params, known, self.recipe.get("weights", {}), shapes)

    def inputs(self, prefix: str) -> list[str]:
        """Names of the inputs prefix0, prefix1, …, in order."""
        found = [name for name in self.recipe.get("inputs", {}) if re.fullmatch(re.escape(prefix) + r"\d+", name)]
        return sorted(found, key=lambda name: int(name[len(prefix) :]))

    def tensor(self, name: str) -> Tensor:
        """An input as a tensor: floats in the dtype of the check, integers as int64."""
        return self.cast(self.input(name))

    def cast(self, value: Any) -> Tensor:
        """Any array as a tensor in the dtype of the check."""
        array = torch.as_tensor(np.asarray(value))
        return array.to(self.dtype) if array.is_floating_point() else array.long()

    def given(self, name: str) -> np.ndarray:
        """A stored array that is an input: it is not checked, and not counted."""
        self._given.add(name)
        return self.arrays[name]

    def manifest(self, name: str) -> list[tuple[str, tuple[int, ...]]]:
        """Official keys and shapes, in the order of the official state_dict."""
        path = self.folder / self.entry["manifests"][name]
        return [(key, tuple(shape)) for key, shape, *_ in json.loads(path.read_text(encoding="utf-8"))]

    def weights(self, name: str, mode: str) -> dict[str, np.ndarray]:
        """{official key: value}; `mode` is "eval" or "train", which may differ in the shift of the biases."""
        record = self.recipe["weights"][name]
        shifts = record.get("shift", 0.0)
        if isinstance(shifts, dict):
            shifts = next((value for key, value in shifts.items() if key.startswith(mode)), next(iter(shifts.values())))
        entries = self.manifest(name)
        values = fill.fill_all(entries, record["gain"], record["salt"], shifts)
        if len(entries) != record.get("entries", len(entries)):
            raise ValueError(f"manifest {name} has {len(entries)} entries, expected {record['entries']}")
        _digest(f"weights {name}", values[entries[0][0]], record.get("digest_first_entry"))
        return values | {key: np.asarray(value) for key, value in record.get("override", {}).items()}

    def number(self, pattern: str, otherwise: float, name: str = "") -> float:
        """A number: the parameter that matches `name`, else what the entry's words give, as `TripletLoss(0.3`."""
        given = self.params.named(name) if name else None
        found = re.search(pattern, f"{self.ran} {self.what}")
        return float(given if given is not None else found.group(1) if found else otherwise)

    def objective(self, outputs: dict[str, Tensor], **names: int) -> Tensor:
        """The scalar of which gradients are stored: sum of outputs times probes, as the entry's words spell it."""
        found = re.search(r"objective\(\[([\w, ]+)\], ([^)]+)\)", self.what)
        if not found:
            raise Unknown(f"no objective([...], seed) in {self.what!r}")
        seed = recipes.evaluate(found.group(2), lambda name: names[name] if name in names else self.params[name])
        terms = [outputs[name.strip()] for name in found.group(1).split(",")]
        probes = [self.cast(fill.probe(seed + at, term.shape)) for at, term in enumerate(terms)]
        return torch.stack([(term * probe).sum() for term, probe in zip(terms, probes, strict=True)]).sum()

    # ---- what comes out

    def check(self, name: str, value: Any) -> None:
        """Compare what we computed with a stored array, after its slice, within its tolerance."""
        if name not in self.arrays:
            return
        stored = self.arrays[name]
        ours = np.asarray(value.detach().cpu() if isinstance(value, Tensor) else value)
        ours = self._sliced(name, ours, stored.shape)
        if ours.shape != stored.shape:
            self._put(name, "failed", f"shape {ours.shape}, expected {stored.shape}")
        elif stored.dtype.kind in "iub":
            wrong = int((ours != stored).sum())
            self._put(name, "failed" if wrong else "passed", f"{wrong} of {stored.size} values differ")
        else:
            self._compare(name, ours.astype(np.float64), stored.astype(np.float64))

    def _compare(self, name: str, ours: np.ndarray, stored: np.ndarray) -> None:
        tolerance = self._tolerance(name)
        odd = int((np.isnan(ours) ^ np.isnan(stored)).sum())
        if odd:
            self._put(name, "failed", f"{odd} values are NaN on one side only")
            return
        deviation = float(np.abs(np.nan_to_num(ours) - np.nan_to_num(stored)).max(initial=0))
        status = "passed" if deviation <= tolerance else "failed"
        self._put(name, status, f"deviation {deviation:.2e}, tolerance {tolerance:.2e}")

    def _tolerance(self, name: str) -> float:
        record = self.entry["arrays"][name]
        tolerance = float(record["atol_float64" if self.dtype == torch.float64 else "atol_float32"])
        return max(tolerance, FLOAT32) if self.arrays[name].dtype == np.float32 or "cmc" in name else tolerance

    def _sliced(self, name: str, ours: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        text = self._slice_of(name)
        if text is not None:
            return ours[recipes.part(text)]
        if ours.shape == shape:
            return ours
        for text in re.findall(r"sliced (\[[^\]]+\])", self.what):  # a slice that only the entry's words give
            if ours.ndim == len(shape) and ours[recipes.part(text)].shape == shape:
                return ours[recipes.part(text)]
        if ours.shape[:-1] == shape[:-1] and ours.ndim > 1:  # the last resort: as many leading columns as are stored
            return ours[..., : shape[-1]]
        return ours

    def _slice_of(self, name: str) -> str | None:
        """The slice of an array; `total_*_dg, _df` stands for `total_*_dg` and `total_*_df`."""
        for words, text in self.recipe.get("sliced", {}).items():
            first, *more = words.split(", ")
            stem = first.rpartition("_")[0]
            patterns = [first, *(stem + part if part.startswith("_") else part for part in more)]
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                return text
        return None

    def skip(self, names: list[str], why: str) -> None:
        """Set arrays aside that belong to a part which does not exist yet."""
        for name in names:
            if name in self.arrays:
                self._put(name, "skipped", why)

    def rest(self, status: str, why: str) -> None:
        """What no check has touched, and is no input."""
        for name in self.arrays:
            if name not in self.results and name not in self._given:
                self._put(name, status, why)

    def unread(self) -> None:
        """Name the parameters that had no part in the check: arrays that pass, pass in spite of them."""
        for name in self.params.unread():
            self._put(f"parameter {name}", "unread", f"{self.params[name]!r} was not asked for")

    def _put(self, name: str, status: str, why: str) -> None:
        self.results[name] = Result(name, status, why)


def _digest(name: str, value: np.ndarray, expected: list[float] | None) -> None:
    if expected is None:
        return
    found = fill.digest(value)
    if not np.allclose(found, expected, rtol=1e-9, atol=1e-9):
        raise ValueError(f"{name} has the digest {found}, expected {expected}")
