"""A page for every command, with all its options."""

from __future__ import annotations

import inspect

from docs.making.arguments import kind_of
from docs.making.page import code, escaped, prose, table, write
from nasreid.cli.commands import COMMANDS, command
from nasreid.cli.flags import typable
from nasreid.configuration import REQUIRED, Option, known, plain


def make() -> None:
    for name in COMMANDS:
        write(f"commands/{name}.md", *_page(name))
    rows = [(f"[nasreid {name.replace('data-', 'data ')}]({name}.md)", escaped(about.summary))
            for name, about in typable().items()]
    write("commands/index.md", "# Commands", "Status 0 is well, 1: a check found something, 2: something that you can "
          "put right, in one line ([troubleshooting](../troubleshooting.md)), 128 + n: ended by signal n. All take "
          "`--config RECIPE` (again for another over it), `--print-config` and `--help`.", table(("command", ""), rows))


def _page(name: str) -> list[str]:
    cls = command(name)
    groups: dict[type, list[Option]] = {}
    for option in known(cls).values():
        groups.setdefault(option.group, []).append(option)
    parts = [f"# nasreid {name.replace('data-', 'data ')}", prose(inspect.getdoc(cls) or "")]
    for group, options in groups.items():
        title = (group.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        parts += [f"## {escaped(title)}" if group is not cls else "## Options of its own",
                  table(("option", "kind", "default", ""), map(_row, options))]
    return parts


def _row(option: Option) -> tuple[str, str, str, str]:
    flag = option.name.upper() if option.place else f"--{option.name.replace('_', '-')}"
    default = "required" if option.default is REQUIRED else code(repr(plain(option.default)))
    return code(flag), code(kind_of(option.kind)), default, escaped(option.help)
