"""The law that the candidates of a decision can stand for one another; see `nasreid.experiments.laws`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from nasreid.experiments.laws.inputs import images
from nasreid.experiments.laws.law import law, require
from nasreid.mutation import relax
from nasreid.mutation.choices import Output
from nasreid.mutation.mixed import MixedChoice
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace


@law
def check_candidates(make: Callable[[], SearchSpace]) -> None:
    """All candidates of a decision make the same shapes of the same inputs."""
    supernet = relax(make(), Softmax()).double().eval()
    supernet.mix_plainly()
    seen = [Seen(module) for module in supernet.modules() if isinstance(module, MixedChoice)]
    try:
        with torch.no_grad():
            supernet(images().double())
    except Exception:
        for one in seen:
            one.compare()
        raise


class Seen:
    """What the candidates of a decision make of one input; compared when the decision has run, or could not."""

    def __init__(self, decision: MixedChoice):
        self.label, self.shapes = str(decision.label), dict[str, object]()
        decision.register_forward_hook(lambda module, inputs, output: self.compare())
        for name in decision.names:
            decision[name].register_forward_hook(self.hook(str(name)))

    def hook(self, name: str) -> Callable[[nn.Module, object, Output], None]:
        """Keeps the shapes of a candidate."""
        def kept(module: nn.Module, inputs: object, output: Output) -> None:
            self.shapes[name] = shapes(output)

        return kept

    def compare(self) -> None:
        """Raises BrokenLaw where they differ, and begins anew."""
        found, self.shapes = self.shapes, {}
        require(len({repr(shape) for shape in found.values()}) < 2, f"decision {self.label}: " + ", ".join(
            f"{name} makes {shape}" for name, shape in found.items()))


def shapes(output: Output) -> object:
    """The shape of a tensor, or those of a tuple of them."""
    return tuple(output.shape) if isinstance(output, Tensor) else [shapes(part) for part in output]
