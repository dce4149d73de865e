"""Nothing half-written (`nasreid.drafts`). Nothing misread: what is a name stays text, 1e-3 is a number."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import yaml

from nasreid.drafts import beside
from nasreid.errors import NasreidError
from nasreid.names import located

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

Document: TypeAlias = dict[str, Any]  # {name: value} that a file holds: a mapping of JSON or YAML, a row, a checkpoint


def write_text(path: str | Path, text: str) -> None:
    r"""Write a text file in UTF-8 in one piece; what is none (in names of files) becomes \udce9 or alike."""
    with beside(path) as draft:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")


def write(path: str | Path, writer: Callable[[Path], object]) -> None:
    """Let `writer` fill a draft of the file, then put it in place."""
    with beside(path) as draft:
        writer(draft)


def write_picture(path: Path, image: Image.Image, **options: Any) -> None:
    """All of a picture's file, as its suffix says, or an OSError: Pillow leaves a torn one on a full disk, unsaid."""
    content = io.BytesIO()
    image.save(content, format="JPEG" if path.suffix in (".jpg", ".jpeg") else path.suffix[1:].upper(), **options)
    path.write_bytes(content.getvalue())


def read_table(path: str | Path, *names: str, numbers: Sequence[str] = ()) -> pd.DataFrame:
    """A csv table whose columns `names` hold text, whatever it looks like: "None", "0", "1e5".

    numbers: columns that must be there, full of numbers; then those of `names` must be there, too.

    Raises:
        NasreidError: the file is missing, no table, or not one of these columns.
    """
    import pandas as pd

    try:
        ordinary(path, "table")
        kinds = dict.fromkeys(names, str)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(located(path), dtype=kinds, keep_default_na=False, na_values=["", "nan"],
                                index_col=False)
    except OSError as error:
        raise NasreidError(f"table {str(path)!r} cannot be read: {error.strerror or error}") from error
    except pd.errors.ParserWarning as error:
        raise NasreidError(f"table {str(path)!r} has longer rows than its first line; expected a value for each column"
                           ) from error
    except ValueError as error:  # of pandas' parser, or of UTF-8
        raise NasreidError(f"table {str(path)!r} is no csv in UTF-8: {error}") from error
    for name in (*names, *numbers) if numbers else ():
        if name not in table:
            raise NasreidError(f"table {str(path)!r} has no column {name!r}; expected {', '.join((*names, *numbers))}")
        if name in numbers and not (pd.api.types.is_numeric_dtype(table[name]) and table[name].notna().all()):
            raise NasreidError(f"table {str(path)!r}: column {name!r} holds no numbers, or gaps; expected numbers")
    return table


MOST = 100_000  # values of a recipe


class _Core(yaml.SafeLoader):
    """YAML 1.2's core schema: yes, no, dates and 1:30 stay text, 1e-3 is a number, 010 is ten. No name twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # pyright: ignore[reportIncompatibleVariableOverride]

    def get_single_node(self) -> yaml.Node | None:
        """The whole text, unless its aliases stand for more than anyone writes, or for themselves; or a name is there
        twice, of which PyYAML would take the last."""
        node = super().get_single_node()
        if node is not None:
            _count(node, {}, set())
        return node


def _count(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """How many values a node stands for, its aliases written out."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) in above:
        raise yaml.YAMLError("an alias stands for something that it is in; expected values that end")
    if id(node) not in known:
        if isinstance(node, yaml.MappingNode):
            _once(name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode))
        inside = [one for entry in node.value for one in (entry if isinstance(entry, tuple) else (entry,))]
        known[id(node)] = 1 + sum(_count(one, known, above | {id(node)}) for one in inside)
    if known[id(node)] > MOST:
        raise yaml.YAMLError(f"its aliases stand for more than {MOST:,} values; expected fewer")
    return known[id(node)]


def _once(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{name!r} is there twice in one place; expected it once")
        seen.add(name)


def _object(pairs: list[tuple[str, Any]]) -> Document:
    _once(name for name, _ in pairs)
    return dict(pairs)


_Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(str(node.value)))
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     list("-+0123456789.")),
    ("merge", r"<<", ["<"]),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def parsed(text: str, source: str = "") -> Any:
    """The value of a text in YAML 1.2; source: of the text, for the message of the NasreidError where it is none."""
    try:
        return yaml.load(text, _Core)  # a SafeLoader
    except (yaml.YAMLError, ValueError) as error:
        raise NasreidError(f"{source or repr(text[:80])} is no YAML: {error}") from error
    except RecursionError as error:
        raise NasreidError(f"{source or repr(text[:80])} is nested too deeply; expected sections of options") from error


def read_json(path: str | Path, what: str) -> Document:
    """The object in a JSON file; NasreidError in the name of `what` where there is none, or something else."""
    text = read_text(path, what)
    try:
        found = json.loads(text, object_pairs_hook=_object)
    except ValueError as error:
        raise NasreidError(f"{what} {str(path)!r} is no JSON: {error}") from error
    except RecursionError as error:
        raise NasreidError(f"{what} {str(path)!r} is nested too deeply; expected an object of a few levels") from error
    if not isinstance(found, dict):
        raise NasreidError(f"{what} {str(path)!r} holds a {type(found).__name__}; expected an object")
    return found


def read_text(path: str | Path, what: str) -> str:
    """A text file in UTF-8, without the mark that some editors begin it with; NasreidError in the name of `what` where
    there is none, it may never end or its encoding is another."""
    try:
        return ordinary(path, what).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NasreidError(f"{what} {str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NasreidError(f"{what} {str(path)!r} is no UTF-8 text (byte {error.start}); expected it to be") from error


def read_bytes(path: str | Path, what: str, most: int) -> bytes:
    """The content of a file of at most `most` bytes; raises NasreidError, which says that `what` was expected.

    A pipe or a device is refused before it is opened: it may never end, and a pipe may never begin.
    """
    try:
        path = located(path)
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            raise NasreidError(f"{path}: a pipe, socket or device and no file; expected {what}")
        with open(path, "rb") as file:
            content = file.read(most + 1) if state.st_size <= most else None
    except FileNotFoundError:
        raise NasreidError(f"{path}: no such file; expected {what}") from None
    except OSError as error:
        raise NasreidError(f"{path}: {error.strerror}; expected {what}") from None
    except ValueError:  # a null character in the name
        raise NasreidError(f"{str(path)!r}: no name of a file; expected {what}") from None
    if content is None or len(content) > most:
        raise NasreidError(f"{path}: {max(state.st_size, most + 1)} bytes; expected {what} of at most {most}")
    return content


def ordinary(path: str | Path, what: str) -> Path:
    """Where a file to be read is, or is not; NasreidError in the name of `what` for what may never end or begin."""
    place = located(path)
    if "\0" in str(path):
        raise NasreidError(f"{what} {str(path)!r}: no name of a file; expected one")
    if os.path.exists(place) and not (os.path.isfile(place) or os.path.isdir(place)):
        raise NasreidError(f"{what} {str(path)!r} is a pipe, socket or device; expected a file")
    return place


def readable(name: str) -> str:
    r"""A file's name as it can be drawn and printed: bytes that are no UTF-8 become \udce9 or alike.

    >>> print(readable("caf" + chr(0xdce9)))
    caf\udce9
    """
    return name.encode(errors="backslashreplace").decode()
