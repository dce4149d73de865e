"""nasreid conformance: which laws a part keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from nasreid.configuration import How, Place
from nasreid.experiments.laws.check import judged, laws_of
from nasreid.progress import Bar


@dataclass(frozen=True)
class Conformance:
    """Hold a space, strategy, objective, relaxation or layout to its laws; exit status 1 where one is broken."""

    name: Annotated[str, "a part: a name, module:Class or file.py:Class, whose file is executed", Place]
    args: Annotated[dict[str, Any], "arguments of its constructor"] = field(default_factory=dict)
    kind: Annotated[str | None, "spaces, strategies, objectives, relaxations or layouts; default: as its base class "
                                "says"] = None
    data: Annotated[str | None, "of a layout: a folder of its data; default: a miniature that the layout itself "
                                "describes"] = None
    quiet: Annotated[bool, "no progress", How] = False

    def __call__(self) -> int:
        laws, broken = laws_of(self.name, self.args, self.kind, self.data), 0
        with Bar("laws", len(laws), quiet=self.quiet) as bar:
            for verdict in judged(laws):
                bar.advance()
                broken += not verdict.kept
                said = f"kept    {verdict.law}" if verdict.kept else f"BROKEN  {verdict.law} On: {verdict.what}"
                print(said, flush=True)
        print(f"{self.name} keeps {len(laws) - broken} of {len(laws)} laws")
        return int(broken > 0)
