"""A number that is open: `value`, and `layer`, which makes a module of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import OpenChoice, check_label, chosen_of, open_choice
from nasreid.mutation.door import Categorical, Mutable

MOST = 64  # modules that one layer may be, one for each combination of its numbers


class OpenNumber(Categorical[int]):
    """A number that nobody has chosen yet; what is computed of it is open, too."""


def is_open(thing: object) -> bool:
    """Whether it is an open number of ours, or calculated of such."""
    return isinstance(thing, Mutable) and all(isinstance(one, OpenNumber) for one in thing.simplify().values())


class OpenValue(OpenChoice):
    """A layer of an open number: its candidates are the layers of each number."""


def value(label: str, options: Sequence[int]) -> Any:
    """An open whole number, one of `options`, for modules: a kernel, a width, an expansion, a stride.

    It calculates (`width * expansion`, `kernel // 2`), and `layer` makes modules of it. Two values of one label are one
    decision. Its candidates are named by their digits.

    Raises:
        NasreidError: the label is no text or holds "/", or the options are no different whole numbers from 0 on.
    """
    check_label(label, "value")
    if (not isinstance(options, Sequence) or not options or len(set(options)) < len(options)
            or any(type(one) is not int or one < 0 for one in options)):
        raise NasreidError(f"options of value {label!r} are {options!r}; expected different whole numbers from 0 on; "
                           f"halves and the like can be calculated from them{_calculated(label, options)}")
    named = {str(one): one for one in options}
    chosen = chosen_of(label, named)
    return OpenNumber(options, label=label) if chosen is None else named[chosen]


def layer(make: Callable[..., nn.Module], *arguments: object, **options: object) -> nn.Module:
    """make(*arguments, **options), in which values and what is calculated of them may stand for numbers.

    >>> from nasreid.mutation import decisions
    >>> kernel, hidden = value("kernel", [3, 5]), 32 * value("expansion", [1, 2, 4])
    >>> block = nn.Sequential(layer(nn.Conv2d, 32, hidden, kernel, padding=kernel // 2), layer(nn.BatchNorm2d, hidden))
    >>> decisions(block)
    {'expansion': ['1', '2', '4'], 'kernel': ['3', '5']}

    In a search the weights of each number are slices of
    the largest: the first channels, the middle of a kernel; statistics of BatchNorms are each number's own. What makes
    maps of the same shape for all numbers is served by every relaxation: a kernel, or an expansion inside `make`.
    Where the shape depends on the number (a width that leaves the layer, a stride), only relaxations that run one
    candidate alone serve it, and others refuse it by name.

    Raises:
        NasreidError: one of NNI's own values is among the arguments, or the numbers have more than 64 combinations.
    """
    numbers: dict[str, OpenNumber] = {}
    for label, number in _numbers([arguments, list(options.values())]):
        if numbers.setdefault(label, number).values != number.values:
            raise NasreidError(f"value {label!r} has the options {numbers[label].values} in one place and "
                               f"{number.values} in another; expected the same in the same order")
    combinations = 1
    for number in numbers.values():
        combinations *= len(number.values)
    if combinations > MOST:
        raise NasreidError(f"layer of {', '.join(numbers)} has {combinations} combinations of numbers; expected at "
                           f"most {MOST}")

    def made(known: dict[str, int]) -> nn.Module:
        return make(*_known(arguments, known), **_known(options, known))

    return _layers(list(numbers.values()), made, {})


def _calculated(label: str, options: object) -> str:
    """How to write decimals, which no genotype could name in a path of weights: [0.25, 0.5] as 0.25 * [1, 2]."""
    if not isinstance(options, list | tuple) or not all(
            type(one) in (int, float) and 0 < one < math.inf for one in options):
        return ""
    found = [Fraction(str(one)) for one in options]
    unit = Fraction(math.gcd(*(one.numerator for one in found)), math.lcm(*(one.denominator for one in found)))
    return f": {float(unit):g} * value({label!r}, {[int(one / unit) for one in found]})"


def _layers(left: list[OpenNumber], made: Callable[[dict[str, int]], nn.Module], known: dict[str, int]) -> nn.Module:
    """A decision for each number, one inside the other."""
    if not left:
        return made(known)
    number = left[0]
    options = {str(one): _layers(left[1:], made, {**known, number.label: one}) for one in number.values}
    return open_choice(OpenValue, number.label, options)


def _numbers(given: object) -> list[tuple[str, OpenNumber]]:
    """The open numbers in arguments, with their labels."""
    if isinstance(given, Mapping):
        return _numbers(list(given.values()))
    if isinstance(given, list | tuple):
        return [found for one in given for found in _numbers(one)]
    if not isinstance(given, Mutable):
        return []
    found = given.simplify()
    for number in found.values():
        if not isinstance(number, OpenNumber):
            raise NasreidError(f"NNI's {number!r} is no decision of nasreid; expected value(label, numbers)")
    return [(label, cast(OpenNumber, number)) for label, number in found.items()]


def _known(given: Any, known: dict[str, int]) -> Any:
    """Arguments with numbers in the place of what is open."""
    if isinstance(given, Mapping):
        return {name: _known(one, known) for name, one in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(_known(one, known) for one in given)
    return given.freeze(known) if isinstance(given, Mutable) else given
