"""Labels from the network: what stays between two clusterings, and what a checkpoint brings back."""

import numpy as np
import pandas as pd
import pytest
import torch

from nasreid.batch import Batch, Embedding
from nasreid.data.batches.cluster_plan import ClusterPlan
from nasreid.data.batches.tensor_set import TensorSet
from nasreid.evaluation.clustering import Clustering
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.objectives.memory import Memory
from nasreid.space import SearchSpace
from nasreid.strategy import Twins
from nasreid.training.labelling import Labelling, Rule, together
from nasreid.training.sources import Function

WHO = np.repeat(np.arange(6), 6)


class Pixels(SearchSpace):
    """The colours of an image are its vector."""

    width = 3

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))

    def maps(self, images, modality=None):
        return images * self.scale


def images(places, look):
    angle = torch.as_tensor(WHO[places] * 1.0) + 0.01 * torch.as_tensor(places % 6)
    return torch.stack([angle.cos(), angle.sin(), 0 * angle + 1], 1).float()[:, :, None, None]


def labelling(every=1):
    count = len(WHO)
    frame = pd.DataFrame({"path": [f"{i}.jpg" for i in range(count)], "identity": WHO, "camera": 1,
                          "modality": "visible", "split": "train"})
    network = Network(Pixels(), BNNeck(3))
    rule = Rule(Clustering(eps=0.5, min_samples=3, k1=5, k2=1), lambda labels, epoch: together(labels),
                lambda split: Twins(Memory(split.train.classes, 3)), every)
    return Labelling(rule, network, Twins(Memory(2, 3)), ClusterPlan(4, 2, 2, 2, 0), Function(frame, images), frame)


@pytest.fixture
def labelled():
    made = labelling()
    return made, made.begin(0)


def test_clusters_are_the_people_and_the_memory_holds_their_centroids(labelled):
    made, said = labelled
    assert (made.labels == WHO).all()
    assert (said["clusters"], said["outliers"], said["nmi"], said["collapsed"]) == (6, 0, pytest.approx(1), 0)
    memory = made.twins.weights.memory
    vectors = torch.nn.functional.normalize(images(np.arange(36), 0)[:, :, 0, 0], dim=1)
    torch.testing.assert_close(memory, vectors.reshape(6, 6, 3).mean(1))
    (pictures,) = made.pictures
    assert isinstance(pictures, TensorSet)
    assert (pictures.labels.numpy() == WHO).all()


def test_labels_and_memory_stay_between_two_clusterings():
    made = labelling(every=2)
    made.begin(0)
    before = made.twins.weights
    assert made.begin(1) == {}
    assert made.twins.weights is before
    assert made.plan.epoch == 1
    assert made.begin(2)
    assert made.twins.weights is not before


def test_a_checkpoint_brings_labels_classes_and_batches_back(labelled):
    made, _ = labelled
    made.twins.weights.learn(Embedding(*[torch.randn(2, 3)] * 2), Batch(torch.zeros(2, 3, 1, 1), torch.tensor([0, 3]),
                                                                       torch.zeros(2)))
    other = labelling()
    other.load(made.state(), 1)
    assert (other.labels == made.labels).all()
    other.twins.load_state_dict(made.twins.state_dict())
    assert torch.equal(other.twins.weights.memory, made.twins.weights.memory)
    assert (other.plan.key(1).train.rows == made.plan.key(1).train.rows).all()
