"""Small changes of a source, one at a time: what a test should notice."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type, type] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
                              ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
                              ast.NotIn: ast.In}
COMPUTED: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
                              ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
                              ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "amin": "amax", "amax": "amin", "argmin": "argmax",
          "argmax": "argmin", "sorted": "list", "zeros": "ones", "ones": "zeros", "ceil": "floor", "floor": "ceil",
          "maximum": "minimum", "minimum": "maximum", "clamp_min": "clamp_max", "zeros_like": "ones_like",
          "ones_like": "zeros_like"}  # fmt: skip
METHODS = {"mean": "sum", "sum": "mean"}  # as attributes only: sum() of Python has no such sister

EPSILONS = (1e-12, 1e-6, 1e-16)  # guards against zero, where twice as much is as good


@dataclass(frozen=True)
class Mutant:
    """One change. file: relative to the root, line and text: where, source: the whole changed file."""

    file: str
    line: int
    text: str
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        """Stays the same while the line does, wherever it moves."""
        return hashlib.sha256("\0".join((self.file, self.text, self.before, self.after)).encode()).hexdigest()[:8]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before} -> {self.after}"


def mutants(file: str, source: str) -> list[Mutant]:
    """Every mutant of a source, outside in. What is raised, f-strings and annotations stay."""
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines))]
    found = []
    for node, new in _changes(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first = starts[node.lineno - 1] + node.col_offset
        last = starts[node.end_lineno - 1] + node.end_col_offset
        text = ast.unparse(new)
        if isinstance(new, (ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.IfExp)):
            text = f"({text})"
        changed = source.encode()[:first] + text.encode() + source.encode()[last:]
        line = lines[node.lineno - 1].decode().strip()
        found.append(Mutant(file, node.lineno, line, ast.unparse(node), ast.unparse(new), changed.decode()))
    return found


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST]]:
    """(node, what takes its place) of a tree, outside in."""
    if isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, (ast.expr, ast.stmt)):
        yield from ((node, new) for new in _instead(node))
    conditions = node.ifs if isinstance(node, ast.comprehension) else [getattr(node, "test", None)]
    yield from ((test, ast.UnaryOp(ast.Not(), test)) for test in conditions
                if isinstance(test, ast.expr) and not isinstance(test, (ast.Compare, ast.UnaryOp)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return  # -1 is mostly an axis, and an axis is mostly as good as its neighbour or an error
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list", "type_params"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _changes(child)


def _instead(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield _with(node, ops=[COMPARED[type(node.ops[0])]()])
    elif isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in COMPUTED:
        yield _with(node, op=COMPUTED[type(node.op)]())
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield from (ast.Constant(node.value + 1), ast.Constant(node.value - 1))
    elif isinstance(node, ast.Constant) and isinstance(node.value, float) and abs(node.value) not in EPSILONS:
        yield from (ast.Constant(node.value * 2 or 1.0), ast.Constant(node.value / 2 or -1.0))
    elif isinstance(node, ast.Call):
        yield from _called(node, node.func)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()


def _called(node: ast.Call, func: ast.expr) -> Iterator[ast.AST]:
    if isinstance(func, ast.Name) and func.id in CALLED:
        yield _with(node, func=ast.Name(CALLED[func.id]))
    elif isinstance(func, ast.Attribute) and func.attr in CALLED | METHODS:
        yield _with(node, func=_with(func, attr=(CALLED | METHODS)[func.attr]))


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new
