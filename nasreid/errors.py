"""The one error class of nasreid, and what Ctrl-C becomes."""


class NasreidError(Exception):
    """Something a user can put right; the text has the offending value and what was expected.

    The command line prints it as one line and exits with status 2.
    """


class Interrupted(Exception):
    """Ctrl-C: the step was finished and a checkpoint written; the text says how to go on."""
