"""Training without labels: the bytes depend on no label, no interruption and no number of workers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from nasreid.data.datasets import read
from nasreid.data.frame import unlabelled_rows
from nasreid.errors import NasreidError
from nasreid.evaluation.clustering import Clustering
from nasreid.genotype import Genotype
from nasreid.network.trained import load_network, retrained
from nasreid.training.engine import Budget, Engine
from nasreid.training.labelling import Labelling
from nasreid.training.named_objectives import CLUSTERS
from nasreid.training.retrain import Retrain
from nasreid.training.unlabelled import Clusters, Unlabelled
from tests.spaces_for_tests import Tiny
from tests.training.interruption import interrupted

ENGINE = Engine(device="cpu", quiet=True, draw=False)
TINY = f"{Tiny.__module__}:Tiny"
GENOTYPE = Genotype(TINY, {}, {f"block{i}": "skip" for i in (1, 2, 3)})
FEW = Clustering(eps=0.4, min_samples=3, k1=6, k2=2)
CLUSTERED = Clusters(FEW)
FILES = ("network.safetensors", "metrics.csv", "genotype.json", "clusters.csv")


def make(clusters=CLUSTERED, engine=ENGINE, **options) -> Unlabelled:
    options = {"genotype": GENOTYPE, "space": TINY, "budget": Budget(3, 4, 2, 32, 16), "seed": 1, **options}
    return Unlabelled(Retrain(engine=engine, **options), clusters)


@pytest.fixture(scope="module")
def frame(request):
    return read("market1501", request.getfixturevalue("people"))


@pytest.fixture(scope="module")
def finished(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "net"
    return folder, make().run(frame, folder)


def same(folder, finished, names=FILES[:3]):
    assert [n for n in names if (folder / n).read_bytes() != (finished[0] / n).read_bytes()] == []


def test_every_epoch_has_its_clusters_in_the_tables(finished):
    metrics, clusters = (pd.read_csv(finished[0] / name) for name in ("metrics.csv", "clusters.csv"))
    assert list(clusters) == ["epoch", "clusters", "outliers", "mean_size", "largest", "nmi", "pair_f", "eps",
                              "collapsed"]
    assert clusters["epoch"].tolist() == [0, 1, 2]
    assert (clusters["clusters"] >= 2).all()
    assert set(metrics["name"]) == {"loss", "lr", *clusters.columns[1:]}
    first = metrics[(metrics["name"] == "nmi")]
    assert first["step"].tolist() == [0, 8, 16], "60 images in batches of 8 are 8 steps"


def test_the_folder_rebuilds_the_network_and_what_it_compares(finished):
    folder, network = finished
    images = torch.randn(3, 3, 32, 16, generator=torch.Generator().manual_seed(0))
    loaded = load_network(folder, TINY)
    assert loaded.after_neck
    assert retrained(folder).network(TINY).after_neck
    with torch.no_grad():
        torch.testing.assert_close(loaded.vectors(images), network(images).neck, rtol=0, atol=1e-5)
    supervised = Retrain(Genotype.load(folder / "genotype.json"), space=TINY)
    assert "after_neck" not in supervised.built().provenance


def test_shuffled_labels_give_the_same_bytes(frame, finished, tmp_path):
    rng = np.random.default_rng(0)
    other = frame.assign(identity=rng.permutation(frame["identity"].to_numpy()))
    make().run(other, tmp_path / "net")
    same(tmp_path / "net", finished, ["network.safetensors", "genotype.json"])
    told, known = (pd.read_csv(folder / "metrics.csv").query("name not in ('nmi', 'pair_f')")
                   for folder in (tmp_path / "net", finished[0]))
    pd.testing.assert_frame_equal(told, known)


def test_one_identity_for_all_is_no_label(frame, finished, tmp_path):
    make().run(frame.assign(identity=7), tmp_path / "net")
    assert "nmi" not in pd.read_csv(tmp_path / "net" / "clusters.csv")
    same(tmp_path / "net", finished, ["network.safetensors"])


@pytest.mark.parametrize("at", [0, 3, 7, 8, 17])
def test_an_interrupted_run_goes_on_to_the_same_bytes(frame, finished, tmp_path, monkeypatch, at):
    interrupted(make(), frame, tmp_path / "net", monkeypatch, at)
    made = []
    begin = Labelling.begin
    monkeypatch.setattr(Labelling, "begin", lambda self, epoch: made.append(epoch) or begin(self, epoch))
    make().run(frame, tmp_path / "net")
    assert made == [epoch for epoch in range(3) if epoch * 8 > at], "labels of an epoch that has begun are kept"
    same(tmp_path / "net", finished, FILES)


def test_the_number_of_workers_changes_nothing(frame, finished, tmp_path):
    make(engine=replace(ENGINE, workers=2)).run(frame, tmp_path / "net")
    same(tmp_path / "net", finished)


def test_in_memory_it_computes_what_a_run_writes(frame, finished):
    found = make().train(frame)
    assert all(torch.equal(value, finished[1].state_dict()[name])
               for name, value in found.network.state_dict().items())
    assert len(found.history.metrics) == len(pd.read_csv(finished[0] / "metrics.csv"))


@pytest.mark.parametrize("options", [
    {"clusters": Clusters(FEW, after_neck=False, relabel_every=2, epoch_steps=3)},
    {"objectives": [{"objective": "Memory", "args": {"update": "hardest"}}, {"objective": "Triplet"}]},
    {"neck": "fc+gem"},
    {"clusters": Clusters(replace(FEW, camera_aware=True)), "budget": Budget(2, 30, 2, 32, 16)},
], ids=["before the neck", "other objectives", "GeM", "camera-aware, fewer clusters than P"])
def test_variants_train(frame, options):
    found = make(**options).train(frame, steps=6)
    metrics = found.history.metrics
    assert np.isfinite(metrics["value"]).all()
    if "clusters" in options and options["clusters"].relabel_every == 2:
        assert metrics[metrics["name"] == "clusters"]["epoch"].tolist() == [0]


def test_a_network_with_two_features_has_one_memory_of_both(frame):
    genotype = Genotype("MSI", {"width_multiplier": 0.125}, {f"cell{c}.interaction{i}": "none" for c in range(1, 7)
                                                             for i in (1, 2)})
    found = make(genotype=genotype, space=None).train(frame, steps=2)
    memory = found.twins.weights.objectives[0].objective
    assert memory.memory.shape[1] == found.network.compared == sum(neck for _, neck in found.network.features)


def test_a_collapse_on_the_way_keeps_the_clusters_before_and_says_so(frame, monkeypatch, capsys):
    call = Clustering.__call__
    made = []

    def collapse(self, vectors, cameras):
        made.append(0)
        return call(self, vectors, cameras) if len(made) == 1 else np.full(len(vectors), len(made) - 3)

    monkeypatch.setattr(Clustering, "__call__", collapse)
    metrics = make(engine=replace(ENGINE, quiet=False)).train(frame).history.metrics
    assert metrics[metrics["name"] == "collapsed"]["value"].tolist() == [0, 1, 1]
    said = capsys.readouterr().err
    assert "alarm: epoch 1: no cluster of 60 images, 60 of them in none (eps 0.4, min_samples 3, k1 6): coll" in said
    assert "alarm: epoch 2: one cluster of 60 images, 0 of them in none" in said


@pytest.mark.parametrize(("options", "words"), [
    ({"clusters": Clusters(replace(FEW, eps=0.001))}, "60 images.*two clusters or more: a larger eps"),
    ({"clusters": Clusters(replace(FEW, eps=0.99, k1=59))}, "one cluster of 60 images.*a smaller eps"),
    ({"clusters": Clusters(Clustering(min_samples=61))}, "60 images, and a cluster needs min_samples of 61; expected"),
    ({"objectives": [{"objective": "CrossEntropy"}]}, "'CrossEntropy' has weights for each identity.*expected one"),
    ({"ema": 0.9}, "ema is 0.9 in a training without labels"),
    ({"frozen_epochs": 1}, "frozen_epochs is 1 in a training without labels"),
])
def test_what_cannot_be_is_refused_before_the_first_step(frame, options, words):
    with pytest.raises(NasreidError, match=words):
        make(**options).train(frame)


def test_one_camera_is_refused_where_cameras_are_to_be_told_apart(frame):
    one = frame.assign(camera=np.where(frame["split"] == "train", 1, frame["camera"]))
    with pytest.raises(NasreidError, match="camera_aware with one camera; expected two or more cameras"):
        make(Clusters(replace(FEW, camera_aware=True))).train(one)
    with pytest.raises(NasreidError, match="60 images of no known camera; expected two"):
        make(Clusters(replace(FEW, camera_aware=True))).train(frame.assign(camera=-1))


def test_identities_with_one_image_are_no_fault(frame):
    train = unlabelled_rows(frame)
    assert len(make().train(train.assign(identity=np.arange(len(train))), steps=1).history.metrics)


def test_the_default_objectives_give_way_to_a_memory():
    assert make().own().objectives == CLUSTERS
    other = [{"objective": "Triplet"}]
    assert make(objectives=other).own().objectives == other
