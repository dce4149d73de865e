"""What a law is: a function that returns None, or raises a BrokenLaw that says which law broke, and on what."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec

from torch import Tensor

from nasreid.errors import NasreidError
from nasreid.training.seeding import seeded

P = ParamSpec("P")
LONGEST = 400  # characters of a foreign error; torch and NNI write pages


class BrokenLaw(NasreidError):
    """A part breaks a law. law: its sentence; what: on what it broke (label, candidate, shapes, numbers)."""

    def __init__(self, what: str, law: str = ""):
        super().__init__(f"{law} Broken: {what}" if law else what)
        self.what, self.law = what, law


@dataclass(frozen=True)
class Verdict:
    """What became of one law: its sentence, whether the part keeps it, and on what it broke ("" where kept)."""

    law: str
    kept: bool
    what: str = ""


def law(function: Callable[P, None]) -> Callable[P, None]:
    """A function whose docstring begins with the sentence of a law: whatever it raises becomes a BrokenLaw of it."""
    @functools.wraps(function)
    def stated(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            raise BrokenLaw(told(error), sentence(function)) from error

    return stated


def sentence(function: Callable[..., object]) -> str:
    """The law in words: the first paragraph of the docstring."""
    text = inspect.getdoc(function) or function.__name__.replace("_", " ")  # python -OO keeps no docstrings
    return " ".join(text.split("\n\n")[0].split())


def verdicts(laws: Sequence[functools.partial[None]]) -> Iterator[Verdict]:
    """What becomes of each law, one after the other."""
    for one in laws:
        try:
            with seeded(0):  # parts are made in every law
                one()
        except BrokenLaw as error:
            yield Verdict(sentence(one.func), False, error.what)
        else:
            yield Verdict(sentence(one.func), True)


def keep(laws: Sequence[functools.partial[None]]) -> None:
    """Raises BrokenLaw for the first law that is broken."""
    for one in laws:
        one()


def told(error: Exception) -> str:
    """One line of an error: on what a law broke, or what a part raised."""
    text = " ".join(str(error).split())
    text = text if len(text) <= LONGEST else text[:LONGEST] + " …"
    if isinstance(error, BrokenLaw):
        return " ".join(error.what.split())
    return text if isinstance(error, NasreidError) else f"{type(error).__name__}: {text}".removesuffix(": ")


def require(kept: bool, what: str) -> None:
    """The law holds here, or broke on `what`."""
    if not kept:
        raise BrokenLaw(what)


@contextmanager
def about(what: str) -> Iterator[None]:
    """Whatever is raised inside is said of `what`."""
    try:
        yield
    except Exception as error:
        raise BrokenLaw(f"{what}: {told(error)}") from error


def close(found: Tensor, expected: Tensor, tolerance: float, what: str) -> None:
    """Equal up to `tolerance` times the largest value (or 1, if that is less); not so with a NaN."""
    require(found.shape == expected.shape, f"{what}: shape {tuple(found.shape)}, expected {tuple(expected.shape)}")
    if found.numel():
        found, expected = found.detach().double(), expected.detach().double()
        worst, largest = float((found - expected).abs().max()), float(expected.abs().max())
        require(worst <= tolerance * max(1.0, largest),
                f"{what}: differs by {worst:.3g}, the largest value is {largest:.3g}")


def same(one: dict[str, Tensor], two: dict[str, Tensor], what: str) -> None:
    """Two states are equal, names and values."""
    require(one.keys() == two.keys(), f"{what}: the names of {some(one.keys() ^ two.keys())}")
    changed = [name for name, value in one.items() if not value.equal(two[name])]
    require(not changed, f"{what}: {some(changed)}")


def some(names: Iterable[object], most: int = 3) -> str:
    """A few of many names."""
    listed = [str(name) for name in names]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def refused(call: Callable[[], object], names: Sequence[str], what: str) -> None:
    """call() raises a NasreidError of one line with one of the names in it."""
    try:
        call()
    except NasreidError as error:
        require(any(name in str(error) for name in names), f"{what}: {told(error)!r} names none of {some(names)}")
        require("\n" not in str(error), f"{what}: the error has more than one line, {told(error)!r}")
    except Exception as error:
        raise BrokenLaw(f"{what}: expected a NasreidError, got {told(error)}") from error
    else:
        raise BrokenLaw(f"{what}: expected a NasreidError, got none")
