"""CM-NAS: switch networks of 53 bits, the one-stream baseline, and the supernet derived from the paper's eq. 2."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from nasreid.mutation import freeze, relax
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.bn_separation_published import LABELS, PUBLISHED, choices_of, official_key
from nasreid.spaces.resnet import ResNet50
from tests.oracle_adapters.names import gradient_rows, ordered, state_rows
from tests.oracle_adapters.networks import classes, manifest_of
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.recipes import Unknown


class Classified(nn.Module):
    """A backbone with BNNeck and a classifier, under its official names."""

    def __init__(self, space: nn.Module, classes: int):
        super().__init__()
        width = cast(int, space.width)
        self.network = Network(cast(SearchSpace, space), BNNeck(width))
        self.objective = CrossEntropy(classes, width)

    def names(self) -> dict[str, Tensor]:
        """{official key: tensor}; architecture parameters have none."""
        tensors = {**dict(self.network.named_parameters()), **dict(self.network.named_buffers())}
        tensors |= {f"classifier.{name}": value for name, value in self.objective.classifier.named_parameters()}
        return {self.key(name): value for name, value in tensors.items() if not name.endswith(("_arch_alpha", "noise"))}

    def key(self, name: str) -> str:
        """Ours -> official."""
        return official_key(name)

    def outputs(self, images: Tensor, modality: Tensor | None) -> dict[str, Tensor]:
        """g before the neck, f after it, y logits."""
        embedding = self.network(images, modality)
        return {"g": embedding.vectors, "f": embedding.neck, "y": self.objective.logits(embedding)}


class OneStream(Classified):
    """Plain ResNet-50: torchvision's names behind `backbone.`."""

    def key(self, name: str) -> str:
        """Ours -> official."""
        if name.startswith("space."):
            return name.replace("space.", "backbone.", 1)
        return official_key(name)


def network(oracle: Oracle) -> None:
    """Every configuration of the entry; layers that it does not use are the filled ones, untouched."""
    weights = manifest_of(oracle)
    for name in oracle.params.get("configs", oracle.recipe["bits"]):
        bits = oracle.recipe["bits"][name]
        model = Classified(freeze(BNSeparation(), choices_of(bits)), classes(oracle, weights)).to(oracle.dtype)
        fill(oracle, model, weights, "eval")
        model.eval()
        for case in range(len(oracle.inputs("xv_eval"))):
            out = model.outputs(*both(oracle, f"_eval{case}"))
            for what in ("g", "f"):
                oracle.check(f"{name}_eval{case}_mode0_{what}", out[what])
        _train(oracle, model, weights, f"{name}_", *both(oracle, "_train"))


def baseline(oracle: Oracle) -> None:
    """The one-stream network."""
    weights = manifest_of(oracle)
    model = OneStream(ResNet50(), classes(oracle, weights)).to(oracle.dtype)
    fill(oracle, model, weights, "eval")
    model.eval()
    out = model.outputs(oracle.tensor("x_eval"), None)
    for what in ("g", "f"):
        oracle.check(f"eval_{what}", out[what])
    _train(oracle, model, weights, "", oracle.tensor("x_train"), None)


def supernet(oracle: Oracle) -> None:
    """Both places of the ReLU, and a discrete network."""
    weights = manifest_of(oracle)
    for place in ("post", "pre"):
        alphas = {label: row.flip(0) for label, row in zip(LABELS, oracle.tensor("alphas"), strict=True)}
        space = BNSeparation(relu_before_mix=place == "pre")
        relaxed = relax(space, Softmax(), alphas)
        # in float32 the mix rounds elsewhere than the sum, and single ReLUs flip
        relaxed.mix_plainly(oracle.dtype == torch.float32)
        model = Classified(space, classes(oracle, weights)).to(oracle.dtype)
        for mode, what in (("eval", "d_alpha_eval"), ("train", "d_alpha")):
            fill(oracle, model, weights, mode)
            model.train(mode == "train")
            relaxed.train(mode == "train")
            out = model.outputs(*both(oracle, f"_{mode}"))
            for name, value in out.items():
                oracle.check(f"{place}_{mode}_{name}", value)
            rows = [relaxed.alphas()[label] for label in LABELS]
            chosen = [out["g"], out["f"]] if mode == "eval" else list(out.values())
            oracle.check(f"{place}_{what}", _gradients(oracle, chosen, rows))
        if place == "post":
            _onehot(oracle, weights)


def _onehot(oracle: Oracle, weights: str) -> None:
    # the entry does not say which network it is; only the bits of SYSU give the stored values
    bits = PUBLISHED[f"cm-nas-{oracle.params.get('config', 'sysu')}"]
    model = Classified(freeze(BNSeparation(), choices_of(bits)), classes(oracle, weights)).to(oracle.dtype)
    fill(oracle, model, weights, "eval")
    oracle.check("onehot_eval_g", model.eval().outputs(*both(oracle, "_eval"))["g"])


def _gradients(oracle: Oracle, outputs: list[Tensor], rows: Sequence[Tensor]) -> np.ndarray:
    """(L, 2), separate before share as in the official order."""
    from tests.oracles import fill

    probes = [oracle.cast(fill.probe(oracle.params["seed"] + 100 + at, out.shape)) for at, out in enumerate(outputs)]
    total = torch.stack([(out * probe).sum() for out, probe in zip(outputs, probes, strict=True)]).sum()
    return np.stack([grad.flip(0).cpu().numpy() for grad in torch.autograd.grad(total, rows)])


def both(oracle: Oracle, case: str) -> tuple[Tensor, Tensor]:
    """Visible images before infrared ones, and the mask."""
    visible, infrared = oracle.tensor(f"xv{case}"), oracle.tensor(f"xt{case}")
    return torch.cat([visible, infrared]), torch.arange(len(visible) + len(infrared)) >= len(visible)


@torch.no_grad()
def fill(oracle: Oracle, model: Classified, weights: str, mode: str) -> None:
    values = oracle.weights(weights, mode)
    for key, tensor in model.names().items():
        if key not in values or tuple(tensor.shape) != values[key].shape:
            raise Unknown(f"key {key!r} of shape {tuple(tensor.shape)} is not in the manifest")
        tensor.copy_(torch.as_tensor(values[key]))


def _train(oracle: Oracle, model: Classified, weights: str, prefix: str, images: Tensor,
           modality: Tensor | None) -> None:  # fmt: skip
    fill(oracle, model, weights, "train")
    model.train()
    model.zero_grad(set_to_none=True)
    out = model.outputs(images, modality)
    for what, value in out.items():
        oracle.check(f"{prefix}train_{what}", value)
    # BatchNorms without a use are in no network of ours, and the official ones do not change
    unused = {key: oracle.cast(value) for key, value in oracle.weights(weights, "train").items()}
    for array, row in (("bn_after", state_rows), ("pgrad", gradient_rows)):
        if array == "pgrad":
            oracle.objective(out).backward()
        order = ordered(oracle.manifest(weights), oracle.recipe["row_keys"][prefix + array])
        oracle.check(prefix + array, row(unused | model.names(), order))
