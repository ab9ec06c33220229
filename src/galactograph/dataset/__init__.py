"""Labelled datasets of simulated studies: as many as wanted, the same on any machine.

    from galactograph.dataset import make

    made = make("cases", seed=100, count=100, jobs=2)

A dataset is a folder: `seed-<n>/` holds one study as DICOM, its truth (JSON, masks,
SWC trees) and `case.json` with the SHA-256 of each of its files; `manifest.json`
gathers them all. Cases are written aside and renamed when whole, so a run that was
killed goes on where it stopped. With more than one job, call `make` from under
`if __name__ == "__main__":`, as every pool of spawned processes asks.
"""

from galactograph.dataset.making import DiskFull, Interrupted, Made, make
from galactograph.dataset.recipe import OtherDataset, Recipe
from galactograph.dataset.verifying import verify

__all__ = [
    "DiskFull",
    "Interrupted",
    "Made",
    "OtherDataset",
    "Recipe",
    "make",
    "verify",
]
