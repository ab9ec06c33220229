"""Exit codes, and errors of the command line itself."""

from galactograph.errors import GalactographError

OK, FAILURE, USAGE, UNREADABLE, INTERRUPTED = 0, 1, 2, 3, 130
"""0 done, 1 failed, 2 wrong usage, 3 input not usable, 130 stopped by Ctrl-C."""


class UsageError(GalactographError):
    """The command was called with something it cannot take."""
