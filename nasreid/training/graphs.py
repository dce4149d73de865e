"""A pass of a network as one CUDA graph: its thousands of small kernels are started at once, not one by one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from nasreid.batch import Embedding
from nasreid.errors import NasreidError
from nasreid.mutation.mixed import Relaxer
from nasreid.network.batch_norm import ranks_of
from nasreid.network.network import Network

Pass: TypeAlias = "Callable[[Tensor], tuple[Tensor, ...]]"  # images (N, 3, H, W) -> the tensors of an embedding
Kind: TypeAlias = "tuple[object, ...]"


class Graphed:
    """Runs a network on a GPU: each kind of pass is recorded once and replayed from then on. Final.

    The same kernels on the same numbers, so the same bits. Of one kind are passes with the same shape of images, order
    of modalities, temperature, and weights that learn. A pass without gradients, one on paths that are drawn anew, and
    one that adds to gradients that are there already run as they would otherwise.

    capture: what records a pass, a `Recorder` unless a test looks on.

    Raises:
        NasreidError: several devices share each batch (at once), or a pass cannot be recorded (when it is due).
    """

    def __init__(self, network: Network, capture: Callable[[nn.Module, Tensor], Pass] | None = None):
        if any(ranks_of(layer).size > 1 for layer in network.modules()):
            raise NasreidError("graphs: several devices share each batch; expected one device, or no --graphs")
        self.network, self.capture = network, capture or Recorder()
        self.relaxers = [module for module in network.modules() if isinstance(module, Relaxer)]
        self.temperatures: tuple[float, ...] = ()
        self.passes: dict[Kind, tuple[Pass, _Flat]] = {}

    def __call__(self, images: Tensor, modality: Tensor | None = None) -> Embedding:
        """images (N, 3, H, W), modality (N,) bool or None -> Embedding, which holds until the next pass."""
        if not self._replayable():
            return self.network(images, modality)
        temperatures = tuple(relaxer.temperature for relaxer in self.relaxers)
        if temperatures != self.temperatures:  # what was recorded at another one is of no use any more
            self.passes, self.temperatures = {}, temperatures
        learning = tuple(weight.requires_grad for weight in self.network.parameters())
        order = None if modality is None else tuple(modality.tolist())
        kind = images.shape, images.dtype, order, learning
        if kind not in self.passes:
            self.passes[kind] = self._recorded(images, modality)
        replay, flat = self.passes[kind]
        return flat.embedding(replay(images))

    def _replayable(self) -> bool:
        """Whether the coming pass is one that a record can stand for."""
        if not (torch.is_grad_enabled() and self.network.training):
            return False
        if any(relaxer.running() is not None for relaxer in self.relaxers):
            return False
        learns = [weight for weight in self.network.parameters() if weight.requires_grad]
        # a record leaves gradients in tensors of its own, which it would overwrite before it adds to them
        return bool(learns) and all(weight.grad is None for weight in learns)

    def _recorded(self, images: Tensor, modality: Tensor | None) -> tuple[Pass, _Flat]:
        flat = _Flat(self.network, modality)
        kept = [buffer.detach().clone() for buffer in self.network.buffers()]
        random = torch.cuda.get_rng_state(images.device) if images.is_cuda else None
        try:
            return self.capture(flat, images), flat
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            why = str(error).strip().splitlines()[0]
            raise NasreidError(f"graphs: what this network does cannot be recorded ({why}); expected one that works on "
                               "its device alone, or no --graphs") from error
        finally:  # to record, the pass was run some times, which counts for nothing
            for buffer, value in zip(self.network.buffers(), kept, strict=True):
                buffer.copy_(value)
            if random is not None:
                torch.cuda.set_rng_state(random, images.device)


class Recorder:
    """Records passes as CUDA graphs, which share their memory: one runs after the other."""

    def __init__(self) -> None:
        self.pool: Any = None  # torch has a name for its kind that is not public

    def __call__(self, module: nn.Module, images: Tensor) -> Pass:
        """What replays module(images), and its backward pass, on images of this shape.

        Raises:
            RuntimeError: of torch, where that cannot be recorded.
        """
        if self.pool is None:
            self.pool = torch.cuda.graph_pool_handle()
            # gradients come from the stream of the recording, for which the device waits, not Python; torch warns once
            warnings.filterwarnings("ignore", "The AccumulateGrad node's stream does not match")
        kind = images.device.type
        # casts that autocast keeps would be those of the recording, not of the weights of the step
        with torch.autocast(kind, torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind), False):
            made: Any = torch.cuda.make_graphed_callables(module, (images.clone(),), 3, True, self.pool)
        return made


class _Flat(nn.Module):
    """A network whose pass takes and returns tensors; knows the embedding that they make."""

    def __init__(self, network: Network, modality: Tensor | None):
        super().__init__()
        self.network, self.modality = network, modality
        self.form: Embedding | None = None  # with empty tensors: others would keep what their passes keep

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """images (N, 3, H, W) -> vectors, neck, and maps where there are some; then those of the local feature."""
        made = self.network(images, self.modality)
        self.form = _like(made, repeat(torch.empty(0)))
        return tuple(_tensors(made))

    def embedding(self, tensors: tuple[Tensor, ...]) -> Embedding:
        """The embedding of these tensors."""
        if self.form is None:
            raise NasreidError("an embedding is put together before any was made; expected a pass before it")
        return _like(self.form, iter(tensors))


def _tensors(made: Embedding) -> Iterator[Tensor]:
    yield made.vectors
    yield made.neck
    if made.maps is not None:
        yield made.maps
    if made.local is not None:
        yield from _tensors(made.local)


def _like(made: Embedding, tensors: Iterator[Tensor]) -> Embedding:
    """An embedding of the next of the tensors, with the parts of another."""
    vectors, neck = next(tensors), next(tensors)
    maps = None if made.maps is None else next(tensors)
    return Embedding(vectors, neck, maps, None if made.local is None else _like(made.local, tensors))
