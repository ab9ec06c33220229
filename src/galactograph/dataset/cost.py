"""What a dataset will cost in disk and time, said before it starts."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from galactograph.dataset.recipe import Recipe
from galactograph.plugins import plugin
from galactograph.values.procedure import Procedure

BYTES_PER_PIXEL = 4
"""Two DICOM files an exposure, 16 bits a pixel, not compressed (derived)."""

TRUTH_BYTES = 1.5e6
"""Truth, masks and trees of a study; measured on studies of this version."""

SECONDS_PER_MEGAPIXEL = 0.3
"""Of one core, to expose and to write; measured on one machine of 2 cores."""

SECONDS_PER_WOMAN = 0.5
"""Of one core, to grow and fill a breast; measured on the same machine."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Disk and time of a number of cases, and how we know."""

    cases: int
    each_bytes: float
    each_seconds: float
    jobs: int
    basis: str

    @property
    def bytes(self) -> float:
        """Disk of them all."""
        return self.cases * self.each_bytes

    @property
    def seconds(self) -> float:
        """Time of them all; more jobs than cores save nothing."""
        rounds = max(self.cases / min(self.jobs, os.cpu_count() or 1), 1.0)
        return self.each_seconds * (rounds if self.cases else 0)

    def sentence(self, free_bytes: int) -> str:
        """Say it in a line."""
        word = "study" if self.cases == 1 else "studies"
        jobs = "1 job" if self.jobs == 1 else f"{self.jobs} jobs"
        return (
            f"{self.cases} {word} to make: about {size(self.bytes)} and "
            f"{span(self.seconds)} with {jobs} ({self.basis}); "
            f"{size(free_bytes)} free"
        )


def expect(recipe: Recipe, cases: int, jobs: int) -> Cost:
    """Return what `cases` studies will cost, from stated figures."""
    modality = plugin("modalities", recipe.modality)
    exposures = modality.plan(recipe.procedure or Procedure())
    pixels = sum(e.rows * e.columns for e in exposures)
    return Cost(
        cases=cases,
        each_bytes=pixels * BYTES_PER_PIXEL + TRUTH_BYTES,
        each_seconds=pixels / 1e6 * SECONDS_PER_MEGAPIXEL + SECONDS_PER_WOMAN,
        jobs=jobs,
        basis="by stated figures; measured on the first",
    )


def free_bytes(out: Path) -> int:
    """Return the room on the disk where `out` is or will be."""
    there = out
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def size(count: float) -> str:
    """Write a number of bytes as people do.

    Examples
    --------
    >>> size(99.2e6), size(1.24e10), size(1200)
    ('99 MB', '12.4 GB', '1 kB')
    """
    for unit, scale, digits in (("GB", 1e9, 1), ("MB", 1e6, 0)):
        if count >= scale:
            return f"{count / scale:.{digits}f} {unit}"
    return f"{count / 1e3:.0f} kB"


def span(seconds: float) -> str:
    """Write a time as people do.

    Examples
    --------
    >>> span(8), span(300), span(30000)
    ('8 s', '5 min', '8.3 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
