"""One batch over ranks: the same run on 1 and 2 processes for every strategy and space, on 4 for some, to the bit."""

from pathlib import Path

import pytest
import torch

from nasreid.batch import Batch, Embedding
from nasreid.genotype import Genotype
from nasreid.objective import Local, Weighted
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategy import Order
from nasreid.training.gathering import Gathering, reads_maps
from tests.training.worlds import Case, State, apart, in_world, stepped

SPACES: dict[str, Case] = {
    "MSI": {"space_args": {"width_multiplier": 0.0625}},
    "InPlacement": {"space_args": {"width_multiplier": 0.125, "streams": 2}},
    "BNSeparation": {"space_args": {"inner_args": {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}}, "both": True},
    "Micro": {"space_args": {"width": 4}},
}
APART = {"strategy_args": {"train": 0.5}, "both": True}
STRATEGIES: dict[str, Case] = {"TCM": {}, "CEDarts": {}, "CMNAS": APART, "Gumbel": {}, "SinglePath": {}}
OFFICIAL = {"split": "official", "order": Order(True, True, True, True)}
MEMORY = [{"objective": "Memory"}, {"objective": "Triplet"},
          {"objective": "SpatialAlignment", "args": {"reduction": 4}}]
ALONE = ({"objective": "CrossEntropy", "args": {"smoothing": 0.1}}, {"objective": "Triplet"})
CASES: dict[str, Case] = {
    **{f"{strategy} {space}": {"strategy": strategy, "space": space, **given, **STRATEGIES[strategy]}
       for strategy in STRATEGIES for space, given in SPACES.items()},
    "official": {"strategy": "TCM", "space": "MSI", **SPACES["MSI"], "strategy_args": OFFICIAL},
    "alone": {"strategy": "Gumbel", "space": "Micro",
              "strategy_args": {"relaxation_args": {"alone": True}, "paths": 4}},
    "several draws": {"strategy": "Gumbel", "space": "Micro", "strategy_args": {"samples": 3}},
    "memory, triplet, SAM": {"strategy": "CEDarts", "space": "Micro", "objectives": MEMORY},
    "divided memories": {"strategy": "TCM", "space": "Micro", "strategy_args": {"memory": MemoryOptions(divided=True)}},
    "divided, unit length": {"strategy": "TCM", "space": "Micro", "strategy_args": {
        "memory": MemoryOptions(divided=True, start="zeros", renormalise=True)}},
    "shared convolutions": {"strategy": "CEDarts", "space": "InPlacement",
                            "space_args": {"width_multiplier": 0.125, "streams": 2, "shared": True}},
    "rectified": {"strategy": "CMNAS", "space": "BNSeparation", **APART, "space_args": {
        **SPACES["BNSeparation"]["space_args"], "relu_before_mix": True}},
    "retraining": {"genotype": Genotype("MSI", {"width_multiplier": 0.0625}, {
        f"cell{i}.interaction{j}": "exchange" for i in range(1, 7) for j in (1, 2)}), "neck": "two-feature",
        "objectives": ALONE, "ema": 0.9},
}  # fmt: skip


FOUR = ["TCM MSI", "CMNAS BNSeparation", "SinglePath Micro", "divided memories"]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[int, list[dict[str, State]]]:
    """{processes: the states of each}."""
    folder: Path = tmp_path_factory.mktemp("worlds")
    some = {name: CASES[name] for name in FOUR}
    return {size: in_world(size, stepped, folder / str(size), cases)
            for size, cases in ((1, CASES), (2, CASES), (4, some))}


@pytest.fixture(scope="module")
def chaos(found, tmp_path_factory) -> dict[str, float]:
    """What becomes of a rounding error in the weights of one process, where several are not within 1e-10 of it."""
    beyond = {name: case for name, case in CASES.items()
              if any(apart(found[1][0][name], found[size][0][name]) > 1e-10 for size in sizes(name))}
    moved = in_world(1, stepped, tmp_path_factory.mktemp("moved") / "0", beyond, 4, 1e-15)[0] if beyond else {}
    return {name: apart(found[1][0][name], state) for name, state in moved.items()}


def sizes(name: str) -> tuple[int, ...]:
    return (2, 4) if name in FOUR else (2,)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_all_ranks_are_equal_to_the_bit(found, name) -> None:
    for size in sizes(name):
        assert [apart(found[size][0][name], one[name]) for one in found[size]] == [0.0] * size


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_several_devices_compute_what_one_does(found, chaos, name) -> None:
    """Within 1e-10, but for what one process makes of a rounding error, too: chaos is not a fault."""
    for size in sizes(name):
        assert apart(found[1][0][name], found[size][0][name]) <= max(1e-10, chaos.get(name, 0.0))


def test_one_rank_sees_the_very_batch() -> None:
    batch = Batch(torch.zeros(2, 3, 4, 2), torch.arange(2), torch.zeros(2, dtype=torch.int64))
    embedding = Embedding(torch.zeros(2, 3), torch.zeros(2, 3))
    alone = Gathering()
    assert alone.batch(batch) is batch
    assert alone.embedding(embedding) is embedding


def test_maps_are_gathered_only_where_somebody_reads_them() -> None:
    from nasreid.objectives.spatial_alignment import SpatialAlignment
    from nasreid.objectives.triplet import Triplet

    assert not reads_maps(Weighted((1.0, Triplet()), (1.0, Local(Triplet()))))
    assert reads_maps(Weighted((1.0, Triplet()), (1.0, SpatialAlignment(8))))
