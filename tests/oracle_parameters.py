"""Whether every parameter of every recipe decides: each in turn is altered, and something must fail.

    .venv/bin/python -m tests.oracle_parameters FOLDER [NAME ...]

A line for each parameter that could be altered without anybody noticing. Whole steps of large networks take minutes.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import torch

from tests.oracle_check import load, run


def altered(value: Any) -> Any:
    """Another value of the same kind; of a list, with another first item."""
    if isinstance(value, list):
        return [altered(value[0]), *value[1:]]
    if isinstance(value, str):
        return value[::-1] if value[::-1] != value else f"{value}x"
    if isinstance(value, int):
        return value + 2
    return 1.5 * value


def unnoticed(folder: Path, name: str, entry: dict[str, Any]) -> list[str]:
    """The parameters of an entry without which all of its arrays pass as well."""
    found = []
    for parameter in entry["recipe"].get("params", {}):
        other = copy.deepcopy(entry)
        params = other["recipe"]["params"]
        params[parameter] = altered(params[parameter])
        if all(result.status != "failed" for result in run(folder, name, other)):
            found.append(parameter)
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    place, index = Path(sys.argv[1]), load(Path(sys.argv[1]))
    for entry_name in sys.argv[2:] or index:
        for parameter_name in unnoticed(place, entry_name, index[entry_name]):
            print(f"{entry_name}: {parameter_name}", flush=True)
