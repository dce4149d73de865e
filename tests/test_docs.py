"""The pages of docs: what is made from the code leaves nothing out, and what is written names what there is."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.making import data, fits, links, messages, parts, recipes
from docs.making.page import prose, table
from nasreid.available import BASES, complete
from nasreid.cli.main import main
from nasreid.cli.parser import typed
from nasreid.cli.recipe import shipped
from nasreid.data.datasets import layouts
from nasreid.data.layouts.own_csv import COLUMNS
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import PROTOCOLS
from nasreid.experiments.laws.check import conformance
from nasreid.training.stepper import Stepper

DOCS = Path(__file__).parents[1] / "docs"
TROUBLE = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")


@pytest.fixture
def written(monkeypatch):
    """{page: its text} in place of files; pictures and laws, which take long, are left out."""
    pages: dict[str, str] = {}
    for module in (parts, data, recipes):
        monkeypatch.setattr(module, "write", lambda place, *blocks: pages.update({place: "\n\n".join(blocks)}))
    monkeypatch.setattr(parts, "counted", lambda name: [])
    monkeypatch.setattr(parts, "pictures", lambda name: [])
    for module in (parts, data):
        monkeypatch.setattr(module, "laws", lambda name, kind: "")
    return pages


def test_every_part_that_nasreid_list_lists_has_a_page(written, capsys):
    for module in (parts, data, recipes):
        module.make()
    assert main(["list"]) == 0
    listed = set(re.findall(r"[\w-]+", capsys.readouterr().out))
    pages = {place.split("/")[-1].removesuffix(".md") for place in written}
    kinds = {kind: set(complete(kind)) for kind in BASES if kind != "layouts"}
    every = {*set.union(*kinds.values()), *layouts(), *PROTOCOLS, *shipped()}
    assert every - pages == set()
    assert every - set(PROTOCOLS) <= listed
    assert {place for place in written if not place.endswith("index.md") and "# " not in written[place]} == set()


def test_what_fits_what_has_a_row_for_each_part_and_what_the_truth_says():
    said = fits.Said.by({"one": {"search": {"space": "CDS", "strategy": "CEDarts"}}})
    assert "| `CDS` | `CEDarts` | [one](recipes/one.md) |" in fits.ran(said)
    judged = {space: fits.judged(space, runs) for space, runs in fits.JUDGED.items()}
    assert "| `TCM` | 20 | 3.22 | 21% |" in judged["Micro"][1]
    assert "| `CEDarts` | 10 | 13.63 | 148% |" in judged["InPlacement"][1]
    shown = fits.shown(fits.Matrix.of(["MSI"], ["TCM"], {("MSI", "TCM"): "why"}, {}), "spaces", "strategies")
    assert shown == ["|  | [TCM](strategies/TCM.md) |\n|---|---|\n| [MSI](spaces/MSI.md) | 1 |", "- 1: why"]


def test_every_option_of_every_layout_is_on_its_page(written):
    data.make()
    assert "`--data-args.train_share`" in written["parts/layouts/csv.md"]
    assert "`--data-args.camera`" in written["parts/layouts/folder.md"]
    own = (DOCS / "how-to" / "own-data.md").read_text(encoding="utf-8")
    assert [column for column in COLUMNS if f"| `{column}` |" not in own] == []


def test_what_a_recipe_ran_on_is_said_of_recipes_that_there_are():
    assert set(recipes.runs()) <= set(shipped())


def test_every_command_of_the_pages_and_recipes_can_be_typed_as_it_stands(written, monkeypatch):
    """All but running it: the names of commands, options, recipes and values, and whether what must be said is."""
    monkeypatch.chdir(DOCS.parent)  # where pages name benchmarks/…
    for module in (parts, data, recipes):
        module.make()
    by_hand = [*DOCS.parent.glob("*.md"), *(path for name in ("docs", "benchmarks") for path in Path(name).rglob("*.md")
                                           if "docs/parts" not in path.as_posix())]
    texts = {**{str(path): path.read_text(encoding="utf-8") for path in by_hand}, **written}
    asked = [(place, line) for place, text in texts.items() for line in blocks(text) if "…" not in line]
    refused = {}
    for place, line in asked:
        name, *argv = shlex.split(re.split(r" (?:&&|\||>) ", line)[0], comments=True)[1:]
        if name == "data":
            name, *argv = f"data-{argv[0]}", *argv[1:]
        try:
            typed(name, argv)
        except NasreidError as error:
            if "holds no finished retraining" not in str(error):
                refused[f"{place}: {line}"] = str(error)
    assert refused == {}
    assert len(asked) > 200


def blocks(text: str) -> Iterator[str]:
    """The commands of nasreid in blocks of code, whose lines begin with ``` around them or with four spaces."""
    fenced, begun = False, ""
    for line in text.splitlines():
        if line.strip().startswith("```"):
            fenced, begun = not fenced, ""
        elif fenced or line.startswith("    "):
            begun += line.strip()
            if begun.endswith("\\"):
                begun = begun[:-1]
                continue
            if begun.startswith("nasreid "):
                yield begun
            begun = ""


