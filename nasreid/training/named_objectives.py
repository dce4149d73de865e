"""Objectives by name: the {weight, objective, args} of recipes and of the command line."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.network.network import Network
from nasreid.objective import Joined, Local, Objective, Weighted
from nasreid.plugins import construct, plug_in, read_arguments
from nasreid.strategy import Split, Twins
from nasreid.training.engine import Budget

Term = Options  # weight, objective, args

# MSINet section 4.3: label-smoothed identity loss and batch-hard triplet loss, on each feature of the neck
OBJECTIVES: tuple[Term, ...] = (
    {"weight": 1.0, "objective": "CrossEntropy", "args": {"smoothing": 0.1}},
    {"weight": 1.0, "objective": "Triplet", "args": {"margin": 0.3}},
)
# what learns from clusters without labels: Cluster Contrast (Dai et al., ACCV 2022), one row a cluster
CLUSTERS: tuple[Term, ...] = (
    {"weight": 1.0, "objective": "Memory", "args": {"momentum": 0.1, "renormalise": True}},
)


def objective_of(term: Term, network: Network, classes: int, feature: int = 0) -> Objective:
    """The objective of a term, with the number of classes and the width of what it reads, where it asks for them.

    feature: which of the network's features it will see, 0 = the global one.
    """
    cls = _class(term)
    width, neck_width = network.features[feature]
    seen = network.space.width if cls.reads_maps else neck_width if cls.reads_neck else width
    return construct(cls, dict(term.get("args", {})), classes=classes, width=seen)


def compose(objectives: Sequence[Term], network: Network, classes: int) -> Objective:
    """For a retraining: the weighted sum over objectives and over the features of the network's neck."""
    terms: list[tuple[float, Objective]] = []
    for feature in range(len(network.features)):
        for term in objectives:
            objective = objective_of(term, network, classes, feature)
            if objective.needs_start:
                raise NasreidError(f"{term['objective']!r} starts from centroids, which retraining has not; expected "
                                   "one without a start (Memory: start=zeros)")
            if feature and objective.reads_maps:
                continue
            terms.append((float(term.get("weight", 1.0)), Local(objective) if feature else objective))
    return Weighted(*terms)


def compose_joined(objectives: Sequence[Term], network: Network, classes: int) -> Objective:
    """For a training on clusters: the weighted sum over objectives, each of what retrieval compares.

    Raises:
        NasreidError: an objective has weights of its own, which no new clusters could inherit, or reads the maps.
    """
    terms: list[tuple[float, Objective]] = []
    for term in objectives:
        cls = _class(term)
        objective = construct(cls, dict(term.get("args", {})), classes=classes, width=network.compared)
        if any(True for _ in objective.parameters()):
            raise NasreidError(f"{term['objective']!r} has weights for each identity, and clusters of images without "
                               "labels change; expected one that remembers (Memory) or compares (Triplet)")
        terms.append((float(term.get("weight", 1.0)), Joined(objective, network.after_neck)))
    return Weighted(*terms)


def read_terms(terms: Sequence[Term] | None) -> Sequence[Term] | None:
    """Terms whose objectives exist, with what was typed as text in their arguments made numbers."""
    if terms is None:
        return None
    return tuple({**term, "args": read_arguments(cls, term["args"])} if "args" in term else term
                 for term in terms for cls in [_class(term)])


def exchange(network: Network, split: Split, identities: np.ndarray, terms: Sequence[Term],
             architecture: Sequence[Term] | None = None) -> Twins:
    """Other objectives for both steps of a strategy: weighted sums of `terms`, on its own split.

    identities (N,) of the rows that `split` divides. architecture: terms of the architecture step, the same ones by
    default; None as well where the split has a single level. What has parameters (a classifier) is trained by the
    weight step alone, so the architecture step reads that very object; what merely remembers is each part's own.

    Raises:
        NasreidError: nothing would train an objective of the architecture step.
    """
    first = [objective_of(term, network, split.train.classes) for term in terms]
    if split.validation is None:
        if architecture is not None:
            raise NasreidError("architecture objectives: the strategy has a single level; expected objectives alone")
        return Twins(_sum(terms, first))
    own = list(terms if architecture is None else architecture)
    made = [objective_of(term, network, split.validation.classes) for term in own]
    same = _same_identities(split, identities)
    second = [_trained(term, objective, terms, first, same) for term, objective in zip(own, made, strict=True)]
    return Twins(_sum(terms, first), _sum(own, second))


def refuse(twins: Twins, budget: Budget, train: pd.DataFrame) -> None:
    """Refuse, by name and before the first step, an objective that the batches cannot serve."""
    for objective in twins.modules():
        if not isinstance(objective, Objective) or isinstance(objective, Weighted):
            continue
        name = type(objective).__name__
        if objective.needs_two_images and budget.k * train["modality"].nunique() < 2:
            raise NasreidError(f"{name} compares images of one identity; K is {budget.k}, expected at least 2")
        if objective.needs_two_identities and budget.p < 2:
            raise NasreidError(f"{name} compares identities; P is {budget.p}, expected at least 2")
        if objective.needs_modalities and train["modality"].nunique() < 2:
            only = train["modality"].iloc[0]
            raise NasreidError(f"{name} needs visible and infrared images; the data has {only} ones only")


def _trained(term: Term, objective: Objective, terms: Sequence[Term], first: list[Objective], same: bool) -> Objective:
    if not any(True for _ in objective.parameters()):
        return objective
    alike = [made for other, made in zip(terms, first, strict=True) if _key(other) == _key(term)]
    if not alike:
        raise NasreidError(f"{term['objective']} has weights that only the weight step could train; expected it among "
                           "the objectives of that step, too")
    if not same and "classes" in inspect.signature(_class(term)).parameters:
        raise NasreidError(f"{term['objective']} has a classifier, and this strategy's two steps see different "
                           "identities; expected one without (Memory) for the architecture step")
    return alike[0]


def _same_identities(split: Split, identities: np.ndarray) -> bool:
    seen = [dict(zip(part.labels.tolist(), identities[part.rows].tolist(), strict=True)) for part in split.parts()]
    return all(one == seen[0] for one in seen)


def _key(term: Term) -> tuple[str, Term]:
    return term["objective"], term.get("args", {})


def _sum(terms: Sequence[Term], objectives: list[Objective]) -> Objective:
    return Weighted(*((float(t.get("weight", 1.0)), o) for t, o in zip(terms, objectives, strict=True)))


def _class(term: Term) -> type[Objective]:
    if not isinstance(term, dict) or set(term) - {"weight", "objective", "args"} or "objective" not in term:
        raise NasreidError(f"objective {term!r}: expected entries weight, objective, args")
    if not math.isfinite(_number(term.get("weight", 1.0))):
        raise NasreidError(f"objective {term!r}: weight is {term['weight']!r}; expected a number")
    if not isinstance(term["objective"], str) or not isinstance(term.get("args", {}), dict):
        raise NasreidError(f"objective {term!r}: expected a name, and args {{argument: value}}")
    return plug_in(term["objective"], "objectives")


def _number(value: object) -> float:
    """As a number, which YAML may have left as text (1e-3); NaN for what is none."""
    try:
        return float(str(value)) if not isinstance(value, bool) else math.nan
    except ValueError:
        return math.nan
