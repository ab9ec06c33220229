"""The command line: read, simulate, demo, doctor.

Nothing heavy is imported before a command runs, so that help is quick.
"""

from galactograph.cli.app import main

__all__ = ["main"]
