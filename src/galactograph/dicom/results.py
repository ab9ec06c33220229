"""A reading as the DICOM objects that a PACS keeps beside its images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from galactograph.dicom.common import as_bytes
from galactograph.dicom.drawings import drawings
from galactograph.dicom.keys import key_images
from galactograph.dicom.segmentation import segmentations
from galactograph.dicom.sources import sources_of
from galactograph.dicom.sr import structured_report
from galactograph.values.arrays import Bools
from galactograph.values.report import Report


def results(
    path: Path, report: Report, lumens: Sequence[Bools], *, made: datetime
) -> dict[str, bytes]:
    """Return a reading as DICOM files: report, masks, drawings, key images.

    Parameters
    ----------
    path
        The study that was read: patient and study are copied from its headers.
    lumens : bool, (rows, columns) each
        Lumen of all traced ducts of each view.
    made
        When the reading was made; the same moment gives the same bytes.

    Returns
    -------
    dict
        File name, such as "report.dcm" or "mask-1.dcm", to its content.

    Raises
    ------
    DicomError
        If the study has pictures that are no DICOM images.
    """
    sources = sources_of(path, report)
    files = {"report.dcm": as_bytes(structured_report(report, sources, made=made))}
    masks = segmentations(report, lumens, sources, made=made)
    for number, dataset in enumerate(masks, 1):
        files[f"mask-{number}.dcm"] = as_bytes(dataset)
    for number, dataset in enumerate(drawings(report, sources, made=made), 1):
        files[f"drawing-{number}.dcm"] = as_bytes(dataset)
    key = key_images(report, sources, made=made)
    if key is not None:
        files["key.dcm"] = as_bytes(key)
    return files
