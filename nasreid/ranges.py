"""Numbers of a configuration: what is no number of the range that is said is refused by name, value and range."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import fields, is_dataclass
from numbers import Integral, Real

from nasreid.errors import NasreidError

SEEDS = (0, 2**32 - 1)  # what every generator of random numbers takes
EPOCHS = (1, 1_000_000)
PIXELS = (1, 4096)
PROCESSES = (0, 1024)
EXACT = 2**53  # a float holds every whole number up to that


def whole(owner: object, least: int, most: int, *names: str, prefix: str = "") -> None:
    """Fields `names` of `owner` are whole numbers from `least` to `most`, or None where their type says so; prefix: of
    the options' names."""
    for name in names:
        value = getattr(owner, name)
        if value is None and _optional(owner, name):
            continue
        if isinstance(value, bool) or not isinstance(value, Integral) or not least <= int(value) <= most:
            raise NasreidError(f"{prefix}{name} is {value!r}; expected at least {least} and at most {most}, a whole "
                               "number")


def real(owner: object, least: float, most: float, *names: str, open_below: bool = False, open_above: bool = False,
         prefix: str = "") -> None:
    """As `whole`, of numbers; open: without that end itself."""
    for name in names:
        value = getattr(owner, name)
        if value is None and _optional(owner, name):
            continue
        number = float("nan") if isinstance(value, bool) or not isinstance(value, Real) else value
        inside = bool(least <= number <= most)  # pyright: ignore[reportOperatorIssue]  # never true of what is no number
        if not inside or (open_below and number == least) or (open_above and number == most):
            low = f"a number {'above' if open_below else 'from'} {least:g}"
            low = "a positive number" if open_below and not least else low
            high = f"{'below' if open_above else 'up to'} {most:g}"
            raise NasreidError(f"{prefix}{name} is {value!r}; expected {low} {high}")


def _optional(owner: object, name: str) -> bool:
    """Whether the type of a field of a data class names None; what is no data class says so itself."""
    return not is_dataclass(owner) or any(one.name == name and "None" in str(one.type) for one in fields(owner))


def made_of(owner: object, **kinds: type) -> None:
    """The named fields of `owner` are objects of these classes: what Python would miss in their middle otherwise."""
    for name, kind in kinds.items():
        value = getattr(owner, name)
        if not isinstance(value, kind):
            raise NasreidError(f"{name} is {value!r}; expected an object of the class {kind.__name__}")


def one_spelling(value: object, kinds: Container[object]) -> object:
    """A whole number where a float is meant as that float: lr: 1 and lr: 1.0 are one configuration, and one digest.

    >>> one_spelling(1, (float,)), one_spelling(1, (int, float)), one_spelling(True, (float,))
    (1.0, 1, True)
    """
    if type(value) is int and abs(value) <= EXACT and float in kinds and int not in kinds:
        return float(value)
    return value
