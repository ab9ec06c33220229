"""What a dataset is made of: what was asked for, and the software that made it."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from galactograph.errors import GalactographError
from galactograph.phantom.anatomy import Anatomy
from galactograph.values.procedure import Procedure
from galactograph.version import VERSION

LIBRARIES = ("numpy", "scipy", "numba", "opencv-python-headless", "pydicom")
"""What the pixels and the files depend on."""

READING = ("advice", "cli", "ducts", "finders", "pictures", "reading", "reporting")
"""Rooms that no simulated pixel comes from."""


class OtherDataset(GalactographError, FileExistsError):  # noqa: N818
    """The folder holds a dataset that this one cannot go on with."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What every study of a dataset has in common.

    Attributes
    ----------
    anatomy
        What to override of the breasts; the rest is drawn for each.
    procedure
        What to inject and how to expose; drawn for each if None.
    modality
        Name of the machine, a plugin.
    vendor
        Class of radiographic unit, "" for a generic one.
    projections
        Also write the raw projections of tomosynthesis and a synthetic mammogram.
    """

    anatomy: Anatomy = field(default_factory=Anatomy)
    procedure: Procedure | None = None
    modality: str = "radiograph"
    vendor: str = ""
    projections: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON gives it back: lists for tuples, words for enums."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return told


@cache
def made_by() -> dict[str, str]:
    """Return the versions on which the hashes depend.

    `sources` is the hash of our own code and tables: a version number alone does
    not tell two states of a development tree apart.
    """
    told = {
        "galactograph": VERSION,
        "sources": _sources(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    for name in LIBRARIES:
        try:
            told[name] = version(name)
        except PackageNotFoundError:  # the same library under another name
            told[name] = "unknown"
    return told


def _sources() -> str:
    """Return the hash of everything in the package that can change a study."""
    home = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(home.rglob("*")):
        within = path.relative_to(home)
        if within.parts[0].removesuffix(".py") in READING or not path.is_file():
            continue
        if path.suffix in {".py", ".csv", ".json", ".npz", ".toml"}:
            digest.update(within.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
