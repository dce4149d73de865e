"""Genotype: the frozen record of every decision of a space, kept as JSON that people can read, diff and edit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.files import Document, read_json, write_text

_FIELDS = {"space": str, "arguments": dict, "choices": dict, "provenance": dict}


@dataclass(frozen=True)
class Genotype:
    """space: its name; arguments of its constructor; choices {label: candidate}; provenance: where it comes from.

    A genotype is data: loading, comparing and drawing one runs nothing. `nasreid.network.build` makes its network.
    """

    space: str
    arguments: Options
    choices: dict[str, str]
    provenance: Document = field(default_factory=dict)

    def save(self, path: str | Path) -> None:
        """Write JSON, beside and then renamed."""
        record = {name: getattr(self, name) for name in _FIELDS}
        write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Genotype:
        """Read and check the JSON; what is wrong is named."""
        return cls.of(read_json(path, "genotype"), str(path))

    @classmethod
    def of(cls, record: object, source: str) -> Genotype:
        """What a document holds that is of `source`, checked; what is wrong is named."""
        if not isinstance(record, dict):
            raise NasreidError(f"genotype {source!r} is {record!r}; expected an object")
        return cls(**_checked(dict(record), source))


def _checked(record: Document, source: str) -> Document:
    for name in record:
        if name not in _FIELDS:
            raise NasreidError(f"genotype {source!r} has the unknown entry {name!r}; expected {', '.join(_FIELDS)}")
    for name, kind in _FIELDS.items():
        if name not in record and name != "provenance":
            raise NasreidError(f"genotype {source!r} has no entry {name!r}; expected {', '.join(_FIELDS)}")
        if not isinstance(record.setdefault(name, {}), kind):
            raise NasreidError(f"genotype {source!r}: entry {name!r} is {record[name]!r}; expected {kind.__name__}")
    for label, chosen in record["choices"].items():
        if not isinstance(chosen, str):
            raise NasreidError(f"genotype {source!r}: choice {label!r} is {chosen!r}; expected a candidate's name")
    return record
