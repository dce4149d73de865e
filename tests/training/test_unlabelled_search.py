"""A search without labels: no label, interruption or number of workers changes what it finds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.evaluation.clustering import Clustering
from nasreid.network.build import plug_in
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from nasreid.training.unlabelled import Clusters
from nasreid.training.unlabelled_search import UnlabelledSearch, divided
from tests.spaces_for_tests import Tiny
from tests.training.interruption import interrupted

ENGINE = Engine(device="cpu", quiet=True, draw=False)
FEW = Clusters(Clustering(eps=0.4, min_samples=4, k1=6, k2=2), after_neck=False, relabel_every=2)
FILES = ("supernet.safetensors", "objectives.safetensors", "genotype.json", "metrics.csv", "probabilities.csv")


def make(clusters=FEW, engine=ENGINE, **options) -> UnlabelledSearch:
    return UnlabelledSearch(Search(f"{Tiny.__module__}:Tiny", budget=Budget(3, 3, 2, 32, 16), engine=engine, seed=1,
                                   **options), clusters)


@pytest.fixture(scope="module")
def frame(request):
    return read("market1501", request.getfixturevalue("people"))


@pytest.fixture(scope="module")
def finished(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "search"
    return folder, make().run(frame, folder)


def test_it_finds_a_genotype_and_says_how_its_clusters_look(finished):
    folder, genotype = finished
    assert set(genotype.choices) == {"block1", "block2", "block3"}
    assert pd.read_csv(folder / "clusters.csv")["epoch"].tolist() == [0, 2]
    names = set(pd.read_csv(folder / "metrics.csv")["name"])
    assert {"loss", "architecture_loss", "alpha_gradient", "nmi", "clusters"} <= names


def test_shuffled_labels_and_workers_change_nothing(frame, finished, tmp_path):
    other = frame.assign(identity=np.random.default_rng(0).permutation(frame["identity"].to_numpy()))
    make(engine=replace(ENGINE, workers=1)).run(other, tmp_path / "search")
    for name in (*FILES[:3], "probabilities.csv"):
        assert (tmp_path / "search" / name).read_bytes() == (finished[0] / name).read_bytes(), name


@pytest.mark.parametrize("at", [1, 6])
def test_an_interrupted_search_goes_on_to_the_same_bytes(frame, finished, tmp_path, monkeypatch, at):
    interrupted(make(), frame, tmp_path / "search", monkeypatch, at)
    make().run(frame, tmp_path / "search")
    for name in FILES:
        assert (tmp_path / "search" / name).read_bytes() == (finished[0] / name).read_bytes(), name


def test_a_classifier_begins_anew_and_learns_whatever_the_process_drew_before(frame, tmp_path, monkeypatch):
    for name, before in (("whole", 1), ("cut", 2)):
        torch.manual_seed(before)
        if name == "cut":
            interrupted(make(strategy="CEDarts"), frame, tmp_path / name, monkeypatch, 6)
        make(strategy="CEDarts").run(frame, tmp_path / name)
    for name in FILES:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes(), name


def test_in_memory_it_finds_the_same(frame, finished):
    assert make().find(frame).genotype == finished[1]


def test_the_halves_are_rows_of_the_clusters():
    labels = np.array([-1, 0, 0, 0, 0, 1, 1, 1, 1, -1, 2, 2, 2, 2])
    strategy = plug_in("TCM", "strategies")(0.7, 0.7)
    split = divided(strategy, labels, 0, 3)
    for part in split.parts():
        assert (labels[part.rows] >= 0).all()
        assert part.classes == 2
        assert all(len(set(labels[part.rows[part.labels == c]])) == 1 for c in range(2))


def test_a_single_level_search_has_one_half(frame):
    found = make(strategy="Gumbel").find(frame)
    assert len(found.genotype.choices) == 3


@pytest.mark.parametrize(("options", "words"), [
    ({"validate_every": 1}, "validate_every is 1 and take 'last' in a search without labels; expected 0"),
    ({"clusters": replace(FEW, alone=True)}, "alone in a search"),
    ({"strategy": "Random"}, "strategy 'Random' without labels: expected one that trains"),
])
def test_what_needs_labels_is_refused(frame, options, words):
    with pytest.raises(NasreidError, match=words):
        make(**options).find(frame)
