"""A space of which some decisions are made, so that the rest can be searched or tried one by one."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import cast

from torch import Tensor, nn

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.mutation import decide, decisions, opened
from nasreid.plugins import construct, resolve
from nasreid.space import SearchSpace


class Fixed(SearchSpace):
    """`inner` with the decisions made that `choices` names; the others keep their labels.

    inner: name of a SearchSpace; inner_args: its arguments. choices {label or pattern: candidate}: patterns are those
    of file names ("cell[1-4].*"), the first that fits decides. Weights are drawn as for the inner space, and have its
    names after `inner.`.

    >>> space = Fixed("MSI", {"width_multiplier": 0.125}, {"cell[1-5].*": "none"})
    >>> list(decisions(space))
    ['cell6.interaction1', 'cell6.interaction2']
    """

    def __init__(self, inner: str = "MSI", inner_args: Options | None = None,
                 choices: dict[str, str] | None = None):
        super().__init__()
        self.inner = cast(SearchSpace, opened(lambda: _decided(inner, inner_args or {}, choices or {})))
        self.width, self.middle_width = self.inner.width, self.inner.middle_width
        self.default_neck = self.inner.default_neck

    def sees_modality(self) -> bool:
        """Whether the inner maps depend on it."""
        return self.inner.sees_modality()

    def portable(self, modality: str) -> SearchSpace:
        """The inner space as an exporter can follow it."""
        return self.inner.portable(modality)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """The inner maps (N, D, h, w)."""
        return self.inner.maps(images, modality)

    def tapped(self, images: Tensor, modality: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The inner maps in the middle (N, middle_width, h', w'), and the maps."""
        return self.inner.tapped(images, modality)


def _decided(name: str, arguments: Options, choices: dict[str, str]) -> nn.Module:
    cls = resolve(name, "spaces")
    if not issubclass(cls, SearchSpace):
        raise NasreidError(f"inner {name!r}: expected a SearchSpace, whose decisions can be made")
    inner = construct(cls, arguments)
    labels = list(decisions(inner))
    for pattern in choices:
        if not any(fnmatchcase(label, pattern) for label in labels):
            raise NasreidError(f"choice {pattern!r} fits no decision of {name}; expected a label or a pattern of "
                               f"labels such as {labels[0] if labels else 'none'}")
    return decide(inner, lambda label: next((c for p, c in choices.items() if fnmatchcase(label, p)), None))
