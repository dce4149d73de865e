"""Spatial alignment against loops that follow MSINet's eq. 7 and 8 term by term."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.objectives.spatial_alignment import MODES, SpatialAlignment
from nasreid.objectives.spatial_alignment_vectors import disagreement
from nasreid.spaces.msi_published import PUBLISHED, choices_of
from nasreid.training.named_objectives import compose

WIDTH = 8
UNEVEN = [0, 1, 0, 2, 1, 0, 2, 0]  # four, two and two images


def batch(identities):
    identities = torch.as_tensor(identities)
    return Batch(torch.zeros(len(identities), 3, 1, 1), identities, torch.zeros_like(identities))


def random_maps(number, seed=0, size=(3, 2)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(number, WIDTH, *size, generator=generator, dtype=torch.float64) + 0.5


def embedding(maps):
    return Embedding(maps.mean((2, 3)), maps.mean((2, 3)), maps)


def make(mode, **options):
    torch.manual_seed(0)
    return SpatialAlignment(WIDTH, mode, **options).double()


def activation(maps, i, j, softmax=False):
    """Eq. 7: position by position of i."""
    products = maps[i].flatten(1).T @ maps[j].flatten(1)
    return torch.stack([(row.softmax(0) if softmax else row).max() for row in products])


def apart(one, other):
    return 1 - F.cosine_similarity(one, other, dim=0)


def mean_over_pairs(vectors, self_pairs):
    pairs = list(itertools.product(range(len(vectors)), repeat=2) if self_pairs
                 else itertools.permutations(range(len(vectors)), 2))
    return sum(apart(vectors[a], vectors[b]) for a, b in pairs) / max(1, len(pairs))


def loops(objective, maps, labels):
    losses = []
    for i in range(len(labels)):
        def of(js, i=i):
            first = objective.positions == "anchor"
            return [activation(maps, *((i, j) if first else (j, i)), objective.softmax) for j in js]

        keep = [j for j in range(len(labels)) if objective.self_pairs or j != i]
        sets = {"positives": [j for j in keep if labels[j] == labels[i]],
                "negatives": [j for j in keep if labels[j] != labels[i]], "others": keep}
        terms = [mean_over_pairs(of(sets[name]), objective.self_pairs) for name in objective.sets]
        if objective.pam:
            target = objective.attention(maps)[i]
            positives = of(sets["positives"])
            terms.append(sum(apart(target, vector) for vector in positives) / len(positives))
        losses.append(sum(terms))
    return torch.as_tensor(sum(losses) / len(losses)).detach()


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=8, deadline=None)
@given(st.permutations(UNEVEN), st.sampled_from(["anchor", "sample"]), st.booleans(), st.booleans(),
       st.integers(0, 99))
def test_every_mode_equals_the_loops(mode, labels, positions, self_pairs, softmax, seed):
    objective = make(mode, positions=positions, self_pairs=self_pairs, softmax=softmax)
    maps = random_maps(len(labels), seed)
    found = objective(embedding(maps), batch(labels))
    assert found.item() == pytest.approx(loops(objective, maps, labels).item(), abs=1e-10)


@pytest.mark.parametrize("softmax", [False, True])
def test_the_position_attention_is_the_largest_product_of_query_and_key(softmax):
    objective, maps = make("pam", softmax=softmax), random_maps(2)
    query, key = objective.query(maps).flatten(2), objective.key(maps).flatten(2)
    products = torch.einsum("ncp,ncq->npq", query, key)
    expected = (products.softmax(2) if softmax else products).amax(2)
    torch.testing.assert_close(objective.attention(maps), expected)


def test_the_paper_indexes_by_the_anchor_and_the_official_code_by_the_sample():
    maps = torch.zeros(2, WIDTH, 3, 2, dtype=torch.float64)
    maps[0], maps[1, :, 2, 1] = 1, 2  # a constant map and one with a spike
    spike = torch.tensor([0, 0, 0, 0, 0, 2.0 * WIDTH], dtype=torch.float64)
    assert make("neg").activations(maps)[0, 1].tolist() == [2.0 * WIDTH] * 6
    assert make("neg").activations(maps)[1, 0].tolist() == spike.tolist()
    assert make("neg", positions="sample").activations(maps)[0, 1].tolist() == spike.tolist()


@pytest.mark.parametrize("softmax", [False, True])
def test_nothing_larger_than_pairs_times_positions_is_kept(softmax):
    maps, sizes = random_maps(8, size=(6, 4)).requires_grad_(), []

    def keep(tensor):
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = make("neg", softmax=softmax)(embedding(maps), batch(UNEVEN))
    assert max(sizes) <= 8 * 8 * 24
    loss.backward()
    assert maps.grad is not None
    assert maps.grad.isfinite().all()


@pytest.mark.parametrize("mode", MODES)
def test_gradients_reach_maps_and_attention(mode):
    objective, maps = make(mode), random_maps(8).requires_grad_()
    objective(embedding(maps), batch(UNEVEN)).backward()
    assert maps.grad is not None
    assert maps.grad.abs().sum() > 0
    # a constant added to a query or key moves all products of a position: the bias of the key alone may change nothing
    assert all(p.grad is not None for p in objective.parameters())
    assert bool(list(objective.parameters())) == mode.startswith("pam")


def test_gradient_check():
    objective, labels = make("pam"), batch([0, 1, 0, 1])
    maps = random_maps(4, size=(2, 1)).requires_grad_()
    assert torch.autograd.gradcheck(lambda m: objective(embedding(m), labels), maps)


@pytest.mark.parametrize(("mode", "labels", "words"), [
    ("pam", [4, 4, 4], "identity 4 has an image without negatives"),
    ("pam", [4, 4, 7], "identity 7 has an image without positives"),
    ("unified", [4], "identity 4 has an image without others"),
])
def test_a_batch_without_pairs_is_named(mode, labels, words):
    with pytest.raises(NasreidError, match=words):
        make(mode)(embedding(random_maps(len(labels))), batch(labels))


@pytest.mark.parametrize(("options", "words"), [
    ({"mode": "pan"}, "mode='pan'.*: expected one of pam, pam_pos, pos, neg, unified, separated"),
    ({"positions": "i"}, "positions='i'; expected 'anchor' or 'sample'"),
    ({"reduction": 9}, "reduction=9; expected a number from 1 to the width 8"),
])
def test_a_wrong_argument_is_named(options, words):
    with pytest.raises(NasreidError, match=words):
        SpatialAlignment(WIDTH, **options)


def test_the_published_network_has_the_published_parameters():
    genotype = Genotype("MSI", {}, choices_of(PUBLISHED["MSINet"]))
    network = built(genotype, "two-feature")
    alignment = SpatialAlignment(network.features[0][0])
    assert sum(p.numel() for p in [*network.parameters(), *alignment.parameters()]) == 2_393_699


@pytest.mark.parametrize("neck", ["two-feature", "fc"])
def test_it_is_applied_to_the_maps_of_the_global_feature_only(neck):
    network = built(Genotype("MSI", {"width_multiplier": 0.125}, choices_of("N" * 12)), neck)
    objective = compose([{"weight": 2.0, "objective": "SpatialAlignment"}], network, classes=3)
    assert objective.weights == [2.0]
    assert objective(network(torch.randn(4, 3, 32, 16)), batch([0, 0, 1, 1])).isfinite()


def test_maps_are_needed():
    with pytest.raises(NasreidError, match="an embedding without maps"):
        make("neg")(Embedding(torch.ones(2, 3), torch.ones(2, 3)), batch([0, 1]))


def test_a_vector_is_no_pair_with_itself_unless_asked():
    vectors, chosen = torch.eye(3)[None, :2], torch.ones(1, 2)  # two at right angles
    assert disagreement(vectors, chosen).item() == 1
    assert disagreement(vectors, chosen, self_pairs=True).item() == 0.5
