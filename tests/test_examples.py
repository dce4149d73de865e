"""Public names have an example that runs, or say where one is: "Example: `nasreid.module.name`". The debt falls."""

import ast

import pytest

from tests.sources import python_files, tree

OWED = {"pictures": 97, "evaluation": 118}  # names of the room that have neither; lower it where you add some


def owing(room: str) -> list[str]:
    """Public functions and classes of a room, as in the reference of the pages, without an example."""
    return [f"{file}:{node.lineno} {node.name}" for file in python_files(f"nasreid/{room}")
            if not shows(ast.get_docstring(tree(file))) for node in tree(file).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            and not shows(ast.get_docstring(node))]  # fmt: skip


def shows(docstring: str | None) -> bool:
    return any(sign in (docstring or "") for sign in (">>>", "Example: `"))


@pytest.mark.parametrize("room", OWED)
def test_no_more_names_owe_an_example(room: str) -> None:
    found = owing(room)
    assert len(found) <= OWED[room], "\n".join(found)


def test_an_example_or_where_one_is() -> None:
    assert shows("Ends of it.\n\n>>> 1\n1")
    assert shows("Ends of it. Example: `nasreid.draw`.")
    assert not shows("Ends of it.")
    assert not shows(None)
