"""How the listener reads a study: as `galactograph read --dicom` does, and a PDF."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from galactograph.dicom.results import Wanted, results
from galactograph.dicom.study import load
from galactograph.pictures import draw, lumen_mask
from galactograph.reading import read
from galactograph.reporting.paper import report_pdf
from galactograph.reporting.telling import tell


def read_study(images: Path, made: datetime) -> dict[str, bytes]:
    """Return the results of a study as DICOM files by name, for its archive.

    Those of `galactograph read --dicom`, and the printed report as a PDF document.

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
    pdf = report_pdf(report, draw(report), tell(report, "en"))
    return results(images, report, lumens, made=made, wanted=Wanted(pdf=pdf))