def test_every_error_class_and_every_symptom_of_the_page_is_in_the_code():
    assert [name for name in messages.kinds() if f"`{name}`" not in TROUBLE] == []
    said = [" ".join(one.split()) for found in messages.messages().values() for one in found]
    symptoms = re.findall(r"^### `(.+)`$", TROUBLE, re.MULTILINE)
    assert len(symptoms) > 30
    assert [one for one in symptoms if not any(_like(one, message) for message in said)] == []


def _like(symptom: str, message: str) -> bool:
    """Whether all words of a symptom are in a message, in their order; … is anything."""
    return re.search(".*".join(map(re.escape, re.split(r"\s*…+\s*", symptom))), message) is not None


def test_the_breakpoint_of_the_page_is_in_a_step():
    page = (DOCS / "contributing.md").read_text(encoding="utf-8")
    line = int(re.findall(r"\(Pdb\) break nasreid/training/stepper\.py:(\d+)", page)[0])
    lines, first = inspect.getsourcelines(Stepper.step)
    assert first < line < first + len(lines)


@pytest.mark.parametrize("name", ["mine.py:Mine", "mine_strategy.py:Halves", "mine_objective.py:Norm",
                                  "mine_relaxation.py:Cube"])
def test_examples_keep_the_laws(name):
    assert [verdict for verdict in conformance(f"{DOCS / 'how-to'}/{name}") if not verdict.kept] == []


@pytest.mark.parametrize("path", sorted((DOCS / "how-to").glob("*.py")), ids=lambda path: path.name)
def test_a_file_that_a_page_names_is_shown_there_as_it_is(path):
    """Read on a code host, pages are not built: they have the text itself, which is that of the file that runs."""
    shown = f"```python\n{path.read_text(encoding='utf-8')}```"
    assert [page.name for page in path.parent.glob("*.md") if f"({path.name})" in page.read_text(encoding="utf-8")
            and shown not in page.read_text(encoding="utf-8")] == []
    assert any(shown in page.read_text(encoding="utf-8") for page in path.parent.glob("*.md"))


def test_the_readme_s_space_is_that_of_the_page():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert f"```python\n{(DOCS / 'how-to' / 'mine.py').read_text(encoding='utf-8')}```" in readme
    assert len(readme.splitlines()) <= 120


def test_docstrings_become_markdown_without_losing_a_letter():
    text = ("First *line* of <b>.\n\nname: what. other: not\n  more.\nsecond: another_one.\n\n"
            ">>> 1\n1\n\n    def x(): ...")
    assert prose(text) == ("First \\*line\\* of &lt;b&gt;.\n\n"
                           "- `name`: what. other: not more.\n- `second`: another\\_one.\n\n"
                           "```python\n>>> 1\n1\n```\n\n```python\ndef x(): ...\n```")
    assert table(("a", "b"), [("x|y", 1)]).splitlines()[-1] == "| x\\|y | 1 |"
    assert table(("a",), []) == ""


def test_dead_links_anchors_and_foreign_hosts_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id="here"><a href="#here"></a><a href="#gone"></a><a href="b.html"></a>'
                                     '<a href="https://example.org"></a><img src="https://example.org/x.png">')
    (tmp_path / "c.html").write_text('<a href="a.html#here"></a><a href="a.html#there"></a><img src="x.png">')
    assert links.faults(tmp_path) == [
        "a.html fetches https://example.org/x.png", "a.html leads to #gone, an anchor that is not there",
        "a.html leads to b.html, which is not there", "c.html leads to a.html#there, an anchor that is not there",
        "c.html leads to x.png, which is not there"]  # fmt: skip
