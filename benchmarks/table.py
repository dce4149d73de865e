"""python -m benchmarks.table FILE…: the rows of `benchmarks.ratio` in results of `make bench`, as Markdown.

Where two files have the same row, that of the later file counts.
"""

import json
import sys
from pathlib import Path


def main(paths: list[str]) -> None:
    """Print one table, and before it where each file was measured."""
    rows = {}
    for path in paths:
        results = json.loads(Path(path).read_text())
        machine = results["machine_info"]
        print(f"{Path(path).stem}: {machine['cpu']}, {machine['threads']} threads, Python {machine['python']}, "
              f"torch {machine['torch']}, NNI {machine['nni']}  ")
        for bench in results["benchmarks"]:
            for row in bench["extra_info"].get("rows", []):
                rows[row["work"], row["against"], row["kind"]] = row
    print("\n| work | against | goal | measured |\n|---|---|---|---|")
    for row in rows.values():
        print(f"| {row['work']} | {row['against']} | {row['goal']} | {row['ratio']:.2f}× |")


if __name__ == "__main__":
    main(sys.argv[1:])
