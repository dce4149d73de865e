"""How long a run may train on what images, and how it is executed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from nasreid.data.batches.stream import Guarded, loader
from nasreid.errors import NasreidError
from nasreid.network.memory import place

if TYPE_CHECKING:
    from nasreid.data.batches.picture_set import PictureSet
    from nasreid.data.batches.plan import Plan
    from nasreid.network.network import Network
    from nasreid.training.loop import Loop


@dataclass(frozen=True)
class Budget:
    """What a run may use: epochs of P identities x K images (of each modality) per batch, images of
    height x width pixels."""

    epochs: int = 350
    p: int = 16
    k: int = 4
    height: int = 256
    width: int = 128

    def within(self, images: int, plan: Plan) -> Budget:
        """The number of epochs, at least one, that comes nearest to so many images; plan: of this budget's epochs."""
        if images < 1:
            raise NasreidError(f"images is {images}; expected at least 1")
        return replace(self, epochs=max(1, round(images * plan.epochs / plan.images())))


@dataclass(frozen=True)
class Engine:
    """How a run is executed; nothing here changes what it computes, but for `precision` and, in the last digits, the
    kind of device and `channels_last`.

    cache_mib: memory in MiB for resized pictures, shared by all workers (0: every epoch decodes its files again).
    channels_last: the channels of a pixel lie next to each other in memory, which most convolutions like better.
    """

    workers: int = 0
    device: str = "auto"
    precision: str = "32-true"
    checkpoint_seconds: float = 60.0
    quiet: bool = False
    cache_mib: int = 1024
    channels_last: bool = True

    def place(self, network: Network) -> Network:
        """The network itself, where and how this engine runs it, see `nasreid.network.memory.place`."""
        return place(network, self.torch_device(), self.channels_last)

    def torch_device(self) -> torch.device:
        """Where tensors live."""
        if self.device in ("gpu", "cuda") and not torch.cuda.is_available():
            raise NasreidError(f"device {self.device!r}: this machine offers no CUDA device; expected cpu or auto")
        return torch.device("cuda" if self.device != "cpu" and torch.cuda.is_available() else "cpu")

    def steps(self, loop: Loop, *pictures: PictureSet) -> Guarded:
        """The remaining steps of a loop."""
        return loader(loop.plan, *pictures, start_step=loop.next_step, workers=self.workers,
                      pin=self.torch_device().type == "cuda")
