"""Open decisions: made in a space's constructor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeAlias, cast

from torch import Tensor, nn

from nasreid.errors import NasreidError, one_of
from nasreid.mutation.door import LayerChoice, current_model, frozen_context
from nasreid.names import printable

Output: TypeAlias = "Tensor | tuple[Output, ...]"  # what a candidate returns
Mix = Callable[..., Output]
Narrow = Callable[[int], Mapping[str, nn.Module]]


class OpenChoice(LayerChoice):
    """A decision that nobody has made yet.

    family_mix: the cheaper sum of its candidates, family_narrow: what makes them for a part of the channels; if any.
    """

    family_mix: Mix | None = None
    family_narrow: Narrow | None = None

    def settled(self, candidate: str) -> nn.Module:
        """What the decision becomes when the candidate is chosen."""
        return self[candidate]

    def reached(self, child: str) -> frozenset[str]:
        """The candidates whose choice makes a child of this module part of the network."""
        return frozenset([child])

    def forward(self, *inputs: object, **options: object) -> NoReturn:
        """Refused: what is open has no output."""
        raise NasreidError(f"choice {str(self.label)!r} is still open; expected a space that is relaxed into a "
                           "supernet or frozen into a network (relax, freeze)")


# names that a choice or its mixed form has itself: a candidate of that name would take the place of one
_RESERVED = frozenset(dir(OpenChoice)) | {
    "length", "reduction", "return_mask", "key", "names", "training", "choice", "plain_sum", "_dry_run_choice",
    "_mutables", "_arch_alpha", "_softmax", "_seen", "_running", "pieces", "family_narrow"}


def choice(label: str, candidates: Mapping[str, nn.Module], mix: Mix | None = None,
           narrow: Narrow | None = None) -> nn.Module:
    """An open decision: `label` will become one of `candidates` {name: module}, all with the same inputs and outputs.

    Made inside the constructor of a SearchSpace, and not as the space itself. The open choice cannot be run: a space
    runs once it is relaxed into a supernet or frozen into a network. Two choices of one label are one decision: they
    have candidates of the same names in the same order.

    mix: a cheaper way to the weighted sum, if this family of candidates has one: `mix(candidates {name: module},
    weights (K,) in their order, *inputs)` returns what a candidate returns. Law: outputs, every gradient and every
    buffer equal those of the plain sum in float64 to 1e-10. Without one, the candidates run one by one.

    narrow: makes the same candidates, {name: module}, for one of so many parts of the channels, if they keep the shape
    of their input: narrow(4) those of C / 4 channels. A search may then run them on that part alone (`--channels`).

    Raises:
        NasreidError: the label is no text or holds "/", a candidate is no module, its name is taken or no plain word,
            or one of these names is none that a picture can show.
    """
    check_label(label)
    _check_candidates(label, candidates)
    for name, given, arguments in (("mix", mix, "candidates, weights, *inputs"), ("narrow", narrow, "parts")):
        if given is not None and not callable(given):
            raise NasreidError(f"{name} of choice {label!r} is {given!r}; expected a function ({arguments})")
    made = open_choice(OpenChoice, label, dict(candidates))
    if isinstance(made, OpenChoice):
        made.family_mix, made.family_narrow = mix, narrow
    return made


def open_choice(kind: type[OpenChoice], label: str, candidates: dict[str, nn.Module]) -> nn.Module:
    """An open choice, or the candidate that `within` has chosen; without one it stays open, as it may not exist."""
    chosen = chosen_of(label, candidates)
    if chosen is None:
        with frozen_context.bypass(), frozen_context():  # NNI wants a place for its dry run, to itself
            return kind(candidates, label=label)
    return candidates[chosen]


def chosen_of(label: str, names: Iterable[str]) -> str | None:
    """What `within` has chosen for a decision between these names; None where it stays open."""
    chosen, known = cast("dict[str, str]", current_model() or {}).get(label), list(names)
    if chosen is not None and chosen not in known:
        raise NasreidError(f"choice {label!r} is {one_of(chosen, known)}")
    return chosen


def check_label(label: object, what: str = "choice") -> None:
    """Refuse a label that is no text, or one that no picture can show; what: is decided."""
    if not isinstance(label, str) or not label:
        said = "is empty" if label == "" else f"is {_kind(label)}"
        raise NasreidError(f"{what} label {said}; expected a text such as 'cell1.operation', then the "
                           f"{'candidates' if what == 'choice' else 'options'}")
    if "/" in label:
        raise NasreidError(f"{what} label {label!r}: expected a label without '/'")
    printable(label)


def _check_candidates(label: str, candidates: object) -> None:
    if not isinstance(candidates, Mapping) or not candidates:
        what = "empty" if isinstance(candidates, Mapping) else f"a {type(candidates).__name__}"
        raise NasreidError(f"candidates of choice {label!r} are {what}; expected a dict {{name: module}} with at least "
                           "one")
    for name, module in candidates.items():
        if not isinstance(name, str) or "." in name or name in _RESERVED or not name:
            raise NasreidError(f"candidate name {name!r} of choice {label!r} is reserved or no plain word; rename it")
        printable(name)
        if not isinstance(module, nn.Module):
            raise NasreidError(f"candidate {name!r} of choice {label!r} is {_kind(module)}; expected a module "
                               "(torch.nn.Module)")


def _kind(thing: object) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__} itself, not one made of it"
    return "None" if thing is None else f"a {type(thing).__name__}"
