"""What a network inherits from its supernet: the weights of the chosen candidates, under the network's names.

The supernet has `PATH.candidate.weight` for a choice at PATH, the network `PATH.weight`; a choice inside a candidate
has a PATH with the candidate in it, and one that is used in several places has several. Of a layer of an open number
the supernet has the largest weights, of which the network's are slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from nasreid.mutation import places, shared
from nasreid.mutation.ties import sliced


@dataclass(frozen=True)
class Inheritance:
    """From the names of a supernet to those of the network of `choices` {label: candidate}.

    places {path of a choice in the supernet: its label}, shared: as `nasreid.mutation.places` and `shared` give them.
    """

    places: Mapping[str, str]
    choices: Mapping[str, str]
    shared: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, space: nn.Module, choices: Mapping[str, str], prefix: str = "") -> Inheritance:
        """That of an open space or a supernet; `prefix` is what stands before its names, as "space."."""
        return cls({f"{prefix}{path}": label for path, label in places(space).items()}, choices,
                   {f"{prefix}{path}": held for path, held in shared(space).items()})

    def name(self, theirs: str) -> str | None:
        """The network's name of a weight of the supernet; None where it is of a candidate that is not chosen."""
        path, ours, words = "", [], theirs.split(".")
        for at, word in enumerate(words):
            path = f"{path}.{word}" if path else word
            if path.rpartition(".")[0] in self.places:  # a candidate, of which the network does not speak
                parent = path.rpartition(".")[0]
                candidate = self.choices.get(self.places[parent])
                if candidate is None or word != self._holder(parent, candidate, ".".join(words[at + 1:])):
                    return None
                path = f"{parent}.{candidate}"
            else:
                ours.append(word)
        return ".".join(ours)

    def _holder(self, place: str, candidate: str, name: str) -> str:
        """The candidate under which the supernet has a weight of the chosen one."""
        return self.shared.get(place, {}).get(candidate, {}).get(name, candidate)

    def value(self, theirs: str, value: Tensor, own: Tensor) -> Tensor:
        """A weight of the supernet for one of the network: itself, or its slice in a layer of an open number."""
        words = theirs.split(".")
        inside = self.name(theirs) != theirs and any(".".join(words[:at]) in self.shared for at in range(1, len(words)))
        smaller = value.dim() == own.dim() and all(a >= b for a, b in zip(value.shape, own.shape, strict=True))
        return sliced(value, own.shape) if inside and smaller else value

    def state(self, theirs: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the state of a supernet has for the network of the state `own`, in its names and shapes."""
        names = {ours: name for name in theirs if (ours := self.name(name)) in own}
        return {ours: self.value(name, theirs[name], own[ours]) for ours, name in names.items() if ours is not None}

    def chosen(self) -> dict[str, str]:
        """{path of a chosen candidate in the network: "label=candidate"}."""
        found: dict[str, str] = {}
        for path, label in self.places.items():
            home = self.name(f"{path}.{self.choices[label]}") if label in self.choices else None
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
