"""A relaxed space: every open decision a mix of its candidates, whose weights come from a relaxation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import OpenChoice, Output
from nasreid.mutation.depths import OpenDepth
from nasreid.mutation.door import ModelSpace, OneShotStrategy, no_default_hook
from nasreid.mutation.inputs import OpenInputs, Picked
from nasreid.mutation.labels import natural
from nasreid.mutation.mixed import MixedChoice, Relaxer
from nasreid.mutation.mixed_depth import MixedDepth
from nasreid.mutation.mixed_inputs import MixedInputs
from nasreid.mutation.mixed_part import part_of
from nasreid.mutation.mixed_value import MixedValue
from nasreid.mutation.settle import check_space, decisions
from nasreid.mutation.values import OpenValue
from nasreid.relaxation import Relaxation, Turn
from nasreid.waits import sent

Open: TypeAlias = OpenChoice | OpenDepth | OpenInputs
Mixed: TypeAlias = MixedChoice | MixedDepth | MixedInputs


class Supernet(nn.Module):
    """A relaxed space: the space with every choice mixed, and its architecture parameters ordered by label.

    The order matters: an optimiser that is restored after a restart finds its moments by position.
    """

    def __init__(self, space: nn.Module, alphas: dict[str, nn.Parameter], relaxers: dict[str, Relaxer],
                 sizes: dict[str, dict[str, int]]):
        super().__init__()
        self.space = space
        self.decisions = decisions(space)
        self.labels = list(alphas)
        self._alphas = alphas
        self._relaxers = relaxers
        self._sizes = sizes
        self._noise: Tensor | None = None  # of the step, of all labels, on the device, always in one place

    def alphas(self) -> dict[str, nn.Parameter]:
        """{label: (K,)} raw architecture parameters, ordered by label."""
        return dict(self._alphas)

    def weights(self) -> list[nn.Parameter]:
        """All other parameters, in the order of the modules."""
        mine = {id(alpha) for alpha in self._alphas.values()}
        return [p for p in self.parameters() if id(p) not in mine]

    def draw(self, temperature: float, generator: torch.Generator, turn: Turn | None = None) -> None:
        """Noise and temperature of the coming step, label by label. turn: which draw of a run this is."""
        noises = [self._relaxers[label].new_noise(generator, place, turn) for place, label in enumerate(self.labels)]
        sizes = [len(noise) for noise in noises]
        there = self._placed(torch.cat(noises), self._alphas[self.labels[0]].device).split(sizes)
        for label, noise, sent_noise, alpha in zip(self.labels, noises, there, self._known(sizes), strict=True):
            self._relaxers[label].draw(noise, sent_noise, alpha, temperature)

    def _placed(self, noise: Tensor, device: torch.device) -> Tensor:
        """Noise of a step (A,) where the noise of the step before lay: what was recorded on a GPU reads it there."""
        if self._noise is None or self._noise.device != device or self._noise.dtype != noise.dtype:
            self._noise = torch.empty_like(noise, device=device)
        return self._noise.copy_(sent(noise, device))

    def _known(self, sizes: list[int]) -> list[Tensor]:
        """The alphas, on the CPU where a draw looks at them: one copy, for which the device is waited."""
        alphas = [self._alphas[label].detach() for label in self.labels]
        if any(self.relaxation(label).reads_alpha() for label in self.labels):
            return list(torch.cat(alphas).cpu().split(sizes))
        return alphas

    def drawn(self) -> dict[str, int]:
        """{label: the candidate that runs alone in this step} of decisions that exist; NasreidError where several run.
        """
        found = {label: self._relaxers[label].alone() for label in self.labels}
        several = [label for label, index in found.items() if index is None]
        if several:
            raise NasreidError(f"choice {several[0]!r} mixes its candidates; expected a relaxation that draws "
                               "one, such as SinglePath, and a supernet in training")
        path = {label: index for label, index in found.items() if index is not None}
        there = self.decisions.existing({label: self.decisions[label][index] for label, index in path.items()})
        return {label: path[label] for label in there}

    def relaxation(self, label: str) -> Relaxation:
        """How the alpha of a label becomes weights."""
        return self._relaxers[label].relaxation

    def choices(self) -> dict[str, str]:
        """The strongest candidate of each decision (the first one of equals), of those that exist then."""
        return self.decisions.existing({label: self.decisions[label][int(self._alphas[label].argmax())]
                                        for label in self.labels})

    def probabilities(self) -> dict[str, dict[str, float]]:
        """{label: {candidate: probability}}, free of noise; of a decision inside a candidate, if that is chosen."""
        with torch.no_grad():
            rows = {label: self._relaxers[label].relaxation.probabilities(self._alphas[label].double()).tolist()
                    for label in self.labels}
        return {label: dict(zip(self.decisions[label], rows[label], strict=True)) for label in self.labels}

    def sizes(self) -> dict[str, dict[str, int]]:
        """{label: {candidate: number of parameters}}; of choices that share a label the first one's."""
        return {label: dict(row) for label, row in self._sizes.items()}

    def mix_plainly(self, plain: bool = True) -> None:
        """Sum the candidates one by one, as NNI does, instead of a family's cheaper `mix`: the reference."""
        for module in mixed(self.space):
            if isinstance(module, MixedChoice):
                module.plain_sum = plain

    def forward(self, *inputs: object) -> Output:
        """What the space makes of the inputs."""
        return self.space(*inputs)


