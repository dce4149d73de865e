"""How long a run may train on what images, and how it is executed."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import torch

from nasreid.configuration import How
from nasreid.data.batches.plan import Plan, Timetable
from nasreid.data.batches.stream import Guarded, PackedStep, Pictures, Step, loader
from nasreid.data.batches.transforms import Augment
from nasreid.data.frame import infrared
from nasreid.errors import NasreidError
from nasreid.network.memory import place
from nasreid.network.weights import load_matching
from nasreid.ranges import EPOCHS, PIXELS, PROCESSES, real, whole
from nasreid.ranks import ALONE, Ranks
from nasreid.training.graphs import Graphed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nasreid.batch import Embedding
    from nasreid.network.inherit import Inheritance
    from nasreid.network.network import Network
    from nasreid.strategy import Split

DEVICES = ("auto", "cpu", "gpu")
PRECISIONS = ("32-true", "bf16-mixed", "64-true")


@dataclass(frozen=True)
class Budget:
    """What a run may use.

    Epochs of P identities x K images (of each modality) per batch, images of height x width pixels.
    """

    epochs: Annotated[int, "epochs over the training identities"] = 350
    p: Annotated[int, "identities per batch"] = 16
    k: Annotated[int, "images of each, in each modality where the data have both"] = 4
    height: Annotated[int, "pixels"] = 256
    width: Annotated[int, "pixels"] = 128

    def __post_init__(self) -> None:
        whole(self, *EPOCHS, "epochs")
        whole(self, 1, 10_000, "p", "k")
        whole(self, *PIXELS, "height", "width")

    def augment(self, own: Augment | None) -> Augment:
        """The augmentation, at this size where there is none of one's own."""
        return own or Augment(self.height, self.width)

    def plan(self, split: Split, frame: pd.DataFrame, seed: int) -> Plan:
        """Which images of the training frame (N rows) each step takes from each half."""
        side = infrared(frame)  # (N,) bool, where there are images of both modalities
        sides = [None if side is None else side[part.rows] for part in split.parts()]
        validation = None if split.validation is None else split.validation.labels
        return Plan(split.train.labels, self.epochs, self.p, self.k, seed, validation, *sides)

    def within(self, images: int, plan: Plan) -> Budget:
        """The number of epochs, at least one, that comes nearest to so many images; plan: of this budget's epochs."""
        if images < 1:
            raise NasreidError(f"images is {images}; expected at least 1")
        return replace(self, epochs=max(1, round(images * plan.epochs / plan.images())))


