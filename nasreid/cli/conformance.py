"""nasreid conformance: which laws a part keeps, and on what it breaks the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from nasreid.arguments import Options
from nasreid.configuration import How, Place
from nasreid.experiments.laws.check import judged, laws_of
from nasreid.progress import Bar


@dataclass(frozen=True)
class Conformance:
    """Run the laws that fit a space, strategy, objective, relaxation or layout; exit status 1 where it breaks one."""

    name: Annotated[str, "its name, module:Class or file.py:Class, which is executed", Place]
    args: Annotated[Options, "arguments of its constructor"] = field(default_factory=dict)
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
                print(f"{'kept  ' if verdict.kept else 'BROKEN'}  {verdict.law}"
                      + ("" if verdict.kept else f" On: {verdict.what}"), flush=True)
        print(f"{self.name} keeps {len(laws) - broken} of {len(laws)} laws")
        return int(broken > 0)
