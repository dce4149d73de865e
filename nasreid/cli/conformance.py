"""nasreid conformance: which laws a part keeps."""

from __future__ import annotations

from typing import Annotated

from nasreid.cli.options import Quiet


def conformance(name: Annotated[str, "a part: a name, module:Class or file.py:Class, whose file is executed"], /, *,
                args: Annotated[dict, "arguments of its constructor, as JSON or --args.NAME VALUE"] = {},  # noqa: B006
                kind: Annotated[str | None, "spaces, strategies, objectives, relaxations or layouts; default: as its "
                                            "base class says"] = None,
                data: Annotated[str | None, "of a layout: a folder of its data; default: a miniature that the layout "
                                            "itself describes"] = None,
                quiet: Quiet = False) -> int:
    """Hold a space, strategy, objective, relaxation or layout to its laws; exit status 1 where one is broken."""
    from nasreid.experiments.laws.check import judged, laws_of
    from nasreid.progress import Bar

    laws, broken = laws_of(name, args, kind, data), 0
    with Bar("laws", len(laws), quiet=quiet) as bar:
        for verdict in judged(laws):
            bar.advance()
            broken += not verdict.kept
            print(f"kept    {verdict.law}" if verdict.kept else f"BROKEN  {verdict.law} On: {verdict.what}", flush=True)
    print(f"{name} keeps {len(laws) - broken} of {len(laws)} laws")
    return int(broken > 0)