@dataclass(frozen=True)
class Engine:
    """How a run is executed.

    Nothing here changes what it computes, but for `precision` and, in the last digits, the kind of device,
    `channels_last` and `compile`.

    cache_mib: memory in MiB for resized pictures, shared by all workers (0: every epoch decodes its files again).
    log_every: steps between two looks at the losses, for which a GPU is waited: the first that is no number ends the
    run and is named. None: 1 on a CPU, 20 on a GPU.
    compile: the network runs as torch.compile makes it, which takes minutes at first; weights keep their names.
    graphs: passes of the network are recorded on the GPU and replayed (`nasreid.training.graphs`): the same bits.
    channels_last: the channels of a pixel lie next to each other in memory, which most convolutions like better.
    """

    workers: Annotated[int, "processes that prepare images; the result does not depend on it", How] = 0
    device: Annotated[str, "auto, cpu or gpu"] = "auto"
    precision: Annotated[str, "32-true, bf16-mixed or 64-true"] = "32-true"
    checkpoint_seconds: Annotated[float, "seconds between checkpoints", How] = 60.0
    log_every: Annotated[int | None, "steps between two looks at the losses; default: 1 on a CPU, 20 on a GPU",
                         How] = None
    quiet: Annotated[bool, "no progress", How] = False
    draw: Annotated[bool, "pictures of what was found and of how it went, which take seconds", How] = True
    cache_mib: Annotated[int, "memory for resized images, MiB; 0: none", How] = 1024
    compile: Annotated[bool, "run what torch.compile makes of the network, which takes minutes; other last "
                             "digits"] = False
    channels_last: Annotated[bool, "maps lie in memory pixel by pixel: faster but for the smallest, other last "
                                   "digits"] = True
    graphs: Annotated[bool, "record a pass of the network as a CUDA graph and replay it: the same bits, sooner where "
                            "kernels are many and small", How] = False

    def __post_init__(self) -> None:
        for name, value, known in (("device", self.device, DEVICES), ("precision", self.precision, PRECISIONS)):
            if value not in known:
                hint = " (CUDA is gpu here)" if str(value).startswith("cuda") else ""
                raise NasreidError(f"{name} {value!r}; expected {', '.join(known[:-1])} or {known[-1]}{hint}")
        whole(self, *PROCESSES, "workers")
        whole(self, 0, 2**24, "cache_mib")
        real(self, 0, float("inf"), "checkpoint_seconds")
        whole(self, 1, 2**24, "log_every")

    def place(self, network: Network) -> Network:
        """The network itself, where and how this engine runs it, see `nasreid.network.memory.place`."""
        return place(network, self.torch_device(), self.channels_last, self.dtype())

    def dtype(self) -> torch.dtype:
        """Of weights, memories and images; autocast makes others of them where it pays."""
        return torch.float64 if self.precision == "64-true" else torch.float32

    def sent(self, step: PackedStep) -> Step:
        """A step where this engine runs it."""
        return step.to(self.torch_device(), dtype=self.dtype())

    def runner(self, network: Network) -> Callable[..., Embedding]:
        """What runs the network in a step: itself, its graphs, or what torch.compile makes of it.

        Raises:
            NasreidError: nothing can be compiled here, or nothing recorded.
        """
        if self.graphs:
            return self._graphed(network)
        if not self.compile:
            return network
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what torch loads for it
                torch.compile(torch.neg)(torch.zeros(2, device=self.torch_device()))
        except Exception as error:  # of many kinds, which torch does not document
            why = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise NasreidError(f"compile: torch can compile nothing here ({why.strip()}); expected a C++ compiler such "
                               "as g++ for a CPU, Triton for a GPU, or no --compile") from error
        return torch.compile(network)

    def _graphed(self, network: Network) -> Graphed:
        if self.compile:
            raise NasreidError("graphs and compile: expected one of them")
        if self.torch_device().type != "cuda":
            raise NasreidError("graphs: a CPU has none; expected a GPU, or no --graphs")
        return Graphed(network)

    def start_from(self, network: Network, init: str | None, kin: Inheritance | None = None) -> Network:
        """The network with the weights of a file, where one is given; says what fitted. kin: see `load_matching`."""
        if init is not None:
            found = load_matching(network, init, kin)
            if not self.quiet:
                print(f"start from {init}\n{found}", file=sys.stderr)
        return network

    def torch_device(self) -> torch.device:
        """Where tensors live."""
        if self.device == "gpu" and not torch.cuda.is_available():
            raise NasreidError(f"device {self.device!r}: this machine offers no CUDA device; expected cpu or auto")
        return torch.device("cuda" if self.device != "cpu" and torch.cuda.is_available() else "cpu")

    def look_every(self) -> int:
        """Steps between two looks at the losses."""
        return self.log_every or (1 if self.torch_device().type == "cpu" else 20)

    def check_in_memory(self) -> None:
        """Refuse what only a run under Lightning can do."""
        if self.precision == "bf16-mixed":
            raise NasreidError(f"precision {self.precision!r}: expected 32-true or 64-true without a run folder")

    def steps(self, plan: Timetable, start: int, *pictures: Pictures, ranks: Ranks = ALONE) -> Guarded[PackedStep]:
        """The steps of a plan from one on, from the pictures of each half; of ranks, each has its part of a step."""
        return loader(plan, *pictures, start_step=start, workers=self.workers,
                      pin=self.torch_device().type == "cuda", ranks=ranks)
