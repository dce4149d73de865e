"""The notebooks: scripts with cells, executed here; what comes out is a page, and an .ipynb with the same outputs.

They run in the environment that nasreid has: NNI pins versions that a Jupyter of today is not content with.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from docs.making.page import DOCS, ROOT, fenced, write

NOTEBOOKS = DOCS / "notebooks"
PICTURES = (".svg", ".png")
Cell = tuple[str, str]  # its kind, markdown or code, and its text


def make() -> None:
    done = {}
    for script in sorted(NOTEBOOKS.glob("*.py")):
        found = cells(script.read_text(encoding="utf-8"))
        torch.manual_seed(0)
        with tempfile.TemporaryDirectory() as folder, _into(folder):
            Path("benchmarks").symlink_to(ROOT / "benchmarks")
            outputs = run(found, script.stem)
        done[script.stem] = found[0][1].partition("\n")[0].removeprefix("# ")
        _page(script.stem, found, outputs)
        (DOCS / "notebook" / f"{script.stem}.ipynb").write_text(json.dumps(_notebook(found, outputs), indent=1) + "\n")
    listed = "\n".join(f"- [{title}]({name}.md)" for name, title in done.items())
    write("notebook/index.md", "# Notebooks", "Executed when these pages were made; each page has its `.ipynb` to go "
          "on from.", listed)


def cells(text: str) -> list[Cell]:
    """The cells of a script in the percent format."""
    found = []
    for part in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        written = "[markdown]" in head
        body = re.sub(r"^# ?", "", body, flags=re.MULTILINE) if written else body
        found.append(("markdown" if written else "code", body.strip("\n")))
    return found


def run(found: list[Cell], name: str) -> list[tuple[str, list[str]]]:
    """(what it printed, names of its pictures, which are kept in docs/drawn) of each cell, one after the other."""
    outputs: list[tuple[str, list[str]]] = []
    space: dict[str, Any] = {"__name__": "__main__"}
    for kind, body in found:
        before, printed = _pictures(), io.StringIO()
        if kind == "code":
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(ast.parse(body), f"{name}.py", "exec"), space)
        made = []
        for picture in sorted(_pictures() - before):
            kept = DOCS / "drawn" / f"{name}-{picture.name}"
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(picture.read_bytes())
            made.append(kept.name)
        outputs.append((printed.getvalue(), made))
    return outputs


def _pictures() -> set[Path]:
    return {path for path in Path.cwd().iterdir() if path.suffix in PICTURES}


@contextlib.contextmanager
def _into(folder: str) -> Iterator[None]:
    """`contextlib.chdir`, which Python 3.10 has not."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _page(name: str, found: list[Cell], outputs: list[tuple[str, list[str]]]) -> None:
    blocks = []
    for (kind, body), (printed, pictures) in zip(found, outputs, strict=True):
        blocks.append(body if kind == "markdown" else fenced(body, "python"))
        blocks += [fenced(printed, "text")] if printed else []
        blocks += [f"![What the cell above drew](../drawn/{picture})" for picture in pictures]
    write(f"notebook/{name}.md", *blocks, f"[This notebook, with its outputs]({name}.ipynb)")


def _notebook(found: list[Cell], outputs: list[tuple[str, list[str]]]) -> dict[str, Any]:
    made = []
    for at, ((kind, body), (printed, _)) in enumerate(zip(found, outputs, strict=True)):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{at}", "metadata": {}, "source": body.splitlines(True)}
        if kind == "code":
            stream = {"output_type": "stream", "name": "stdout", "text": printed.splitlines(True)}
            cell |= {"execution_count": at, "outputs": [stream] if printed else []}
        made.append(cell)
    return {"cells": made, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
