"""The four doors: what a plugin must be, and how one is found.

A plugin is a function or a small object with the shape below, named in an entry
point of its own package. Ours come through the same doors.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from galactograph.errors import NotFound
from galactograph.values.archive import Listing, Receipt, Terms
from galactograph.values.image import DuctMap
from galactograph.values.procedure import Exposure, Procedure
from galactograph.values.report import Finding, Reading, Scene
from galactograph.values.study import Projection, View


class Modality(Protocol):
    """How a machine takes pictures: which exposures, and what becomes of them."""

    def plan(self, procedure: Procedure) -> tuple[Exposure, ...]:
        """Return the exposures to make, in order."""

    def finish(self, shots: tuple[Projection, ...]) -> tuple[View, ...]:
        """Return the views a reader gets."""


class Segmenter(Protocol):
    """How filled ducts are told from the rest."""

    def __call__(self, view: View, scene: Scene) -> DuctMap:
        """Return the duct map of `view`."""


class Finder(Protocol):
    """How one kind of finding is looked for."""

    def __call__(self, reading: Reading) -> Iterable[Finding]:
        """Yield what was found."""


class Archive(Protocol):
    """Where studies are kept.

    Behind the door stands what opens one: a function of an address and an access.
    """

    def echo(self) -> str:
        """Return a sentence about the archive that answers; raise if none does."""

    def search(self, terms: Terms) -> tuple[Listing, ...]:
        """Return the studies that match."""

    def fetch(self, study_uid: str, folder: Path) -> Receipt:
        """Bring the files of one study into a folder; what is there stays."""

    def store(self, files: Iterable[Path]) -> Receipt:
        """Keep these files."""


def plugin(door: str, name: str) -> Any:  # noqa: ANN401
    """Return the plugin called `name` behind `door`, such as "finders".

    Raises
    ------
    NotFound
        If there is none; the message lists those there are.
    """
    found = {entry.name: entry for entry in entry_points(group=f"galactograph.{door}")}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise NotFound(f"no {door} plugin {name!r}; there are: {known}")
    return found[name].load()
