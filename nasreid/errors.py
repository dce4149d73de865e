"""The one error class of nasreid, what Ctrl-C becomes, errors in one line, and the nearest right name."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Iterable


class NasreidError(Exception):
    """Something a user can put right; the text has the offending value and what was expected.

    The command line prints it as one line and exits with status 2.
    """


class Interrupted(BaseException):
    """A signal asked the process to end, Ctrl-C or another: the text says how to go on.

    No Exception, as KeyboardInterrupt is none: whoever makes a message of whatever a library raises lets it through.

    number: of the signal; the command line exits with 128 + number.
    """

    def __init__(self, text: str = "interrupted", number: int = signal.SIGINT):
        super().__init__(text)
        self.text, self.number = text, int(number)

    def __reduce__(self) -> tuple[type[Interrupted], tuple[str, int]]:
        return type(self), (self.text, self.number)


class Killed(NasreidError):
    """A job was ended from outside: no fault of its own, and no attempt."""


def in_one_line(error: BaseException) -> str:
    """What an error says, without line breaks; of the system, the file and the reason.

    >>> in_one_line(PermissionError(13, "Permission denied", "/data/x.csv"))
    "'/data/x.csv': Permission denied"
    """
    said = str(error)
    if isinstance(error, OSError) and error.strerror:
        files = [repr(str(file)) for file in (error.filename, error.filename2) if file is not None]
        said = f"{' -> '.join(files) or 'the system refused to read or write'}: {error.strerror}"
    if isinstance(error, UnicodeEncodeError):
        said = f"{error.object[:200]!a} is no UTF-8 text; expected names in UTF-8 here"
    return " ".join(said.split())


def nearest(name: str, known: Iterable[str], near: float = 0.6) -> str:
    """" (did you mean 'NAME'?)" with the known name that is nearest to a misspelt one, "" where none is near (0 to 1).

    >>> nearest("gumble", ["TCM", "Gumbel"])
    " (did you mean 'Gumbel'?)"
    """
    names = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), names, n=1, cutoff=near)
    return f" (did you mean {names[found[0]]!r}?)" if found else ""


def one_of(name: object, known: Iterable[str]) -> str:
    """What is none of the known names, and what was expected: the end of a sentence.

    >>> one_of("gumble", ["TCM", "Gumbel"])
    "'gumble' (did you mean 'Gumbel'?): expected one of TCM, Gumbel"
    """
    known = list(known)
    return f"{name!r}{nearest(str(name), known)}: expected one of {', '.join(known)}"
