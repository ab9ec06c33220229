"""Every exception the package raises.

GalactographError
├── InvalidValue      (ValueError)   a value that cannot be: wrong shape, unit, range
├── Unreadable        (ValueError)   an input that cannot be read, and why
├── NotFound          (LookupError)  no such study, plugin, stream or material
├── MissingExtra      (ImportError)  an optional library is not installed
├── DicomError        (ValueError)   a dataset that does not say what we need
└── ArchiveError      (OSError)      an archive is away, or said no
"""


class GalactographError(Exception):
    """Base of all errors raised on purpose; catch it at the edge, never inside."""


class InvalidValue(GalactographError, ValueError):  # noqa: N818
    """A value that cannot be."""


class Unreadable(GalactographError, ValueError):  # noqa: N818
    """An input that cannot be read; says what, where and what to do."""


class NotFound(GalactographError, LookupError):  # noqa: N818
    """Something named that is not there."""


class MissingExtra(GalactographError, ImportError):  # noqa: N818
    """An optional library is not installed."""


class DicomError(Unreadable):
    """A dataset that does not say what we need."""


class ArchiveError(GalactographError, OSError):
    """An archive is away, or said no."""
