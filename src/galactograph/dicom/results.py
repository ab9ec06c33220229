"""A reading as the DICOM objects that a PACS keeps beside its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydicom.dataset import Dataset

from galactograph.dicom.breast_report import breast_report
from galactograph.dicom.cad import cad_report
from galactograph.dicom.common import as_bytes
from galactograph.dicom.dose import dose_report
from galactograph.dicom.drawings import drawings
from galactograph.dicom.keys import key_images
from galactograph.dicom.labelmaps import labelmaps
from galactograph.dicom.maps import maps
from galactograph.dicom.papers import paper
from galactograph.dicom.quantities import Quantity
from galactograph.dicom.segmentation import segmentations
from galactograph.dicom.sources import Source, heads_of, sources_of
from galactograph.dicom.sr import structured_report
from galactograph.values.arrays import Bools
from galactograph.values.report import Report

Extra = Literal["cad", "dose", "calibre", "thickness"]
"""What is written on demand only."""

EXTRAS: tuple[Extra, ...] = ("cad", "dose", "calibre", "thickness")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What results shall hold besides the usual.

    Attributes
    ----------
    labelmap
        Masks as label maps and not as binary segmentations.
    also
        CAD marks, dose report, maps of calibre or of the thickness of contrast.
    pdf
        The printed report; None if there is none.
    """

    labelmap: bool = False
    also: tuple[Extra, ...] = ()
    pdf: bytes | None = None


USUAL = Wanted()


def results(
    path: Path,
    report: Report,
    lumens: Sequence[Bools],
    *,
    made: datetime,
    wanted: Wanted = USUAL,
) -> dict[str, bytes]:
    """Return a reading as DICOM files: reports, masks, drawings, key images.

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
    files = {
        name: as_bytes(dataset)
        for name, dataset in (
            *_usual(report, lumens, sources, made, labelmap=wanted.labelmap),
            *_extra(report, lumens, sources, made, wanted.also),
        )
    }
    if wanted.pdf is not None:
        files["paper.dcm"] = as_bytes(paper(wanted.pdf, report, sources, made=made))
    if "dose" in wanted.also:
        doses = dose_report(heads_of(path), made=made)
        files |= {} if doses is None else {"dose.dcm": as_bytes(doses)}
    return files


def _usual(
    report: Report,
    lumens: Sequence[Bools],
    sources: Sequence[Source],
    made: datetime,
    *,
    labelmap: bool,
) -> Iterator[tuple[str, Dataset]]:
    """Yield what every reading gives, by name."""
    yield "report.dcm", structured_report(report, sources, made=made)
    breast = breast_report(report, sources, made=made)
    if breast is not None:
        yield "breast-report.dcm", breast
    if labelmap:
        masks = labelmaps(report, lumens, sources, made=made)
    else:
        masks = segmentations(report, lumens, sources, made=made)
    yield from _numbered("labels" if labelmap else "mask", masks)
    yield from _numbered("drawing", drawings(report, sources, made=made))
    key = key_images(report, sources, made=made)
    if key is not None:
        yield "key.dcm", key


def _extra(
    report: Report,
    lumens: Sequence[Bools],
    sources: Sequence[Source],
    made: datetime,
    also: Sequence[Extra],
) -> Iterator[tuple[str, Dataset]]:
    """Yield what was asked for, by name."""
    if "cad" in also:
        yield "cad.dcm", cad_report(report, sources, made=made)
    for quantity in Quantity:
        name = quantity.label.lower()
        if name in also:
            drawn = maps(report, lumens, sources, quantity=quantity, made=made)
            yield from _numbered(name, drawn)


def _numbered(name: str, datasets: Sequence[Dataset]) -> Iterator[tuple[str, Dataset]]:
    for number, dataset in enumerate(datasets, 1):
        yield f"{name}-{number}.dcm", dataset
