"""The command line: nasreid search | retrain | evaluate | compare | draw | export | data | list | demo.

Every command is a function in `nasreid.commands…` with annotated keyword arguments; the options are
made from its signature. `--config recipe.yaml` (or the name of a shipped recipe) supplies the section of the command;
what is given after it overrides. Bad input is one line on stderr and exit status 2.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_type_hints

import yaml
from jsonargparse import ActionYesNo, ArgumentParser

from nasreid import commands, commands_compare, commands_data, commands_look, commands_trials
from nasreid.errors import Interrupted, NasreidError

COMMANDS: dict[str, Callable[..., Any]] = {
    "search": commands.search, "retrain": commands.retrain, "evaluate": commands.evaluate, "draw": commands_look.draw,
    "export": commands.export, "compare": commands_compare.compare,
    "report": commands_compare.report,
    "exhaust": commands_trials.exhaust, "truth": commands_trials.truth,
    "gallery": commands_look.gallery, "embed": commands_look.embed,
    "data-synthesize": commands_data.synthesize, "data-check": commands_data.check,
    "data-extract": commands_data.extract, "list": commands.show, "demo": commands.demo,
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
    parsed = _parser().parse_args(_with_recipe(argv)).as_dict()
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
            parser.add_argument(f"--{_dash(name)}", action=ActionYesNo(no_prefix="no-"), default=parameter.default,
                                help=text)
        elif kind in (list[str], list[str] | None):
            parser.add_argument(f"--{_dash(name)}", type=str, nargs="+", default=parameter.default, help=text)
        elif parameter.default is inspect.Parameter.empty:
            parser.add_argument(f"--{_dash(name)}", type=kind, required=True, help=text)
        else:
            parser.add_argument(f"--{_dash(name)}", type=kind, default=parameter.default, help=text)
    return parser


def _with_recipe(argv: list[str]) -> list[str]:
    """Replace --config by the options of its section, placed first so that what was typed overrides them."""
    place = next((i for i, token in enumerate(argv) if token.split("=")[0] == "--config"), None)
    if place is None:
        return argv
    _, joined, value = argv[place].partition("=")
    if not joined and place + 1 >= len(argv):
        raise NasreidError("--config needs a value: a YAML file or the name of a shipped recipe")
    rest = argv[:place] + argv[place + (1 if joined else 2):]
    # a comparison hands the other sections of its recipe on
    options = [f"--recipe={value if joined else argv[place + 1]}"] if rest[:1] in (["compare"], ["exhaust"]) else []
    section = _section(value if joined else argv[place + 1], rest[0] if rest else "")
    if _typed("epochs", rest) and not _typed("images", rest):
        section.pop("images", None)  # it would set the epochs, over what was typed
    for key, setting in section.items():
        if setting is True or setting is False:
            options += [f"--{'' if setting else 'no-'}{_dash(key)}"]
        elif isinstance(setting, list) and setting and all(isinstance(entry, str) for entry in setting):
            options += [f"--{_dash(key)}", *setting]
        else:
            options.append(f"--{_dash(key)}={setting if isinstance(setting, str) else json.dumps(setting)}")
    return rest[:1] + options + rest[1:]


def _typed(option: str, argv: list[str]) -> bool:
    return any(token.split("=")[0] == f"--{option}" for token in argv)


def _section(recipe: str, command: str) -> dict[str, Any]:
    path = commands.recipe_path(recipe)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NasreidError(f"recipe {recipe!r} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise NasreidError(f"recipe {str(path)!r} is no YAML: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
        raise NasreidError(f"recipe {str(path)!r}: expected one section for each command, e.g. search: and retrain:")
    shared = {} if command in ("draw", "embed") else content.get("data", {})
    return {**shared, **content.get(command, {})}


def _dash(name: str) -> str:
    return name.replace("_", "-")


def _dashed(token: str) -> str:
    if not token.startswith("--"):
        return token
    end = min((i for i in (token.find("="), token.find(".")) if i > 0), default=len(token))
    return _dash(token[:end]) + token[end:]


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


