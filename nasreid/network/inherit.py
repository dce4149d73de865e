"""What a network inherits from its supernet: the weights of the chosen candidates, under the network's names.

The supernet has `PATH.candidate.weight` for a choice at PATH, the network `PATH.weight`; a choice inside a candidate
has a PATH with the candidate in it, and one that is used in several places has several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from nasreid.mutation import places


@dataclass(frozen=True)
class Inheritance:
    """From the names of a supernet to those of the network of `choices` {label: candidate}.

    places {path of a choice in the supernet: its label}, both as `nasreid.mutation.places` gives them.
    """

    places: Mapping[str, str]
    choices: Mapping[str, str]

    @classmethod
    def of(cls, space: nn.Module, choices: Mapping[str, str], prefix: str = "") -> Inheritance:
        """That of an open space or a supernet; `prefix` is what stands before its names, as "space."."""
        return cls({f"{prefix}{path}": label for path, label in places(space).items()}, choices)

    def name(self, theirs: str) -> str | None:
        """The network's name of a weight of the supernet; None where it is of a candidate that is not chosen."""
        path, ours = "", []
        words = iter(theirs.split("."))
        for word in words:
            path = f"{path}.{word}" if path else word
            ours.append(word)
            while path in self.places:
                candidate = next(words, None)
                if candidate is None or candidate != self.choices[self.places[path]]:
                    return None
                path = f"{path}.{candidate}"
        return ".".join(ours)

    def chosen(self) -> dict[str, str]:
        """{path of a chosen candidate in the network: "label=candidate"}."""
        found: dict[str, str] = {}
        for path, label in self.places.items():
            home = self.name(f"{path}.{self.choices[label]}")
            if home is not None:
                found[home] = f"{label}={self.choices[label]}"
        return found

    def without(self, own: Iterable[str], matched: Sequence[str]) -> list[str]:
        """The chosen candidates, as "label=candidate", that have weights of the names `own` but got none of them."""
        names, got = list(own), list(matched)
        return sorted({said for path, said in self.chosen().items()
                       if _below(names, path) and not _below(got, path)})


def _below(names: Iterable[str], path: str) -> bool:
    return any(name.startswith(f"{path}.") for name in names)
