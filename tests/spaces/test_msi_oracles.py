"""The MSI space reproduces what the authors' code computes, in float64."""

import pytest
import torch

from nasreid.mutation import decisions, freeze, relax
from nasreid.network.network import with_neck
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace
from nasreid.spaces.msi import MSI, OPERATIONS, Cell, candidates
from nasreid.spaces.msi_interactions import CrossAttention
from nasreid.spaces.msi_published import LETTERS, choices_of, official_key
from tests.oracles import fill
from tests.spaces.official import deviation, filled, manifest, normal, objective, recorded

OFFICIAL = ("none", "gate", "attention", "exchange")
NAMES = {"none": "none", "exc": "exchange", "ag": "gate", "cross_att": "attention"}
SHAPES = ((2, 32, 8, 4), (3, 64, 16, 8))
SCALES = (0.514942, 0.364119)


def cell_key(ours: str) -> str:
    return official_key(f"space.cell1.{ours}").removeprefix("cells.0.")


def operation_key(ours: str) -> str:
    return cell_key(f"interaction1.{ours}").removeprefix("_op2.")


@pytest.mark.parametrize("case", [0, 1])
@pytest.mark.parametrize("name", list(NAMES))
def test_operations(case, name):
    arrays, shape = recorded("msinet_ops"), SHAPES[case]
    scale = SCALES[case] if name == "cross_att" else 1.0
    inputs = [(normal(41 + 2 * case + i, *shape) * scale).requires_grad_() for i in (0, 1)]
    module = filled(candidates(OPERATIONS, shape[1])[NAMES[name]], operation_key)
    if isinstance(module, CrossAttention):
        module.gamma.data.fill_(0.75)
    outputs = module(*inputs)
    objective(outputs, 41 + 100 + 10 * case).backward()
    ours = dict(zip(("a", "b", "dx1", "dx2"), (*outputs, *(x.grad for x in inputs)), strict=True))
    kept = (slice(None),) * 4 if case == 0 else (slice(1), slice(None), slice(None, None, 2), slice(None, None, 2))
    for array, value in ours.items():
        assert deviation(value[kept], arrays[f"{name}_{case}_{array}"]) < 1e-9
    for key, parameter in module.named_parameters():
        assert deviation(parameter.grad, arrays[f"{name}_{case}_d_{operation_key(key)}"]) < 1e-9


class OneCell(SearchSpace):
    """A space of one cell, so that it can be frozen and relaxed."""

    def __init__(self, channels: int, width: int, inner: int):
        super().__init__()
        self.width = width
        self.cell1 = Cell("cell1", channels, width, inner, 3, "sum", OFFICIAL)

    def maps(self, images, modality=None):
        return self.cell1(images)


CELLS = ((64, 256, "GA"), (256, 256, "EG"), (384, 512, "NA"))


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("case", range(3))
def test_discrete_cell(case, mode):
    channels, width, letters = CELLS[case]
    labels = ("cell1.interaction1", "cell1.interaction2")
    choices = {label: LETTERS[letter] for label, letter in zip(labels, letters, strict=True)}
    cell = freeze(OneCell(channels, width, width // 4), choices).cell1.train(mode == "train")
    filled(cell, cell_key, shift=float(mode == "train"))
    assert {cell_key(k): v.shape for k, v in cell.state_dict().items()} == manifest(f"msinet_cells.retrain_cell{case}")
    y = cell(normal(51 + case, 4, channels, 8, 4))
    assert deviation(y[:, ::8], recorded("msinet_cells")[f"retrain_{case}_{mode}"]) < 1e-9


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("case", range(3))
def test_mixed_cell(case, plain):
    arrays, (channels, width, _) = recorded("msinet_cells"), CELLS[case]
    space = OneCell(channels, width, channels // 4)
    x = normal(51 + case, 4, channels, 8, 4)
    supernet = relaxed(space, normal(71 + case, 2, 4))
    supernet.mix_plainly(plain)
    assert deviation(filled(space.cell1.eval(), cell_key)(x)[:, ::8], arrays[f"search_{case}_eval"]) < 1e-9
    y = filled(space.cell1.train(), cell_key, shift=1.0)(x)
    objective((y,), 51 + 100 + case).backward()
    assert deviation(y[:, ::8], arrays[f"search_{case}_train"]) < 1e-9
    assert deviation(gradients(supernet), arrays[f"search_{case}_d_alpha"]) < 1e-9


def relaxed(space, alphas):
    """The supernet of a space with raw alphas (slots, 4) in the order of its decisions."""
    return relax(space, Softmax(), dict(zip(decisions(space), alphas, strict=True)))


def gradients(supernet):
    return torch.stack([alpha.grad for alpha in supernet.alphas().values()])


@pytest.mark.parametrize(("case", "shape"), [(0, (2, 3, 256, 128)), (1, (3, 3, 128, 64))])
def test_supernet_features(case, shape):
    network = with_neck(MSI(bottleneck="in", operations=OFFICIAL), "bnneck")
    relaxed(network.space, normal(91, 12, 4))
    filled(network, official_key).eval()
    with torch.no_grad():
        vectors = network.vectors(torch.from_numpy(fill.images(61 + case, shape)))
    assert deviation(vectors, recorded("msinet_supernet")[f"eval{case}_feat"]) < 1e-9


@pytest.mark.parametrize("plain", [False, True])
def test_supernet_gradients(plain):
    arrays = recorded("msinet_supernet")
    network = with_neck(MSI(bottleneck="in", operations=OFFICIAL), "bnneck")
    supernet = relaxed(network.space, normal(91, 12, 4))
    supernet.mix_plainly(plain)
    filled(network, official_key, shift=1.0)
    classifier = torch.from_numpy(fill.fill_array("classifier.weight", (10, 512)))
    embedding = network(torch.from_numpy(fill.images(71, (6, 3, 64, 32))))
    logits = embedding.neck @ classifier.T
    objective((embedding.vectors, logits), 61 + 100).backward()
    assert deviation(embedding.vectors, arrays["train_x"]) < 1e-9
    assert deviation(logits, arrays["train_prob"]) < 1e-9
    assert deviation(gradients(supernet), arrays["d_alpha"]) < 1e-9


NETWORKS = (
    ("msinet_table1", "", "GGEGAGGNGAEA", 40013, "eval2", (4, 3, 64, 32)),
    *(("msinet_mono", f"{letter * 4}_", letter * 12, 40021, "eval0", (2, 3, 128, 64)) for letter in "NEGA"),
    ("msinet_other", "", "GEANGEANGEAN", 31, "eval0", (2, 3, 128, 64)),
)


@pytest.mark.parametrize(("oracle", "prefix", "letters", "seed", "part", "shape"), NETWORKS)
def test_retraining_network(oracle, prefix, letters, seed, part, shape):
    network = with_neck(freeze(MSI(), choices_of(letters)))
    filled(network, official_key).eval()
    with torch.no_grad():
        vectors = network.vectors(torch.from_numpy(fill.images(seed, shape)))
    assert deviation(vectors, recorded(oracle)[f"{prefix}{part}_feat"]) < 1e-9
