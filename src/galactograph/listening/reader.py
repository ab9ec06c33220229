"""How the listener reads a study: as `galactograph read --dicom` does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from galactograph.dicom.results import results
from galactograph.dicom.study import load
from galactograph.pictures import lumen_mask
from galactograph.reading import read


def read_study(images: Path, made: datetime) -> dict[str, bytes]:
    """Return the results of a study as DICOM files by name, for its archive.

    Parameters
    ----------
    images
        Folder with the images of one study.
    made
        Date of the results.

    Raises
    ------
    Unreadable
        If the images cannot be read, or are none of ducts.
    """
    report = read(load(images))
    lumens = [lumen_mask(reading) > 0 for reading in report.readings]
    return results(images, report, lumens, made=made)
