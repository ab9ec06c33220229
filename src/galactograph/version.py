"""The version, as the installed package says it."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("galactograph")
except PackageNotFoundError:  # run from a tree that was never installed
    VERSION = "0+unknown"
