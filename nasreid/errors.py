"""The one error class of nasreid."""


class NasreidError(Exception):
    """Something a user can put right; the text has the offending value and what was expected.

    The command line prints it as one line and exits with status 2.
    """
