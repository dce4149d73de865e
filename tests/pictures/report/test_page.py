"""The report of a comparison: what it says, and that a browser shows all of it without a network."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import yaml

from nasreid.errors import NasreidError
from nasreid.evaluation import statistics
from nasreid.experiments import further_words
from nasreid.genotype import Genotype
from nasreid.pictures.report import page as report
from nasreid.pictures.report import plots
from nasreid.pictures.report.extremes import extremes
from nasreid.pictures.report.shown import DRAWN, SAID
from nasreid.pictures.report.tables import verdict
from tests.conftest import chromium
from tests.sources import ROOT

EVIL = "<script>alert('x')</script>"
LABELS, NAMES = ["s1", "s2"], ["a", "b"]


def folder(root: Path, seeds: int = 3, gap: float = 5.0) -> Path:
    """A finished comparison of `EVIL` with Random, made by hand."""
    rng, rows = np.random.default_rng(0), []
    for variant in (EVIL, "Random"):
        for seed in range(seeds):
            job = root / "jobs" / f"{len(rows)}"
            (job / "search").mkdir(parents=True)
            choices = dict(zip(LABELS, rng.choice(NAMES, 2).tolist(), strict=True))
            if variant == EVIL:
                _search(job, choices)
            rows.append({"variant": variant, "seed": seed, "mAP": 30 + gap * (variant == EVIL) + rng.normal(0, 0.1),
                         "protocol": "rule", "parameters": 10, "multiply_adds": 5e6 + len(rows), "search_images": 64,
                         "search_seconds": 1.0, "choices": json.dumps(choices), "folder": str(job)})
    pd.DataFrame(rows).to_csv(root / "runs.csv", index=False)
    about = {"data": str(root / "gone"), "reference": "Random", "metric": "mAP", "failed": {"b, seed 9": "no <luck>"},
             "layout": "market1501", "command": "nasreid compare --config demo"}
    (root / "compare.json").write_text(json.dumps(about))
    return root


def _search(job: Path, choices: dict[str, str]) -> None:
    from nasreid.pictures.diagram.diagram import draw
    from nasreid.pictures.trajectories import probabilities

    (job / "job.yaml").write_text(yaml.safe_dump({"search": {"space": "Some", "epochs": 2}}))
    table = pd.DataFrame([{"epoch": e, "label": label, "candidate": name, "probability": p} for e in range(2)
                          for label in LABELS for name, p in zip(NAMES, (0.6, 0.4), strict=True)])
    table.to_csv(job / "search" / "probabilities.csv", index=False)
    probabilities(table, job / "search" / "probabilities.png")
    draw(Genotype("some:Some", {}, choices, {}), job / "search" / "genotype.svg")
    (job / "search" / "diagnostics.json").write_text(json.dumps({"alarms": ["the search may have collapsed"]}))


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    return report.write(folder(tmp_path_factory.mktemp("compared")))


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_very_many_variants_are_counted_in_the_title(tmp_path):
    root = folder(tmp_path)
    runs = pd.read_csv(root / "runs.csv").query("variant == 'Random'")
    pd.concat([runs.assign(variant=name) for name in ["Random", *(f"v{k}" for k in range(30))]]).to_csv(
        root / "runs.csv", index=False)
    page = report.write(root).read_text()
    assert "<h1>31 variants</h1>" in page
    assert page.count(" cannot be told from ") == SAID
    assert "<li>and 10 more, in the table below</li>" in page
    assert f"Drawn: Random and the {DRAWN - 1} of 31 variants with the highest mean mAP. All are in the tables" in page
    assert page.count("Heat map.") == DRAWN
    assert page.count("<td>v29</td>") == 3  # each table has all of them


@pytest.mark.parametrize("name", ["None", "0", "1e5"])
def test_a_variant_may_be_called_what_looks_like_a_number_or_like_nothing(tmp_path, name):
    root = folder(tmp_path)
    runs = pd.read_csv(root / "runs.csv")
    runs["variant"] = runs["variant"].replace("Random", name)
    runs.to_csv(root / "runs.csv", index=False)
    about = json.loads((root / "compare.json").read_text())
    (root / "compare.json").write_text(json.dumps({**about, "reference": name}))
    assert f"<td>{name}</td>" in report.write(root).read_text()


def test_nothing_is_fetched_and_no_name_becomes_code(page):
    tags = Tags(page.read_text()).found
    sources = [attrs["src"] for tag, attrs in tags if "src" in attrs]
    assert len(sources) == 8  # scores, differences, entropy, trajectory, two maps, one diagram, cost
    assert all(source and source.startswith("data:image/") for source in sources)
    assert [attrs for tag, attrs in tags if tag == "script"] == [{}]  # ours, which sorts
    assert not any(tag in ("link", "iframe", "object") for tag, _ in tags)
    links = [str(attrs["href"]) for tag, attrs in tags if "href" in attrs]
    assert all(link.startswith(("#", "data:text/csv")) for link in links)
    assert {link[1:] for link in links if link.startswith("#")} <= {attrs.get("id") for _, attrs in tags}
    assert not re.search(r"url\((?!data:)", page.read_text())


def test_every_picture_is_told_in_words_that_are_not_those_under_it(page):
    text = page.read_text()
    tags = Tags(text).found
    told = [attrs.get("alt") or "" for tag, attrs in tags if tag == "img"]
    assert len(told) == 8
    assert all(len(words) > 40 and f"<figcaption>{words}" not in text for words in told)
    assert not any(tag in ("svg", "canvas", "picture") for tag, _ in tags), "expected pictures as img only"
    for words in ("Mean mAP: ", "mAP minus that of Random: ", "At the end: s1 a 0.60, s2 a 0.60.",
                  "Most frequent candidate of each decision: s1 ", "Diagram of the genotype of "):
        assert any(words in one for one in told), words


def test_tables_are_plain_ones_and_their_numbers_are_to_be_had(page):
    tags = Tags(page.read_text()).found
    assert sum(tag == "thead" for tag, _ in tags) == sum(tag == "table" for tag, _ in tags) == 4
    assert not any(tag in ("button", "input") for tag, _ in tags)  # they come with the script
    files = {attrs["download"]: unquote(str(attrs["href"])) for tag, attrs in tags if "download" in attrs}
    assert set(files) == {"summary.csv", "paired.csv", "budget.csv", "runs.csv"}
    read = pd.read_csv(io.StringIO(files["summary.csv"].partition(",")[2]))
    runs = pd.read_csv(page.parent / "runs.csv")
    assert read["mean"].tolist() == pytest.approx(runs.groupby("variant")["mAP"].mean().tolist())


def test_a_long_table_is_a_link_to_the_file_beside_the_page(tmp_path, monkeypatch):
    monkeypatch.setattr("nasreid.pictures.report.html.INSIDE", 100)
    assert '<a href="runs.csv" download="runs.csv">' in report.write(folder(tmp_path)).read_text()


def test_the_page_says_how_to_cite_it(page):
    text, facts = html.unescape(page.read_text()), yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert f"title = {{{{{facts['title']}}}}}" in text
    assert f"version = {{{facts['version']}}}" in text
    assert all(paper["title"] in text for paper in facts["references"])


def test_200_variants_in_five_seeds_keep_the_page_small(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "DRAWN", 2)
    root = folder(tmp_path, seeds=5)
    runs = pd.read_csv(root / "runs.csv").query("variant != 'Random'")
    names = ["Random", *(f"v{k}" for k in range(199))]
    pd.concat([runs.assign(variant=name, mAP=runs["mAP"] + at / 50) for at, name in enumerate(names)]).to_csv(
        root / "runs.csv", index=False)
    text = report.write(root).read_text()
    assert len(text) < 1e6  # of which two variants are drawn; every other one adds some 100 kB
    assert text.count("<img") == 4 + 3 * 2
    assert text.count("<") < 12_000
    assert "the search may have collapsed: Random, seed 0; " in text
    assert "and 980 more, in the diagnostics.json of the runs" in text


def test_everything_that_was_asked_for_is_said(page):
    text = page.read_text()
    for words in ("leans above Random, not beyond doubt", "the search may have collapsed", "no &lt;luck&gt;",
                  "no such folder", "nasreid compare --config demo", "Lindauer", "two of them agree in",
                  "0.25 is the least p"):
        assert words in text


def test_ranked_lists_are_of_the_data_that_was_evaluated(tmp_path, monkeypatch):
    asked = []

    def read(layout, root, **options):
        asked.append((layout, root, options))
        raise NasreidError("enough")

    monkeypatch.setattr("nasreid.pictures.report.extremes.read", read)
    frame = pd.read_csv(folder(tmp_path) / "runs.csv")
    about = {"data": "source", "target": "other", "target_layout": "veri776", "target_args": {"a": 1}}
    assert "not drawn, enough" in extremes(frame, about).words
    assert "not drawn, enough" in extremes(frame, {"data": "source", "layout": "regdb", "target": None,
                                                    "data_args": {"b": 2}}).words
    assert asked == [("veri776", "other", {"a": 1}), ("regdb", "source", {"b": 2})]


@pytest.mark.parametrize(("gap", "words"), [(5.0, "is above"), (-5.0, "is below"), (0.0, "cannot be told from")])
def test_the_verdict_follows_the_interval(gap, words):
    rng = np.random.default_rng(1)
    rows = [{"variant": v, "seed": s, "mAP": gap * (v == "a") + rng.normal()} for v in "ab" for s in range(8)]
    said = verdict(statistics.paired(pd.DataFrame(rows), "b"), "b", "mAP")
    assert len(said) == 1
    assert words in said[0]


def test_few_seeds_do_not_prove_even_a_clear_difference():
    rows = [{"variant": v, "seed": s, "mAP": 9 * (v == "a") + s / 10} for v in "ab" for s in range(3)]
    frame = pd.DataFrame(rows)
    frame.loc[0, "mAP"] += 0.2
    assert "not beyond doubt" in verdict(statistics.paired(frame, "b"), "b", "mAP")[0]


def test_a_picture_that_fails_costs_no_report(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ValueError("max() iterable argument is empty")

    for name in ("scores", "costs", "consensus"):
        monkeypatch.setattr(f"nasreid.pictures.report.plots.{name}", fail)
    monkeypatch.setattr("nasreid.pictures.report.extremes._lists", fail)
    text = report.write(folder(tmp_path)).read_text()
    assert text.count("(max() iterable argument is empty)") == 4
    assert "seed 0: not drawn, max() iterable argument is empty" in text
    assert "Paired differences" in text


def test_heat_maps_of_one_space_have_columns_for_what_any_variant_took(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("nasreid.pictures.report.plots.consensus",
                        lambda shares, _: seen.append(list(shares)) or plots.figure(1.0, 1.0))
    runs = pd.read_csv(folder(tmp_path) / "runs.csv")
    runs["choices"] = [json.dumps(dict.fromkeys(LABELS, "a" if name == EVIL else "c")) for name in runs["variant"]]
    runs.to_csv(tmp_path / "runs.csv", index=False)
    report.write(tmp_path)
    assert seen == [["a", "c"], ["a", "c"]]


def test_genotypes_over_different_decisions_cost_no_report(tmp_path):
    runs = pd.read_csv(folder(tmp_path) / "runs.csv")
    runs.loc[0, "choices"] = json.dumps({"other": "a"})
    runs.to_csv(tmp_path / "runs.csv", index=False)
    assert "not drawn: what 3 seeds agree on (3 genotypes over 2 sets" in report.write(tmp_path).read_text()


def test_a_comparison_on_a_table_is_written_again_by_its_command(tmp_path):
    """Its searches that nothing ran have no folder."""
    (tmp_path / "runs.csv").write_text("variant,seed,mAP,choices,folder\nRandom,0,1.0,{},\n")
    (tmp_path / "compare.json").write_text(json.dumps({"table": "micro", "command": "nasreid compare --truth micro"}))
    with pytest.raises(NasreidError, match=r"on the table 'micro'; expected .*: nasreid compare --truth micro"):
        report.write(tmp_path)


def test_a_folder_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(NasreidError, match=r"holds no runs\.csv"):
        report.write(tmp_path)


CHECK = """<script>
const faults = [];
window.onerror = message => faults.push(message);
window.onload = () => {
  for (const image of document.images) if (!image.naturalWidth) faults.push("not drawn: " + image.alt);
  const table = document.querySelector("table.data"), buttons = table.querySelectorAll("th button");
  const first = () => table.tBodies[0].rows[0].cells[0].textContent;
  buttons[2].click();
  const down = first();
  buttons[2].click();
  const words = down + " before, " + first() + " after turning";
  document.body.innerHTML = "<p id=verdict>" + document.images.length + " pictures, faults: " + faults.length + " "
    + faults.join("; ") + " sorted: " + words.replaceAll("<", "&lt;") + "</p>";
};
</script></head>"""


@pytest.mark.slow
@pytest.mark.browser
def test_a_browser_draws_every_picture_and_complains_of_nothing(page, tmp_path):
    command = chromium()
    assert command is not None, "expected a Chromium on this machine (Debian: apt-get install chromium)"
    checked = tmp_path / "checked.html"
    checked.write_text(page.read_text().replace("</head>", CHECK))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--enable-logging=stderr", "--disable-background-networking", "--disable-component-update",
             "--disable-sync"]
    done = subprocess.run([command, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=10000",
                           "--dump-dom", checked.as_uri()], capture_output=True, text=True, timeout=300)
    verdict = re.search(r'<p id="verdict">(.*?)</p>', done.stdout)
    assert verdict is not None, done.stderr[-2000:]
    assert html.unescape(verdict[1]) == f"8 pictures, faults: 0  sorted: {EVIL} before, Random after turning"
    assert "CONSOLE" not in done.stderr


def test_no_text_of_a_table_or_a_record_becomes_code(tmp_path):
    root = folder(tmp_path)
    runs = pd.read_csv(root / "runs.csv")
    runs.assign(protocol=EVIL, **{f"search_{EVIL}": 1.0}).to_csv(root / "runs.csv", index=False)
    about = json.loads((root / "compare.json").read_text())
    about |= {"data": f"/x/{EVIL}", "command": EVIL, "failed": {EVIL: EVIL}}
    (root / "compare.json").write_text(json.dumps(about))
    spec = {"search": {EVIL: EVIL, "space": EVIL}, "evaluate": {"layout": EVIL}}
    for job in (root / "jobs").iterdir():
        (job / "job.yaml").write_text(yaml.safe_dump(spec))
        (job / "search" / "diagnostics.json").write_text(json.dumps({"alarms": [EVIL]}))
        machine = {"processor": EVIL, "cores": EVIL, "threads": 1, "device": EVIL, EVIL: EVIL}
        (job / "retrain").mkdir()
        (job / "retrain" / "result.json").write_text(json.dumps({"machine": machine, "seconds": 1.0}))
    text = report.write(root).read_text()
    assert sum(tag == "script" for tag, _ in Tags(text).found) == 1
    assert text.count("&lt;script&gt;") > 10


@pytest.mark.parametrize(("column", "value", "said"), [
    ("seed", EVIL, "column 'seed' holds no numbers"), ("seed", None, "column 'seed'"), ("mAP", "x", "column 'mAP'"),
    ("search_images", "x", "column 'search_images' holds something else"),
    ("choices", "{", "has the choices '{'; expected a JSON object"), ("choices", "[1]", "expected a JSON object"),
])  # fmt: skip
def test_a_table_of_runs_that_somebody_changed_is_one_line(tmp_path, column, value, said):
    root = folder(tmp_path)
    pd.read_csv(root / "runs.csv").assign(**{column: value}).to_csv(root / "runs.csv", index=False)
    with pytest.raises(NasreidError, match=rf"table '.*runs\.csv'.*{said}"):
        report.write(root)
    assert not (root / report.REPORT).exists()


@pytest.mark.parametrize(("name", "value"), [("failed", ["x"]), ("metric", 5), ("reference", ["a"])])
def test_a_record_that_somebody_changed_is_one_line(tmp_path, name, value):
    root = folder(tmp_path)
    about = json.loads((root / "compare.json").read_text())
    (root / "compare.json").write_text(json.dumps({**about, name: value}))
    with pytest.raises(NasreidError, match=rf"record '.*compare\.json': {name} is .*; expected"):
        report.write(root)


def test_one_seed_agrees_with_nobody(tmp_path):
    text = report.write(folder(tmp_path, seeds=1)).read_text()
    assert "one seed" in text
    assert "two of them agree" not in text


def test_what_failed_stands_in_the_head(tmp_path):
    page = report.write(folder(tmp_path)).read_text()
    head = page[:page.index("<h2")]
    assert "FAILED: 1 of the jobs of b, which are missing in all that follows (no &lt;luck&gt;)" in head


def test_retrainings_and_recipes_have_sections_of_their_own(tmp_path):
    root = folder(tmp_path)
    rows = pd.DataFrame([{"variant": variant, "seed": seed, "recipe": recipe, "retraining": number,
                          "mAP": 1.0 * gap * turn + seed / 10 + number / 100}
                         for variant, gap in ((EVIL, 1), ("Random", 2)) for recipe, turn in (("own", 1), ("longer", -1))
                         for seed in range(3) for number in range(2)])
    assert "what the scores vary with" not in report.write(root).read_text()
    further_words.write(rows, "mAP", "own", root)
    about = json.loads((root / "compare.json").read_text())
    (root / "compare.json").write_text(json.dumps({**about, "further": 3}))
    page = report.write(root).read_text()
    assert "Searching or retraining: what the scores vary with" in page
    assert "0.10 (0.05 to" in page  # sd of searching
    assert "Trained by longer instead of own, 0 of 1 pairs of variants keep their order" in page
    assert EVIL not in page
    assert "Rows are decisions" in page


def test_what_networks_take_stands_on_the_page(tmp_path):
    root = folder(tmp_path)
    assert "How fast the networks are" not in report.write(root).read_text()
    rows = [{"variant": EVIL, "against": "resnet50", "ratio": 0.714, "low": 0.7, "high": 0.73, "ms": 3.2}]
    pd.DataFrame(rows).to_csv(root / "speed.csv", index=False)
    page = report.write(root).read_text()
    assert "How fast the networks are" in page
    assert "× resnet50" in page
    assert "0.70 to 0.73" in page
    assert "speed.csv" in page
    assert EVIL not in page
