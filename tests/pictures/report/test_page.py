"""The report of a comparison: what it says, and that a browser shows all of it without a network."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from nasreid.errors import NasreidError
from nasreid.evaluation import statistics
from nasreid.experiments import further_words
from nasreid.genotype import Genotype
from nasreid.pictures.report import page as report
from nasreid.pictures.report.extremes import extremes
from nasreid.pictures.report.tables import verdict
from tests.conftest import chromium

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
    assert page.count("cannot be told from") == report.MANY


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
    assert not any(tag in ("script", "link", "iframe") for tag, _ in tags)
    assert not re.search(r"url\((?!data:)", page.read_text())


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
    assert "not drawn, enough" in extremes(frame, about)
    assert "not drawn, enough" in extremes(frame, {"data": "source", "layout": "regdb", "target": None,
                                                    "data_args": {"b": 2}})
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
    def fail(*_):
        raise ValueError("max() iterable argument is empty")

    for name in ("scores", "costs", "consensus"):
        monkeypatch.setattr(f"nasreid.pictures.report.plots.{name}", fail)
    monkeypatch.setattr("nasreid.pictures.report.extremes._lists", fail)
    text = report.write(folder(tmp_path)).read_text()
    assert text.count("(max() iterable argument is empty)") == 4
    assert "seed 0: not drawn, max() iterable argument is empty" in text
    assert "Paired differences" in text


def test_genotypes_over_different_decisions_cost_no_report(tmp_path):
    runs = pd.read_csv(folder(tmp_path) / "runs.csv")
    runs.loc[0, "choices"] = json.dumps({"other": "a"})
    runs.to_csv(tmp_path / "runs.csv", index=False)
    assert "not drawn: what 3 seeds agree on (3 genotypes over 2 sets" in report.write(tmp_path).read_text()


def test_a_folder_without_a_comparison_is_refused(tmp_path):
    with pytest.raises(NasreidError, match=r"holds no runs\.csv"):
        report.write(tmp_path)


CHECK = """<script>
const faults = [];
window.onerror = message => faults.push(message);
window.onload = () => {
  for (const image of document.images) if (!image.naturalWidth) faults.push("not drawn: " + image.alt);
  document.body.innerHTML = "<p id=verdict>" + document.images.length + " pictures, faults: " + faults.length + " "
    + faults.join("; ") + "</p>";
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
    assert verdict[1].strip() == "8 pictures, faults: 0"
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
    assert not {"script"} & {tag for tag, _ in Tags(text).found}
    assert text.count("&lt;script&gt;") > 10


def test_the_seed_of_the_best_variant_is_no_code():
    frame = pd.DataFrame({"variant": ["a"], "seed": [EVIL], "mAP": [1.0], "folder": ["gone"]})
    assert "script>" not in extremes(frame, {})


@pytest.mark.parametrize(("column", "value", "said"), [
    ("seed", EVIL, "column 'seed' holds no numbers"), ("seed", None, "column 'seed'"), ("mAP", "x", "column 'mAP'"),
    ("choices", "{", "has the choices '{'; expected a JSON object"), ("choices", "[1]", "expected a JSON object"),
])  # fmt: skip
def test_a_table_of_runs_that_somebody_changed_is_one_line(tmp_path, column, value, said):
    root = folder(tmp_path)
    pd.read_csv(root / "runs.csv").assign(**{column: value}).to_csv(root / "runs.csv", index=False)
    with pytest.raises(NasreidError, match=rf"table '.*runs\.csv'.*{said}"):
        report.write(root)
    assert not (root / report.REPORT).exists()


def test_what_failed_stands_in_the_head(tmp_path):
    page = report.write(folder(tmp_path)).read_text()
    head = page[:page.index("<h2>")]
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
