"""The recipes of the oracles: a small language for arrays, evaluated without running any code of the folder.

`images(40011, (2, 3, 64, 32))`, `normal(41, (2, 8)) * 0.5`, `normal(101, (8, 32)) + 0.6 * centres0[labels]`.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracles import fill  # the reference of the recipes

FUNCTIONS = {"images": fill.images, "normal": fill.normal, "uniform": fill.uniform, "integers": fill.integers,
             "abs": np.abs, "sqrt": np.sqrt}  # fmt: skip
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class Unknown(Exception):
    """A recipe, a slice or a text that the checker does not understand."""


def evaluate(text: str, lookup: Callable[[str], Any]) -> Any:
    """The value of an expression; `lookup` gives the value of a name."""
    try:
        return _value(ast.parse(text.strip(), mode="eval").body, lookup)
    except SyntaxError as error:
        raise Unknown(f"recipe {text!r} is no expression") from error


def first_term(text: str) -> str:
    """The leftmost term of a sum: `normal(1, (2,))` of `normal(1, (2,)) + 0.6 * centres[labels]`."""
    node = ast.parse(text.strip(), mode="eval").body
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        node = node.left
    return ast.unparse(node)


def _value(node: ast.expr, lookup: Callable[[str], Any]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name):
        return lookup(node.id)
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(item, lookup) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, lookup)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.left, lookup), _value(node.right, lookup))
    if isinstance(node, ast.Subscript):
        return _value(node.value, lookup)[_value(node.slice, lookup)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        return FUNCTIONS[node.func.id](*[_value(argument, lookup) for argument in node.args])
    raise Unknown(f"recipe part {ast.unparse(node)!r} is not understood")


def part(text: str) -> tuple[Any, ...]:
    """A slice in words, `[:1, :, ::2]`, as an index."""
    try:
        tree = ast.parse(f"x{text.strip()}", mode="eval").body
    except SyntaxError as error:
        raise Unknown(f"slice {text!r} is none") from error
    if not isinstance(tree, ast.Subscript):
        raise Unknown(f"slice {text!r} is none")
    items = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
    return tuple(_slice(item) for item in items)


def _slice(node: ast.expr) -> Any:
    if isinstance(node, ast.Slice):
        return slice(*(None if end is None else _value(end, _nothing) for end in (node.lower, node.upper, node.step)))
    return _value(node, _nothing)


def _nothing(name: str) -> Any:
    raise Unknown(f"a slice with the name {name!r}")
