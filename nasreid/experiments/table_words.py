"""What a comparison on a table of truth says: its tables, its picture, its page, and the sentences for the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from nasreid.evaluation import statistics
from nasreid.experiments.table_comparison import summary
from nasreid.experiments.trust import told
from nasreid.files import write_text
from nasreid.pictures.drawn import put
from nasreid.pictures.report import plots, truth_page
from nasreid.pictures.report.tables import ABOUT, PAIRED, RUNS, TABLE, TEXT, markdown, pairs_table, regret_table

PICTURE = "regret"


def tell(frame: pd.DataFrame, output: str | Path, name: str, table: pd.DataFrame, metric: str, reference: str,
         command: str) -> str:
    """Write runs.csv, summary.csv, paired.csv, compare.md, regret.svg and .png, report.html; returns compare.md's text.

    frame: of `TableComparison.run`; name, table: of the truth. reference: the variant that the others are paired with.
    """
    output = Path(output)
    means = summary(frame, metric)
    pairs = statistics.paired(frame, reference, "regret")
    said, sure = sentences(means, pairs, reference, metric), told(table)
    for file, content in ((RUNS, frame), (TABLE, means), (PAIRED, pairs)):
        write_text(output / file, content.to_csv(index=False))
    text = "\n\n".join([*(f"- {line}" for line in said), markdown(regret_table(means, metric)),
                        *([f"regret against {reference}, same seeds\n\n{markdown(pairs_table(pairs))}"] if len(pairs)
                          else []), f"the table {name}: " + "; ".join(sure)]) + "\n"
    write_text(output / TEXT, text)
    about = {"table": name, "metric": metric, "reference": reference, "seeds": int(means["n"].min()), "said": said,
             "truth": sure, "command": command}
    write_text(output / ABOUT, json.dumps(about, indent=2) + "\n")
    for suffix in ("svg", "png"):
        put(plots.regrets(frame, means, metric), output / f"{PICTURE}.{suffix}")
    page = truth_page.write(output, frame, means, pairs, about)
    return f"{text}\npicture: {output / PICTURE}.svg\nreport: {page}"


def sentences(means: pd.DataFrame, pairs: pd.DataFrame, reference: str, metric: str) -> list[str]:
    """What may be said: of each variant against chance, then against the reference."""
    said = []
    for row in means.to_dict("records"):
        how = f"{row['regret']:.2f} {metric} behind the best, chance is {row['chance']:.2f}"
        if not row["low"] == row["low"]:
            said.append(f"{row['variant']}: one seed, {how}.")
        elif row["high"] < row["chance"]:
            said.append(f"{row['variant']} beats chance ({how}; 95 % interval {row['low']:.2f} to {row['high']:.2f}).")
        elif row["low"] > row["chance"]:
            said.append(f"{row['variant']} is worse than chance ({how}; 95 % interval {row['low']:.2f} to "
                        f"{row['high']:.2f}).")
        else:
            said.append(f"{row['variant']} cannot be told from chance ({how}; 95 % interval {row['low']:.2f} to "
                        f"{row['high']:.2f}).")
    for row in pairs.to_dict("records"):
        if row["low"] == row["low"] and not row["low"] <= 0 <= row["high"] and row["holm"] <= 0.05:
            side = "less" if row["high"] < 0 else "more"
            said.append(f"{row['variant']} has {side} regret than {reference} ({row['difference']:+.2f}, 95 % interval "
                        f"{row['low']:.2f} to {row['high']:.2f}, Holm p {row['holm']:.3f}).")
    return said
