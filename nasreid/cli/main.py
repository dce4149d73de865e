"""The command line: nasreid search | retrain | evaluate | compare | draw | export | data | list | demo.

Every command is a function in `nasreid.cli.search…` with annotated keyword arguments; the options are
made from its signature. `--config recipe.yaml` (or the name of a shipped recipe) supplies the section of the command;
what is given after it overrides. Bad input is one line on stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_type_hints

import yaml
from jsonargparse import ActionYesNo, ArgumentParser

from nasreid.cli.compare import compare, report
from nasreid.cli.conformance import conformance
from nasreid.cli.data import check, extract, synthesize
from nasreid.cli.demo import demo
from nasreid.cli.evaluate import evaluate
from nasreid.cli.look import draw, embed, gallery
from nasreid.cli.official import export
from nasreid.cli.recipe import dash, with_recipe
from nasreid.cli.retrain import retrain
from nasreid.cli.search import search
from nasreid.cli.show import show
from nasreid.cli.truth import exhaust, truth
from nasreid.errors import Interrupted, NasreidError

COMMANDS: dict[str, Callable[..., Any]] = {
    "search": search, "retrain": retrain, "evaluate": evaluate, "draw": draw,
    "export": export, "compare": compare,
    "report": report,
    "exhaust": exhaust, "truth": truth,
    "gallery": gallery, "embed": embed,
    "data-synthesize": synthesize, "data-check": check,
    "data-extract": extract, "list": show, "conformance": conformance, "demo": demo,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 well, 1 a check found something, 2 bad input, 130 interrupted)."""
    try:
        command, arguments = _parse(list(sys.argv[1:] if argv is None else argv))
        return _call(COMMANDS[command], arguments)
    except (NasreidError, argparse.ArgumentError) as error:
        print(f"nasreid: {_one_line(error)}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, Interrupted) as error:
        print(f"nasreid: {_one_line(error) or 'interrupted'}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1


def _call(command: Callable[..., Any], arguments: dict[str, Any]) -> int:
    """A command may return its exit status."""
    parameters = inspect.signature(command).parameters.values()
    first = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_ONLY]
    status = command(*[arguments.pop(name) for name in first], **arguments)
    return status if isinstance(status, int) else 0


def _parse(argv: list[str]) -> tuple[str, dict[str, Any]]:
    if argv[:1] == ["data"]:
        argv = _data(argv[1:])
    argv = [_dashed(token) for token in argv]
    parsed = _parser().parse_args(with_recipe(argv)).as_dict()
    command = parsed["subcommand"]
    return command, {name.replace("-", "_"): _plain(value) for name, value in parsed[command].items()}


def _data(rest: list[str]) -> list[str]:
    """nasreid data synthesize …: jsonargparse would want the nested command as an option of its own."""
    if rest[:1] in (["-h"], ["--help"]):
        return ["--help"]
    known = [name.removeprefix("data-") for name in COMMANDS if name.startswith("data-")]
    if not rest or rest[0] not in known:
        raise NasreidError(f"data {rest[0] if rest else ''!r}: expected one of {', '.join(known)}")
    return [f"data-{rest[0]}", *rest[1:]]


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="nasreid", exit_on_error=False, allow_abbrev=False,
                            description="Compose search spaces for object re-identification, search them, compare.")
    parser.add_argument("--version", action="version", version=_version())
    subcommands = parser.add_subcommands(title="commands", metavar="COMMAND", help="")
    for name, command in COMMANDS.items():
        summary = (inspect.getdoc(command) or "").splitlines()[0]
        subcommands.add_subcommand(name, _subparser(command), help=summary)
    return parser


def _subparser(command: Callable[..., Any]) -> ArgumentParser:
    parser = ArgumentParser(exit_on_error=False, allow_abbrev=False, description=inspect.getdoc(command))
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        kind, text = get_args(hints[name])
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            parser.add_argument(name, type=kind, help=text)
        elif kind is bool:
            parser.add_argument(f"--{dash(name)}", action=ActionYesNo(no_prefix="no-"), default=parameter.default,
                                help=text)
        elif kind in (list[str], list[str] | None):
            parser.add_argument(f"--{dash(name)}", type=str, nargs="+", default=parameter.default, help=text)
        elif parameter.default is inspect.Parameter.empty:
            parser.add_argument(f"--{dash(name)}", type=kind, required=True, help=text)
        else:
            parser.add_argument(f"--{dash(name)}", type=kind, default=parameter.default, help=text)
    return parser


def _dashed(token: str) -> str:
    if not token.startswith("--"):
        return token
    end = min((i for i in (token.find("="), token.find(".")) if i > 0), default=len(token))
    return dash(token[:end]) + token[end:]


def _plain(value: Any) -> Any:
    """Numbers given as --space-args.width 0.5 arrive as text."""
    if isinstance(value, dict):
        return {k: yaml.safe_load(v) if isinstance(v, str) else _plain(v) for k, v in value.items()}
    return value


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _version() -> str:
    from nasreid import __version__

    return f"nasreid {__version__}"


