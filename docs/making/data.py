"""A page for every layout and every protocol."""

from __future__ import annotations

import inspect

import pandas as pd

from docs.making.arguments import arguments
from docs.making.page import escaped, fenced, prose, table, write
from docs.making.parts import laws
from nasreid.data.datasets import layout_class, layouts, protocol_of
from nasreid.data.datasets import make as made
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import PROTOCOLS, rows_of
from nasreid.experiments.laws.miniature import Miniature

TREE = 14  # lines


def make() -> None:
    for name in layouts():
        write(f"parts/layouts/{name}.md", *_layout(name))
    rows = [(f"[{name}]({name}.md)", _first(layout_class(name)), f"[{scored}](../protocols/{scored}.md)")
            for name in layouts() for scored in [protocol_of(name)]]
    write("parts/layouts/index.md", "# Layouts", "The folders of a data set, and what is known of it: `--layout NAME`, "
          "its options `--data-args.NAME VALUE`. Yours is [one file](../../how-to/own-data.md), too.",
          table(("layout", "", "scored under"), rows))
    for name in PROTOCOLS:
        write(f"parts/protocols/{name}.md", *_protocol(name))
    listed = [(f"[{name}]({name}.md)", _first(maker)) for name, maker in PROTOCOLS.items()]
    write("parts/protocols/index.md", "# Protocols", "Who asks whom, what is removed, over what the CMC is: "
          "`--protocol NAME`, its options `--protocol-args.NAME VALUE`; every layout brings its own. "
          "[What a protocol is](../../concepts/protocol.md).", table(("protocol", ""), listed))


def _first(thing: object) -> str:
    return escaped((inspect.getdoc(thing) or "").partition("\n")[0])


def _layout(name: str) -> list[str]:
    cls = layout_class(name)
    protocol = protocol_of(name)
    note = f"!!! warning\n\n    {escaped(cls.note)}" if cls.note else ""
    cameras = f" {cls.cameras} cameras." if cls.cameras else ""
    return [f"# {name}", prose(inspect.getdoc(cls) or ""), note,
            f"Scored under [{protocol}](../protocols/{protocol}.md).{cameras}",
            fenced(f"nasreid data check {name} FOLDER        # is the copy complete?\n"
                   f"nasreid search --layout {name} --data FOLDER --output RUN …", "sh"),
            "## Options", arguments(cls, "--data-args."), "## How it is read", prose(inspect.getdoc(cls.read) or ""),
            *_counts(name), *_tree(name), "## Laws", laws(name, "layouts")]


def _counts(name: str) -> list[str]:
    try:
        counts = made(name).counts()
    except NasreidError:
        return []
    rows = [(count.split, count.modality or "all", f"{count.images:,}", count.identities or "not known")
            for count in counts]
    found = table(("split", "modality", "images", "identities"), rows)
    return ["## Published counts", "What `nasreid data check` compares a copy with, with the options' defaults.",
            found] if found else []


def _tree(name: str) -> list[str]:
    """The first files of a miniature, which the layout itself describes."""
    try:
        copy = Miniature(lambda: made(name)).plan()
    except (NasreidError, TypeError):
        return []
    files = sorted({*(str(shown.path) for shown in copy.pictures), *copy.files})
    frame = pd.Series(files)
    shown = frame.groupby(frame.str.rpartition("/")[0], sort=False).head(2).head(TREE).tolist()
    more = f"… {len(files) - len(shown)} more" if len(files) > len(shown) else ""
    return ["## The folders", f"As `nasreid data synthesize --layout {name} --root ROOT` writes them "
            f"(`{copy.folder}/{copy.given}` is what `--data` names; a miniature of six people to train, four to test):",
            fenced("\n".join([*shown, more]).strip(), "text")]


def _protocol(name: str) -> list[str]:
    maker = PROTOCOLS[name]
    used = [layout for layout in layouts() if protocol_of(layout) == name]
    try:
        rules = "\n".join(f"- {escaped(row.rule)}" for row in rows_of(name))
    except NasreidError as error:
        rules = f"Once it has its arguments ({escaped(str(error))})."
    by = ("The protocol of " + ", ".join(f"[{one}](../layouts/{one}.md)" for one in used) + "." if used
          else "No layout's own: ask for it with `--protocol " + name + "`.")
    return [f"# {name}", prose(inspect.getdoc(maker) or ""), by, "## Rows of its table",
            "As they are printed with every score:", rules, "## Options", arguments(maker, "--protocol-args.")]
