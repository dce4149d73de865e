"""The report of a comparison: one HTML file that needs no network, made from the comparison's folder alone."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from nasreid.errors import NasreidError
from nasreid.evaluation import diagnostics, statistics
from nasreid.experiments import compare
from nasreid.files import read_table, write_text
from nasreid.pictures.report import plots as report_pictures
from nasreid.pictures.report.checklist import checklist
from nasreid.pictures.report.extremes import extremes

REPORT = "report.html"
MANY = 20  # variants, beyond which the head of the page leaves the rest to the tables
STYLE = """
body{font:15px/1.5 "DejaVu Sans",Verdana,sans-serif;color:#222;max-width:62rem;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #ccc}
h3{font-size:1rem;margin:1.2rem 0 .3rem}.lead{font-size:1.05rem}.small{font-size:.82rem;color:#555}
table{border-collapse:collapse;margin:.6rem 0;font-size:.86rem;display:block;overflow-x:auto}
th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child,table.words td{text-align:left}table.words td{white-space:normal}
th{border-bottom:2px solid #888}img{max-width:100%;height:auto}figure{margin:.8rem 0}
figcaption{font-size:.82rem;color:#555}
.yes{color:#007a59}.no{color:#b34a00;font-weight:bold}.alarm{border-left:4px solid #D55E00;padding-left:.7rem}
.side{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}.side>figure{flex:1 1 18rem}
.side>figure:nth-child(2){flex:2 1 34rem}
pre{background:#f5f5f5;padding:.8rem;overflow-x:auto;font-size:.8rem}
@media print{body{max-width:none;margin:0}h2{break-after:avoid}figure,table{break-inside:avoid}}
"""


def write(folder: str | Path) -> Path:
    """Write report.html into the folder of a comparison that has runs.csv; returns its path."""
    folder = Path(folder)
    if not (folder / compare.RUNS).is_file():
        raise NasreidError(f"folder {str(folder)!r} holds no {compare.RUNS}; expected one that nasreid compare filled")
    frame = read_table(folder / compare.RUNS, "variant")
    about = _json(folder / compare.ABOUT)
    parts = [_head(frame, about), _tables(frame, about), _truth(folder), _searches(frame), _genotypes(frame),
             _costs(frame, about), extremes(frame, about), _practices(frame, about), _repeat(frame, about)]
    body = "\n".join(part for part in parts if part)
    page = (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{_title(frame)}</title>'
            f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n")
    write_text(folder / REPORT, page)
    return folder / REPORT


def verdict(pairs: pd.DataFrame, reference: str, metric: str) -> list[str]:
    """What the paired differences allow to say, a sentence for each variant."""
    said = []
    for row in pairs.to_dict("records"):
        low, high, p = row["low"], row["high"], row["holm"]
        side = "above" if low > 0 else "below"
        how = f"{row['difference']:+.2f} {metric}, 95 % interval {low:.2f} to {high:.2f}, Holm p {p:.3f}"
        if np.isnan(low):
            said.append(f"{row['variant']}: one seed, which shows nothing about the difference to {reference}.")
        elif low <= 0 <= high:
            said.append(f"{row['variant']} cannot be told from {reference} ({how}).")
        elif p > 0.05:
            said.append(f"{row['variant']} leans {side} {reference}, not beyond doubt ({how}).")
        else:
            said.append(f"{row['variant']} is {side} {reference} ({how}).")
    return said


def _title(frame: pd.DataFrame) -> str:
    names = list(dict.fromkeys(frame["variant"].astype(str)))
    return escape(" vs ".join(names) if len(names) <= MANY else f"{len(names)} variants")


def _head(frame: pd.DataFrame, about: dict[str, Any]) -> str:
    reference, metric = _asked(frame, about)
    seeds = frame.groupby("variant")["seed"].nunique()
    count = f"{seeds.min()}" if seeds.nunique() == 1 else f"{seeds.min()} to {seeds.max()}"
    data = Path(str(about.get("data", "the data"))).name
    lines = verdict(statistics.paired(frame, reference, metric), reference, metric)
    return (f"<h1>{_title(frame)}</h1><p class='small'>{count} seeds for each, on {escape(data)}; scored by "
            f"{escape(metric)}</p><ul class='lead'>{''.join(f'<li>{escape(line)}</li>' for line in lines[:MANY])}</ul>")


def _tables(frame: pd.DataFrame, about: dict[str, Any]) -> str:
    reference, metric = _asked(frame, about)
    table, pairs = statistics.summary(frame, metric), statistics.paired(frame, reference, metric)
    shown = [_picture(report_pictures.inline(report_pictures.scores(frame, table, metric)),
                      "Every run a dot; diamond and line: mean and 95 % interval."),
             _picture(report_pictures.inline(report_pictures.differences(pairs, reference, metric)),
                      "Paired differences. An interval over the line at 0 means: cannot be told apart.")]
    few = f"{pairs['p_min'].min():.3g} is the least p that so few seeds can give." if len(pairs) else ""
    return (f"<h2>Scores</h2>{''.join(shown)}{_table(compare.scores_table(table))}<h3>Against {escape(reference)}, "
            f"same seeds</h3>{_table(compare.pairs_table(pairs))}<p class='small'>{few} p: signs permuted, two-sided. "
            "P(ahead): share of all pairs of runs. Seeds for 1: pairs of runs that would show a difference of 1 with "
            f"80 % power.</p><h3>Budget, median over seeds</h3>{_table(compare.budget_table(frame))}")


def _truth(folder: Path) -> str:
    """What `compare --truth` found: means over seeds."""
    if not (folder / compare.JUDGED).is_file():
        return ""
    means = compare.judged_table(read_table(folder / compare.JUDGED, "variant"))
    return ("<h2>Against the truth</h2><p class='small'>Every architecture of this space has been trained. Regret: how "
            "far the one chosen is behind the best; chance: the regret of one drawn at random; tau: Kendall's, of what "
            "the search preferred (its probabilities, or retrieval with its shared weights) and the truth. Means over "
            f"seeds.</p>{_table(means)}")


def _searches(frame: pd.DataFrame) -> str:
    found, alarms, first = {}, [], {}
    for row in frame.to_dict("records"):
        place = Path(row["folder"]) / "search"
        if not (place / "probabilities.csv").is_file():
            continue
        table = read_table(place / "probabilities.csv", "label", "candidate")
        found[str(row["variant"]), int(row["seed"])] = diagnostics.decisions(table)
        alarms += [f"{row['variant']}, seed {row['seed']}: {alarm}" for alarm in
                   _json(place / "diagnostics.json").get("alarms", [])]
        first.setdefault(str(row["variant"]), place / "probabilities.png")
    if not found:
        return ""
    warned = "".join(f"<p class='alarm'>{escape(alarm)}</p>" for alarm in alarms)
    shown = "".join(_picture(report_pictures.file(path), f"{name}, first seed") for name, path in first.items()
                    if path.is_file())
    drawn = _picture(report_pictures.inline(report_pictures.entropies(found)),
                     "How decided the searches were: mean entropy of all decisions.")
    return f"<h2>How the searches went</h2>{drawn}{warned}<div class='side'>{shown}</div>"


def _genotypes(frame: pd.DataFrame) -> str:
    shown = []
    for name, part in frame.groupby("variant", sort=False):
        choices = [json.loads(text) for text in part["choices"]]
        agreed = diagnostics.agreement(choices)[0]
        shares = diagnostics.histogram(choices)
        words = f"{len(choices)} seeds; two of them agree in {agreed:.0%} of the decisions"
        pictures = [_picture(report_pictures.inline(report_pictures.consensus(shares, len(choices))), words)]
        drawing = Path(part["folder"].iloc[0]) / "search" / "genotype.svg"
        if drawing.is_file():
            pictures.append(_picture(report_pictures.file(drawing), f"seed {part['seed'].iloc[0]}"))
        shown.append(f"<h3>{escape(str(name))}</h3><div class='side'>{''.join(pictures)}</div>")
    return ("<h2>What was found</h2><p class='small'>Rows are decisions, columns candidates; the number says how many "
            f"seeds took it.</p>{''.join(shown)}")


def _costs(frame: pd.DataFrame, about: dict[str, Any]) -> str:
    drawing = report_pictures.costs(frame, _asked(frame, about)[1])
    return f"<h2>Cost and quality</h2>{_picture(report_pictures.inline(drawing), 'Every run a dot.')}"


def _practices(frame: pd.DataFrame, about: dict[str, Any]) -> str:
    rows = "".join(f"<tr><td>{escape(a.practice)}</td><td class='{a.kept}'>{a.kept}</td><td>{escape(a.why)}</td></tr>"
                   for a in checklist(frame, {**about, **_spec(frame)}, list(about.get("failed", {}))))
    return ("<h2>Good practice</h2><p class='small'>After the checklist of Lindauer and Hutter, “Best Practices for "
            f"Scientific Research on Neural Architecture Search”, JMLR 2020.</p><table class='words'>{rows}</table>")


def _repeat(frame: pd.DataFrame, about: dict[str, Any]) -> str:
    failed = "".join(f"<p class='alarm'>failed: {escape(n)}: {escape(str(why))}</p>"
                     for n, why in about.get("failed", {}).items())
    command = f"<pre>{escape(about['command'])}</pre>" if about.get("command") else ""
    recipe = escape(yaml.safe_dump(_spec(frame), sort_keys=False, allow_unicode=True))
    return (f"<h2>To repeat it</h2>{failed}{command}<p class='small'>First job, its recipe:</p><pre>{recipe}</pre>"
            f"<p class='small'>{escape('; '.join(environment()))}</p>")


def environment() -> Iterable[str]:
    """Versions and machine, where this report is written."""
    yield f"nasreid {_version('nasreid')}, Python {sys.version.split()[0]}, {platform.system()} {platform.machine()}"
    yield f"{os.cpu_count()} cores"
    for name in ("torch", "numpy", "pandas", "nni", "pytorch-lightning"):
        yield f"{name} {_version(name)}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _asked(frame: pd.DataFrame, about: dict[str, Any]) -> tuple[str, str]:
    return about.get("reference", str(frame["variant"].iloc[-1])), about.get("metric", "mAP")


def _spec(frame: pd.DataFrame) -> dict[str, Any]:
    path = Path(str(frame["folder"].iloc[0])) / "job.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _picture(uri: str, words: str) -> str:
    said = escape(words, quote=True)
    return f'<figure><img src="{uri}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def _table(table: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(name))}</th>" for name in table.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(_cell(v))}</td>' for v in row)}</tr>"
                   for row in table.itertuples(index=False))
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cell(value: Any) -> str:
    return f"{value:,.12g}" if isinstance(value, float) else str(value)
