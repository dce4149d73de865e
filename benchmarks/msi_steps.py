"""One iteration of a TCM search of the MSI space: ours, NNI's DARTS, and the floor, a single path that just trains."""

import torch

from nasreid.batch import Batch
from nasreid.genotype import Genotype
from nasreid.mutation import decide, decisions, relax
from nasreid.mutation.choices import OpenChoice
from nasreid.mutation.door import DifferentiableMixedLayer, OneShotStrategy, no_default_hook
from nasreid.network.build import built, open_space
from nasreid.network.network import with_neck
from nasreid.objectives.memory import Memory
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.relaxation import Softmax
from nasreid.spaces.msi_published import PUBLISHED, choices_of
from nasreid.strategy import Twins
from nasreid.training.stepper import Stepper


def batches(size=16, height=256, width=128, identities=64, channels_last=False, both=False):
    """The training and the validation batch of a step. both: the second half of the images of each is infrared."""
    made = []
    for seed in (0, 1):
        images = torch.randn(size, 3, height, width, generator=torch.Generator().manual_seed(seed))
        images = images.contiguous(memory_format=torch.channels_last) if channels_last else images
        side = torch.arange(size) >= size // 2 if both else None
        made.append(Batch(images, torch.arange(size) % identities, torch.zeros(size, dtype=torch.int64), side))
    return made


def memories(width, identities):
    """TCM's two objectives."""
    twins = Twins(Memory(identities, width, start="zeros"), Memory(identities, width, start="zeros"))
    for memory in (twins.weights, twins.architecture):
        torch.nn.init.normal_(memory.memory, std=width**-0.5)
    return twins


def opened(arguments, closed, space="MSI"):
    """The space, but for the slots that are closed {label: operation}."""
    torch.manual_seed(0)
    return decide(open_space(space, arguments or {}), (closed or {}).get)


class Ours:
    """The supernet under our loop's stepper. dtype: of autocast; closed: slots that are decided already.

    channels: one of so many parts of them runs through the candidates. stopping: whether candidates stop learning.
    """

    def __init__(self, arguments=None, identities=64, channels_last=True, dtype=None, closed=None, space="MSI",
                 relaxation=None, channels=1, stopping=None, **sizes):  # fmt: skip
        self.network = with_neck(opened(arguments, closed, space), "bnneck")
        self.supernet = relax(self.network.space, relaxation or Softmax(), channels=channels)
        if channels_last:
            self.network.to(memory_format=torch.channels_last)
        self.batches = batches(identities=identities, channels_last=channels_last, **sizes)
        alphas = list(self.supernet.alphas().values())
        weights = [*self.supernet.weights(), *self.network.neck.parameters()]
        self.stepper = Stepper(self.network, memories(self.network.features[0][0], identities),
                               WeightOptimiser(0.01).make(weights), None, self.supernet,
                               ArchitectureOptimiser().make(alphas))  # fmt: skip
        self.stepper.stopping = None if stopping is None else stopping.of(self.supernet)
        self.dtype = dtype

    def step(self):
        """Weight step and architecture step."""
        with torch.autocast("cpu", self.dtype or torch.bfloat16, enabled=self.dtype is not None):
            self.stepper.step(*self.batches)

    def forward(self):
        """The graph of a weight step."""
        with torch.autocast("cpu", self.dtype or torch.bfloat16, enabled=self.dtype is not None):
            return self.network(self.batches[0].images).vectors


class NNI:
    """The same space mixed by NNI's DARTS, in the order of its training step: architecture, then weights.

    As there, both steps compute all gradients; those of the architecture step that nobody uses are thrown away.
    """

    def __init__(self, arguments=None, identities=64, channels_last=False, closed=None, space="MSI", **sizes):
        space = opened(arguments, closed, space)
        self.alphas = {label: torch.nn.Parameter(1e-3 * torch.randn(len(names)))
                       for label, names in decisions(space).items()}  # fmt: skip

        def hook(module, name, memo, options):
            if not isinstance(module, OpenChoice):
                return None
            return DifferentiableMixedLayer(module.candidates, self.alphas[module.label], torch.nn.Softmax(-1),
                                            module.label)

        OneShotStrategy(mutation_hooks=[hook, no_default_hook]).mutate_model(space)
        self.network = with_neck(space, "bnneck")
        if channels_last:
            self.network.to(memory_format=torch.channels_last)
        mine = {id(alpha) for alpha in self.alphas.values()}
        self.mover = WeightOptimiser(0.01).make(p for p in self.network.parameters() if id(p) not in mine)
        self.architecture = ArchitectureOptimiser().make(self.alphas.values())
        self.twins = memories(self.network.features[0][0], identities)
        self.batches = batches(identities=identities, channels_last=channels_last, **sizes)

    def step(self):
        """Architecture step and weight step."""
        train, validation = self.batches
        self.architecture.zero_grad()
        self._pass(self.twins.architecture, validation)
        self.architecture.step()
        self.mover.zero_grad()
        self._pass(self.twins.weights, train)
        self.mover.step()

    def _pass(self, memory, batch):
        embedding = self.network(batch.images, batch.modality)
        memory(embedding, batch).backward()
        memory.learn(embedding, batch)

    def forward(self):
        """The graph of a weight step."""
        return self.network(self.batches[0].images).vectors


class SinglePath:
    """Two ordinary training steps of the published network, of the same width: what no search can be faster than."""

    def __init__(self, arguments=None, identities=64, channels_last=True, letters=PUBLISHED["MSINet"], space="MSI",
                 **sizes):  # fmt: skip
        choices = choices_of(letters) if space == "MSI" else {
            label: names[-1] for label, names in decisions(opened(arguments, None, space)).items()}  # fmt: skip
        self.network = built(Genotype(space, arguments or {}, choices), "bnneck")
        if channels_last:
            self.network.to(memory_format=torch.channels_last)
        self.stepper = Stepper(self.network, memories(self.network.features[0][0], identities),
                               WeightOptimiser(0.01).make(self.network.parameters()))  # fmt: skip
        self.batches = batches(identities=identities, channels_last=channels_last, **sizes)

    def step(self):
        """Two training steps."""
        for batch in self.batches:
            self.stepper.step(batch)

    def forward(self):
        """The graph of a training step."""
        return self.network(self.batches[0].images).vectors
