"""A device that computes nothing and tells who waits for it: torch's "meta", with everything that would wait counted.

Tensors of it have shapes and no values: whoever mixes them with tensors of the CPU, as one made on the wrong device, is
refused by torch itself, and whoever looks at a value is counted here and gets a zero.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from nasreid.mutation import Supernet

DEVICE = torch.device("meta")
aten = torch.ops.aten
# their results have as many values as their inputs say: a GPU is waited for the number
SIZED = {aten.nonzero, aten.nonzero_static, aten._unique, aten._unique2, aten.unique_dim, aten.unique_consecutive,
         aten.masked_select, aten.bincount, aten.repeat_interleave, aten.equal}
MADE_OF_NUMBERS = (torch.tensor, torch.as_tensor, torch.asarray, torch.scalar_tensor)


class Waits(TorchDispatchMode):
    """Within, `found` grows by the name of every operation that would wait for a GPU in place of the device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._others = [Factories(self.found), patch("torch.autocast", _Autocast)]

    def __enter__(self) -> Waits:
        for other in self._others:
            other.__enter__()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        for other in reversed(self._others):
            other.__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, kind = kwargs or {}, func.overloadpacket
        there = [x for x in _flat([*args, *kwargs.values()]) if x.device == DEVICE]
        if kind is aten._local_scalar_dense and there:
            self.found.append("a number is read")
            return {torch.bool: False}.get(there[0].dtype, 0.5 if there[0].is_floating_point() else 0)
        if kind in SIZED and there:
            self.found.append(str(func))
            raise AssertionError(f"{func} would wait")
        if kind is aten._to_copy:
            return self._copied(func, args, kwargs)
        if kind is aten.copy_ and args[0].device != args[1].device:
            self._arrives(args[1], args[0].device, kwargs.get("non_blocking", len(args) > 2 and args[2]))
        if kind in (aten.index, aten.index_put, aten.index_put_) and there:
            self._indexed(func, args)
        if kind is aten.batch_norm_update_stats and there:  # torch has none for "meta"
            return tuple(torch.empty(args[0].shape[1], device=DEVICE) for _ in range(2))
        return func(*args, **kwargs)

    def _copied(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        device = torch.device(kwargs.get("device") or args[0].device)
        if args[0].device == DEVICE and device.type == "cpu":
            self.found.append("a copy to the CPU")
            return torch.zeros(args[0].shape, dtype=kwargs.get("dtype") or args[0].dtype)
        if device != args[0].device:
            self._arrives(args[0], device, kwargs.get("non_blocking", False))
        return func(*args, **kwargs)

    def _arrives(self, source: Tensor, device: torch.device, freely: bool) -> None:
        if source.device != device and not freely:
            self.found.append(f"a copy from {source.device} to {device}")

    def _indexed(self, func: Any, args: Any) -> None:
        for index in args[1]:
            if isinstance(index, Tensor) and (index.dtype in (torch.bool, torch.uint8) or index.device != DEVICE):
                self.found.append(f"{func} with {index.dtype} on {index.device}")


class _Autocast(torch.autocast):
    """There is none for "meta"."""

    def __init__(self, device_type: str, *arguments: Any, **options: Any) -> None:
        super().__init__("cpu" if device_type == DEVICE.type else device_type, *arguments, **options)


class Factories(TorchFunctionMode):
    """Counts tensors that are made of numbers of Python on the device: a copy for which it is waited."""

    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self.found = found

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in MADE_OF_NUMBERS and torch.device(kwargs.get("device") or "cpu") == DEVICE:
            self.found.append(f"{func.__name__} on the device")
        if func is Tensor.__getitem__ and any(isinstance(i, list) for i in _tuple(args[1])) and args[0].is_meta:
            self.found.append("an index in a list")
        return func(*args, **kwargs)


def moved(module: nn.Module, supernet: Supernet | None = None) -> None:
    """Parameters and buffers of a module, and the alphas of its supernet, on the device; what was shared stays so."""
    made: dict[int, tuple[Tensor, Tensor]] = {}
    for part in module.modules():
        for values in (part._parameters, part._buffers):
            for name, value in values.items():
                if value is not None:
                    values[name] = _there(value, made)
    if supernet is not None:
        for label, alpha in supernet.alphas().items():
            supernet._alphas[label] = _there(alpha, made)


def _there(value: Any, made: dict[int, Any]) -> Any:
    if value.device == DEVICE:
        return value
    if id(value) not in made:
        new = value.detach().to(DEVICE)
        new = nn.Parameter(new, value.requires_grad) if isinstance(value, nn.Parameter) else new
        made[id(value)] = value, new  # the old one as well, so that no other tensor gets its number
    return made[id(value)][1]


def _flat(values: Any) -> list[Tensor]:
    flat = []
    for value in values:
        flat += _flat(value) if isinstance(value, list | tuple) else [value] if isinstance(value, Tensor) else []
    return flat


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
