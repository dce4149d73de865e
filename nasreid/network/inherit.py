"""What a network inherits from its supernet: the weights of the chosen candidates, under the network's names.

The supernet has `PATH.candidate.weight` for a choice at PATH, the network `PATH.weight`; a choice inside a candidate
has a PATH with the candidate in it, and one that is used in several places has several. Of a layer of an open number
the supernet has the largest weights, of which the network's are slices; of a depth it has all blocks, of inputs with
parts all of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from nasreid.mutation import parts, places, shared
from nasreid.mutation.ties import sliced


@dataclass(frozen=True)
class Inheritance:
    """From the names of a supernet to those of the network of `choices` {label: candidate}.

    places {path of a choice in the supernet: its label}, shared and parts: as the functions of those names in
    `nasreid.mutation` give them.
    """

    places: Mapping[str, str]
    choices: Mapping[str, str]
    shared: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, space: nn.Module, choices: Mapping[str, str], prefix: str = "") -> Inheritance:
        """That of an open space or a supernet; `prefix` is what stands before its names, as "space."."""
        return cls({f"{prefix}{path}": label for path, label in places(space).items()}, choices,
                   {f"{prefix}{path}": held for path, held in shared(space).items()},
                   {f"{prefix}{path}": inside for path, inside in parts(space).items()})

    def name(self, theirs: str) -> str | None:
        """The network's name of a weight of the supernet; None where it is of a candidate that is not chosen."""
        path, ours, words = "", [], theirs.split(".")
        for at, word in enumerate(words):
            parent, path = path, f"{path}.{word}" if path else word
            chosen = self.choices.get(self.places[parent]) if parent in self.places else word
            if chosen is None or (parent in self.parts and chosen not in self.parts[parent].get(word, ())):
                return None
            if parent not in self.places or parent in self.parts:
                ours.append(word)
            elif word == self._holder(parent, chosen, ".".join(words[at + 1:])):
                path = f"{parent}.{chosen}"  # a candidate, of which the network does not speak
            else:
                return None
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
            if label not in self.choices:
                continue
            home = self.name(path if path in self.parts else f"{path}.{self.choices[label]}")
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
