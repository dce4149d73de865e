"""python -m benchmarks.growth: how a step of an MSI search grows, in time and in memory kept for backward.

Against batch, width, open slots, identities and image size, for ours, NNI's DARTS and a single path that trains twice.
Writes benchmarks/growth.csv, one row a point, as it goes (a point that is there is not measured again), and draws
benchmarks/pictures/growth.png. Two cores: some minutes.
"""

from pathlib import Path

import matplotlib
import pandas as pd

from benchmarks.msi_steps import NNI, Ours, SinglePath
from benchmarks.ratio import in_turn, kept
from nasreid.progress import track
from nasreid.spaces.msi_published import LABELS

HERE = Path(__file__).parent
TABLE, PICTURE = HERE / "growth.csv", HERE / "pictures" / "growth.png"
USUAL = {"size": 8, "width": 0.5, "slots": 12, "identities": 64, "rows": 128}
AXES = {
    "size": ("images in a batch", (2, 4, 8, 16)),
    "width": ("width of the space", (0.25, 0.5, 0.75, 1.0)),
    "slots": ("open slots of twelve", (3, 6, 9, 12)),
    "identities": ("identities", (64, 1000, 10_000, 100_000)),
    "rows": ("height of the images, twice their width", (64, 128, 192, 256)),
}
SIDES = {"ours": (Ours, "tab:blue"), "NNI's DARTS": (NNI, "tab:red"), "single path": (SinglePath, "0.4")}


def side(kind, point):
    """One of the three at a point; closed slots are 'none'."""
    options = {"size": point["size"], "height": point["rows"], "width": point["rows"] // 2,
               "identities": point["identities"]}  # fmt: skip
    if kind is not SinglePath:
        options["closed"] = dict.fromkeys(LABELS[point["slots"] :], "none")
    return kind({"width_multiplier": point["width"]}, **options)


def measure(point, rounds=3):
    """Seconds (the fastest of the rounds, in turn) and MiB of the three at a point."""
    sides = {name: side(kind, point) for name, (kind, _) in SIDES.items()}
    seconds = in_turn({name: one.step for name, one in sides.items()}, rounds)
    return [{**point, "way": name, "seconds": min(seconds[name]),
             "mib": kept(one.forward, one.network.parameters()) / 2**20} for name, one in sides.items()]  # fmt: skip


def points():
    """Every point once: one axis differs from the usual."""
    rows = [{**USUAL, axis: value} for axis, (_, values) in AXES.items() for value in values]
    return pd.DataFrame(rows).drop_duplicates().to_dict("records")


def draw(table, path):
    """Two rows of pictures, time and memory, one column for each axis."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(2, len(AXES), figsize=(3.1 * len(AXES), 5.6), sharey="row", layout="constrained")
    for column, (axis, (title, values)) in zip(grid.T, AXES.items(), strict=True):
        others = [name for name in USUAL if name != axis]
        chosen = table[(table[others] == pd.Series(USUAL)[others]).all(axis=1)]
        for name, (_, colour) in SIDES.items():
            line = chosen[chosen["way"] == name].sort_values(axis)
            for place, what in zip(column, ("seconds", "mib"), strict=True):
                place.plot(line[axis], line[what], "o-", color=colour, markersize=4, label=name)
        for place in column:
            place.set(xscale="log" if axis == "identities" else "linear")
            place.set_xticks(values, [f"{value:g}" for value in values])
            place.minorticks_off()
            place.grid(alpha=0.3)
            place.spines[["top", "right"]].set_visible(False)
        column[1].set_xlabel(title)
    grid[0, 0].set_ylabel("seconds of a search step")
    grid[1, 0].set_ylabel("MiB kept for backward")
    for first in grid[:, 0]:
        first.set_ylim(bottom=0)  # after all lines: the row shares the axis
    grid[0, 0].legend(frameon=False)
    figure.savefig(path, dpi=110)


def main():
    """Measure what is missing in the table, and draw it."""
    table = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame(columns=[*USUAL, "way", "seconds", "mib"])
    done = {tuple(row) for row in table[list(USUAL)].to_numpy(float)}
    missing = [point for point in points() if tuple(map(float, point.values())) not in done]
    for point in track(missing, "points", len(missing), False):
        table = pd.concat([table if len(table) else None, pd.DataFrame(measure(point))], ignore_index=True)
        table.to_csv(TABLE, index=False)
    draw(table, PICTURE)
    print(f"{TABLE}\n{PICTURE}")


if __name__ == "__main__":
    main()
