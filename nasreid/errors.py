"""The one error class of nasreid, what Ctrl-C becomes, and the nearest right name."""

import difflib
from collections.abc import Iterable


class NasreidError(Exception):
    """Something a user can put right; the text has the offending value and what was expected.

    The command line prints it as one line and exits with status 2.
    """


class Interrupted(Exception):
    """Ctrl-C: the step was finished and a checkpoint written; the text says how to go on."""


def nearest(name: str, known: Iterable[str]) -> str:
    """" (did you mean 'NAME'?)" with the known name that is nearest to a misspelt one, "" where none is near.

    >>> nearest("gumble", ["TCM", "Gumbel"])
    " (did you mean 'Gumbel'?)"
    """
    names = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return f" (did you mean {names[found[0]]!r}?)" if found else ""
