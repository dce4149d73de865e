"""nasreid conformance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import Place


@dataclass(frozen=True)
class Conformance:
    """Run the laws that fit a space, strategy, objective, relaxation or layout, and say which it breaks."""

    name: Annotated[str, "its name, module:Class or file.py:Class", Place]
