"""From what was typed to a command: recipes first, then the options of the command line over them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import yaml
from jsonargparse import ActionYesNo, ArgumentParser

from nasreid.arguments import Options
from nasreid.cli.commands import COMMANDS, Completed, Sparing, command
from nasreid.cli.flags import Flag, typable
from nasreid.cli.recipe import SHARED, recipe, section
from nasreid.configuration import REQUIRED, build, known, missing, over, values
from nasreid.errors import NasreidError, nearest

CONFIG, PRINT = "--config", "--print-config"


def typed(name: str, argv: Sequence[str]) -> Callable[[], object] | None:
    """The command of that name with what was typed after it; None where --print-config printed it instead.

    The command is imported where nothing that was typed is wrong by its name.
    """
    flags = {flag.name: flag for flag in typable()[name].flags}
    recipes, show, rest = _own(list(argv))
    deep, rest = _nested(rest, flags)
    _misspelt(name, rest, flags)
    given = _given(parser(name), rest, flags)
    for option, inner in deep.items():
        given = over(given, {option: inner})
    reads = "data" in flags and "layout" in flags
    hands_on = "recipe" in flags
    both = over(section(recipes, name, reads, must=not hands_on), given)
    if hands_on and recipes and any(other not in (name, SHARED) for other in recipe(recipes[-1])):
        both.setdefault("recipe", recipes[-1])  # it hands the other sections on
    if not typable()[name].completes and not show and all(given in flags for given in both):  # no group, no slip
        for flag in flags.values():
            if flag.required and flag.name not in both:
                raise missing(name, flag.name, flag.help)
    cls = command(name)
    both = _completed(cls, both)
    if show:
        print(yaml.safe_dump({name: _printed(cls, both, name)}, sort_keys=False, allow_unicode=True), end="")
        return None
    return build(cls, both, name)


def _completed(cls: type, given: Options) -> Options:
    return cls.completed(given) if issubclass(cls, Completed) else given


def parser(name: str) -> ArgumentParser:
    """The parser of a command, its options in the groups that they belong to."""
    about = typable()[name]
    made = ArgumentParser(prog=f"nasreid {name.replace('data-', 'data ')}", exit_on_error=False, allow_abbrev=False,
                          description=about.words, add_help=True, default_env=False,
                          formatter_class=argparse.HelpFormatter)
    groups: dict[str, Any] = {"": made}
    for flag in about.flags:
        if flag.group not in groups:
            groups[flag.group] = made.add_argument_group(flag.group)
        _add(groups[flag.group], flag)
    made.add_argument(CONFIG, metavar="RECIPE", help="a recipe's name or a YAML file; again for another over it, and "
                                                     "what is typed over all")
    made.add_argument(PRINT, action="store_true", help="print the configuration, and do nothing")
    return made


def everything() -> ArgumentParser:
    """One parser with all commands."""
    from nasreid import __version__

    made = ArgumentParser(prog="nasreid", exit_on_error=False, allow_abbrev=False,
                          description="Compose search spaces for object re-identification, search them, compare.")
    made.add_argument("--version", action="version", version=f"nasreid {__version__}")
    subcommands = made.add_subcommands(title="commands", metavar="COMMAND", help="")
    for name, about in typable().items():
        subcommands.add_subcommand(name, parser(name), help=about.summary)
    return made


def overview(start: str = "") -> str:
    """What `nasreid --help` says, of the commands whose names start so."""
    wide = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name.replace('data-', 'data '):{wide}}  {about.summary}" for name, about in typable().items()
                     if name.startswith(start))
    return ("usage: nasreid COMMAND [options]     nasreid COMMAND --help     nasreid --version\n\n"
            f"Compose search spaces for object re-identification, search them, compare.\n\n{rows}\n")


def _add(group: Any, flag: Flag) -> None:
    more = " (required)" if flag.required else f" (default: {flag.default})" if flag.default else ""
    words, name = (flag.help + ("" if flag.placed else more)).replace("%", "%%"), f"--{_dash(flag.name)}"
    if flag.shape == "places":
        group.add_argument(flag.name, type=str, nargs="+", help=words).required = False  # a recipe may give it
    elif flag.shape == "place":
        group.add_argument(flag.name, type=str, nargs="?", help=words)
    elif flag.shape == "switch":
        group.add_argument(name, action=ActionYesNo(no_prefix="no-"), default=False, help=words)
    elif flag.shape == "list":
        group.add_argument(name, type=str, nargs="+", metavar="NAME", help=words)
    elif flag.shape == "text":
        group.add_argument(name, type=str | None, metavar="TEXT", help=words)
    else:  # read as in a recipe, when the command is built
        group.add_argument(name, type=str, metavar=flag.word, help=words)


def _own(argv: list[str]) -> tuple[list[str], bool, list[str]]:
    """(recipes, whether the configuration shall be printed, the rest)."""
    recipes, rest = [], []
    tokens = iter(argv)
    for token in tokens:
        name, joined, value = token.partition("=")
        if name != CONFIG:
            rest.append(token)
            continue
        value = value if joined else next(tokens, "")
        if not value:
            raise NasreidError("--config needs a value: a YAML file or the name of a shipped recipe")
        recipes.append(value)
    return recipes, PRINT in rest, [token for token in rest if token != PRINT]


def _nested(argv: list[str], found: dict[str, Flag]) -> tuple[Options, list[str]]:
    """--space-args.inner_args.width 0.5 as {"space_args": {"inner_args": {"width": "0.5"}}}, and the rest."""
    deep: Options = {}
    rest: list[str] = []
    tokens = iter(argv)
    for token in tokens:
        flag, joined, value = token.partition("=")
        option, dot, path = flag.removeprefix("--").partition(".")
        if not token.startswith("--") or not dot or option.replace("-", "_") not in found:
            rest.append(token)
            continue
        if not joined:
            value = next(tokens, None)
            if value is None:
                raise NasreidError(f"{flag} needs a value")
        inner: str | Options = value
        for key in reversed(path.split(".")):
            inner = {key: inner}
        deep = over(deep, {option.replace("-", "_"): inner})
    return deep, rest


def _misspelt(name: str, argv: Iterable[str], found: dict[str, Flag]) -> None:
    options = [f"--{_dash(n)}" for n, flag in found.items() if not flag.placed] + ["--help"]
    switches = [f"--no-{_dash(n)}" for n, flag in found.items() if flag.shape == "switch"]
    for token in argv:
        flag = "--" + _dash(token.partition("=")[0].removeprefix("--")) if token.startswith("--") else ""
        if flag and flag not in [*options, *switches]:
            near = nearest(flag.removeprefix("--"), [o.removeprefix("--") for o in options]).replace("'", "")
            near = near.replace("did you mean ", "did you mean --")
            raise NasreidError(f"{name} has no option {token.partition('=')[0]}{near}; nasreid "
                               f"{name.replace('data-', 'data ')} --help lists them")


def _given(made: ArgumentParser, argv: list[str], found: dict[str, Flag]) -> Options:
    """{option: value} of what was typed, and of nothing else."""
    argv = ["--" + _dash(t.partition("=")[0][2:]) + "".join(t.partition("=")[1:]) if t.startswith("--") else t
            for t in argv]
    parsed = made.parse_args(argv).as_dict()
    flags = {token.partition("=")[0] for token in argv if token.startswith("--")}
    said = {n for n in found if f"--{_dash(n)}" in flags or f"--no-{_dash(n)}" in flags}
    places = {n for n, flag in found.items() if flag.placed and parsed.get(n) is not None}
    return {n: parsed[n] for n in (*said, *places)}


def _printed(cls: type, given: Options, name: str) -> Options:
    """Every option with its value, but what is required and was not given, and what means nothing."""
    required = {n for n, option in known(cls).items() if option.default is REQUIRED and n not in given}
    made = build(cls, {**given, **dict.fromkeys(required, "")}, name)
    without = required.union(made.meaningless(given) if isinstance(made, Sparing) else ())
    return {n: value for n, value in values(made).items() if n not in without}


def _dash(name: str) -> str:
    return name.replace("_", "-")
