"""Arrays scores_{case}, {pos|neg|pos_neg}_{case}_{loss|dscores|dx|pgrad}, index_test[_rev]_{case}; SAM in MSINet."""

import numpy as np
import torch
from torch import Tensor

from nasreid.batch import Embedding
from nasreid.objective import Weighted
from nasreid.objectives.spatial_alignment import SpatialAlignment
from nasreid.objectives.triplet import Triplet
from nasreid.spaces.msi_published import PUBLISHED
from tests.oracle_adapters.memory import batch
from tests.oracle_adapters.names import gradient_rows, load, official_names, ordered
from tests.oracle_adapters.networks import Retrained, classes, manifest_of, rows
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.parameters import same
from tests.oracle_adapters.recipes import fill

# official mode: ours
MODES = {"pos": "pam_pos", "neg": "neg", "pos_neg": "pam"}


def official(width: int, mode: str, dtype: torch.dtype) -> SpatialAlignment:
    """The alignment of the official code."""
    return SpatialAlignment(width, MODES[mode], positions="sample", self_pairs=True).to(dtype)


def run(oracle: Oracle) -> None:
    """Activations and losses of made-up maps."""
    for case, (height, width, channels, labels) in enumerate(oracle.params["cfg"]):
        same("cfg", (channels, height, width, *labels),
             (*oracle.input(f"x{case}").shape[1:], *oracle.input(f"labels{case}")))  # fmt: skip
        for mode in MODES:
            _losses(oracle, mode, channels, case)
        for name in ("index_test", "index_test_rev"):
            _index(oracle, f"{name}_{case}", (channels, height, width), case)


def _losses(oracle: Oracle, mode: str, channels: int, case: int) -> None:
    name, weights = f"{mode}_{case}", f"align{case}"
    objective = official(channels, mode, oracle.dtype)
    if objective.pam:
        load(official_names(objective, "alignment", "align_module"), oracle.weights(weights, "eval"))
    maps = oracle.tensor(f"x{case}").requires_grad_()
    activations = objective.activations(maps)
    attention = objective.attention(maps) if objective.pam else torch.zeros_like(activations[0]).requires_grad_()
    scores = torch.cat([activations, attention[None]])
    scores.retain_grad()
    loss = objective.alignment(scores[:-1], scores[-1] if objective.pam else None, oracle.tensor(f"labels{case}"))
    loss.backward()
    if objective.pam:
        oracle.check(f"scores_{case}", scores)
    oracle.check(f"{name}_loss", loss)
    oracle.check(f"{name}_dscores", scores.grad)
    oracle.check(f"{name}_dx", _two_numbers(maps.grad))
    rows(oracle, f"{name}_pgrad", official_names(objective, "alignment", "align_module"), weights)


def _two_numbers(gradient: Tensor | None) -> list[float]:
    assert gradient is not None
    array = gradient.double().cpu().numpy()
    return [float(np.linalg.norm(array)), float((array * fill.draw("grad:x", array.shape)).sum())]


def _index(oracle: Oracle, name: str, shape: tuple[int, int, int], case: int) -> None:
    """A constant map against one with a single spike, whose place and height only the stored vector tells."""
    if name not in oracle.arrays:
        return
    stored = oracle.arrays[f"index_test_{case}"]
    maps = torch.zeros(2, *shape, dtype=oracle.dtype)
    spiked = 0 if "rev" in name else 1
    maps[1 - spiked] = 1
    maps[spiked].flatten(1)[:, int(stored.argmax())] = float(stored.max()) / shape[0]
    oracle.check(name, official(shape[0], "neg", oracle.dtype).activations(maps)[0, 1])


def network(oracle: Oracle) -> None:
    """MSINet in training, with SAM on its global feature: arrays v, fv, scores, loss_global, loss_local, pgrad."""
    weights = manifest_of(oracle)
    oracle.params.agree("labels", oracle.input("labels").tolist())
    model = Retrained(oracle.params.get("genotype", PUBLISHED["MSINet"]), classes(oracle, weights)).to(oracle.dtype)
    alignment = official(model.network.space.width, "pos_neg", oracle.dtype)
    names = model.names() | official_names(alignment, "alignment")
    load(names, oracle.weights(weights, "train"))
    given = batch(oracle.tensor("labels"), oracle.tensor("x"))
    out = model.train().network(given.images)
    assert isinstance(out.local, Embedding)
    assert out.maps is not None
    if "source" in oracle.params:  # officially the maps of people and of vehicles have fixed sizes
        vehicles = oracle.params["source"].startswith("ve")
        same("source", (16, 16 if vehicles else 8), tuple(out.maps.shape[2:]))
    attention, activations = alignment.attention(out.maps), alignment.activations(out.maps)
    oracle.check("scores", torch.cat([activations, attention[None]]))
    oracle.check("v", out.vectors)
    oracle.check("fv", out.local.vectors)
    triplet = Triplet(oracle.number(r"margin ([\d.]+\d)", 0.3))
    ratio = oracle.number(r"sam_ratio ([\d.]+\d|\d)", 2.0)
    main = Weighted((1.0, model.main), (1.0, triplet), (ratio, alignment))(out, given)
    local = Weighted((1.0, model.local), (1.0, triplet))(out.local, given)
    oracle.check("loss_global", main)
    oracle.check("loss_local", local)
    (main + local).backward()
    oracle.check("pgrad", gradient_rows(names, ordered(oracle.manifest(weights), oracle.recipe["row_keys"]["pgrad"])))
