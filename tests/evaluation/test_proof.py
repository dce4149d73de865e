import dataclasses

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.evaluation.proof import Limits, proven
from nasreid.evaluation.proof_pictures import People
from tests.network.exports.networks import portable, separated, tiny


@pytest.fixture(scope="module")
def pictures():
    with People(3, 2, 2).drawn(32, 16) as found:
        yield found


@pytest.mark.parametrize("baked", [False, True])
def test_a_network_is_proven_by_itself(pictures, baked):
    network, _ = portable(tiny(), baked=baked)
    proof = proven(network, network, pictures, baked).check()
    assert proof.images == len(pictures.frame)
    assert proof.points[0] == proof.points[1]
    assert proof.cosine[0] == proof.cosine[1] < 1
    assert proof.document()["delta"].keys() == {"1", "2", "7", "64"}
    assert f"{proof.images} images" in str(proof)


def test_both_modalities_are_seen(pictures):
    mixed = dataclasses.replace(pictures, frame=pictures.frame.assign(
        modality=["infrared" if at % 2 else "visible" for at in range(len(pictures.frame))]))
    network, _ = portable(separated(), "both")
    proven(network, network, mixed, both=True).check()
    with pytest.raises(NasreidError, match="refused: in batches of 1 a feature differs by"):
        proven(network, lambda images, modality: network(images, ~modality), mixed, both=True).check()


def training(images):  # a batch of one has no variance over the batch
    network, _ = portable(tiny())
    network.network.space.train()
    return network(images)


def frozen_batch(images):  # an image that is not alone is another
    network, _ = portable(tiny())
    return network(images) + 1e-3 * (len(images) > 1)


@pytest.mark.parametrize("wrong", [
    training, frozen_batch, lambda images: portable(tiny())[0](images.flip(1)), lambda images: portable(tiny())[0](
        images) * float("nan")], ids=["training mode", "depends on the batch", "swapped channels", "no numbers"])
def test_an_export_that_is_wrong_is_refused(pictures, wrong):
    with pytest.raises(NasreidError, match="refused: "):
        proven(portable(tiny())[0], wrong, pictures).check()


def test_embeddings_that_move_together_or_rank_otherwise_are_refused(pictures):
    network, _ = portable(tiny())
    wide = Limits(delta=1e9)
    with pytest.raises(NasreidError, match="refused: the mean cosine of two features is"):
        proven(network, lambda images: network(images) + 3, pictures).check(wide)
    drawn = torch.Generator().manual_seed(0)
    with pytest.raises(NasreidError, match="refused: mAP is"):
        proven(network, lambda images: torch.randn(len(images), 8, generator=drawn), pictures).check(
            Limits(1e9, 0.05, 9.0))


def test_embeddings_of_a_lower_precision_must_stay_apart(pictures):
    network, _ = portable(tiny())
    alike = proven(network, lambda images: 0.3 * network(images) + 1, pictures)
    with pytest.raises(NasreidError, match="refused: the mean cosine of two features rises from"):
        dataclasses.replace(alike, points=(50.0, 50.0)).check_loss(1)
    with pytest.raises(NasreidError, match=r"refused: the mean cosine of two features rises from .* to nan"):
        dataclasses.replace(alike, cosine=(0.5, float("nan"))).check_loss(100)