def relax(space: nn.Module, relaxation: Relaxation, alphas: dict[str, Tensor] | None = None, seed: int = 0,
          channels: int = 1) -> Supernet:
    """Mutate a space in place into a supernet in which every decision is a mix of its candidates.

    alphas {label: (K,)}: raw start values; else `relaxation.start` drawn from `seed`, label by label. channels: one of
    so many parts of them runs through the candidates, which have to have a narrow form then (`MixedPart`).
    """
    check_space(space)
    generator = torch.Generator().manual_seed(seed)
    known = decisions(space)
    if not known:
        raise NasreidError(f"space {type(space).__name__} has no open decision; expected at least one choice() that "
                           "is an attribute of the space or of a module in it")
    parameters, relaxers = {}, {}
    for label in sorted(known, key=natural):
        start = relaxation.start(len(known[label]), generator) if alphas is None else alphas[label].clone()
        parameters[label] = nn.Parameter(start)
        relaxers[label] = Relaxer(relaxation, len(known[label]))
    sizes = _mutate(cast(ModelSpace, space), parameters, relaxers, channels)
    return Supernet(space, parameters, relaxers, sizes)


def _mutate(space: ModelSpace, alphas: dict[str, nn.Parameter],
            relaxers: dict[str, Relaxer], channels: int) -> dict[str, dict[str, int]]:
    """Returns the sizes of all candidates, before layers of open numbers share their weights."""
    made: dict[nn.Module | None, nn.Module] = {}  # a choice that candidates share is met once for each of them

    def hook(module: nn.Module, name: str, memo: dict[str, object], options: dict[str, object]) -> Any:
        if isinstance(module, Mixed):
            return True  # no other hook: it was met before, in another candidate
        if not isinstance(module, Open):
            return None
        if module not in made:
            made[module] = _mixed_form(module, alphas[str(module.label)], relaxers[str(module.label)], channels)
        return made[module], True

    OneShotStrategy(mutation_hooks=[hook, no_default_hook]).mutate_model(space)
    for parent in list(space.modules()):  # NNI leaves out the second name of a choice in one module
        for name in [name for name, child in parent._modules.items() if child in made]:
            parent._modules[name] = made[parent._modules[name]]
    sizes: dict[str, dict[str, int]] = {}
    for module in mixed(space):
        sizes.setdefault(str(module.label), module.sizes())
    own = {id(alpha) for alpha in alphas.values()}
    for value in reversed([module for module in space.modules() if isinstance(module, MixedValue)]):
        value.tie(own)  # what is inside comes first
    return sizes


def _mixed_form(made: Open, alpha: nn.Parameter, relaxer: Relaxer, channels: int) -> Mixed:
    if channels > 1 and isinstance(made, OpenDepth | OpenValue):
        raise NasreidError(f"decision {str(made.label)!r} cannot run on one of {channels} parts of its channels: it is "
                           "about a number; expected channels 1")
    if isinstance(made, OpenDepth):
        return MixedDepth(made, alpha, relaxer)
    if isinstance(made, OpenInputs):
        return MixedInputs(made, alpha, relaxer)
    if channels > 1 and not all(isinstance(one, Picked) for one in made):  # weights of inputs are those of edges
        return part_of(made, channels, alpha, relaxer)
    kind: type[MixedChoice] = MixedValue if isinstance(made, OpenValue) else MixedChoice
    candidates = cast("dict[str, nn.Module]", made.candidates)
    return cast(MixedChoice, kind(candidates, alpha, relaxer, str(made.label), made.family_mix))


def mixed(space: nn.Module) -> Iterator[Mixed]:
    """The relaxed decisions of a space, once each."""
    return (m for m in space.modules() if isinstance(m, Mixed))
