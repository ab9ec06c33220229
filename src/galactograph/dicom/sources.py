"""The images that a result is about, as the result must name them.

A result belongs to the patient and the study of its images: an archive files it by
the names in their headers. So those are copied, word for word, from the image files;
the reader itself never holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filereader import dcmread

from galactograph.dicom.files import Kind, gathered
from galactograph.dicom.headers import foreign
from galactograph.dicom.items import filled
from galactograph.errors import DicomError, Unreadable
from galactograph.values.report import Report

_PATIENT = """
PatientName PatientID IssuerOfPatientID OtherPatientIDsSequence PatientBirthDate
PatientSex PatientIdentityRemoved DeidentificationMethod
DeidentificationMethodCodeSequence PatientAge
"""
_STUDY = """
StudyInstanceUID StudyDate StudyTime ReferringPhysicianName StudyID AccessionNumber
IssuerOfAccessionNumberSequence StudyDescription ProcedureCodeSequence
"""
_COPIED = (*_PATIENT.split(), *_STUDY.split())
_DEMANDED = """
PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime
ReferringPhysicianName StudyID AccessionNumber
"""
"""What every object must have, if empty: type 2 of Patient and General Study (PS3.3)"""

_KEPT = """
SpecificCharacterSet SOPClassUID SOPInstanceUID SeriesInstanceUID FrameOfReferenceUID
PositionReferenceIndicator SharedFunctionalGroupsSequence
PerFrameFunctionalGroupsSequence
"""
_TWINS = """
Rows Columns PresentationIntentType SourceImageSequence
"""
_SHOWN = """
PresentationLUTShape RescaleIntercept RescaleSlope RescaleType WindowCenter WindowWidth
WindowCenterWidthExplanation VOILUTFunction
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """An image file that was read.

    Attributes
    ----------
    sop_class, instance, series, study
        UIDs.
    belongs
        Patient and study, as the file has them; text in any character set.
    frame_of_reference
        UID; empty if the image has none, as most mammograms.
    shown
        How its grey levels are to be shown, as the file has it.
    made_from
        UID of the raw image that it was made from; empty if it is none for people.
    twin
        The image for presentation that was made from this one.
    shared, frames
        Functional groups of a tomosynthesis, where they place its slices.
    """

    sop_class: str
    instance: str
    series: str
    study: str
    belongs: Dataset
    shown: Dataset
    frame_of_reference: str = ""
    shared: Dataset | None = None
    frames: tuple[Dataset, ...] = ()
    rows: int = 0
    columns: int = 0
    made_from: str = ""
    twin: Source | None = None

    @property
    def for_eyes(self) -> Source:
        """The image that people look at: the one made for presentation, if it is there.

        A raw image is the better one to measure on, and few viewers show it.
        """
        return self.twin or self

    def is_twin_of(self, other: Source) -> bool:
        """Tell whether this image was made from the other, pixel by pixel."""
        same = (self.rows, self.columns) == (other.rows, other.columns)
        return bool(same and self.made_from == other.instance)


def sources_of(path: Path, report: Report) -> tuple[Source, ...]:
    """Find the image file of each view of a report, in the order of its readings.

    Parameters
    ----------
    path
        What was read: a file, a folder or a zip.

    Raises
    ------
    DicomError
        If a view was no DICOM image, or its file is not there.
    """
    found: dict[str, Source] = {}
    with gathered(Path(path)) as (items, _):
        for item in items:
            if item.kind is Kind.DICOM:
                try:
                    source = _source(item.path, item.source)
                except Unreadable:
                    continue  # reading the study has told of it already
                if source is not None:
                    found.setdefault(source.instance, source)
    return tuple(_of_view(reading.view, found) for reading in report.readings)


def _of_view(view: object, found: dict[str, Source]) -> Source:
    uid = getattr(view, "sop_instance_uid", None)
    if uid not in found:
        name = getattr(view, "source", "view")
        raise DicomError(
            f"{name}: is no DICOM image with an identity, so no DICOM object can refer "
            "to it; write results without DICOM."
        )
    source = found[uid]
    twin = next((one for one in found.values() if one.is_twin_of(source)), None)
    return replace(source, twin=twin)


def _source(path: Path, name: str) -> Source | None:
    """Read the header of one file; None if it lacks an identity."""
    with foreign(name, "its header cannot be copied; export the file again."):
        head = dcmread(
            path,
            stop_before_pixels=True,
            force=True,
            specific_tags=[*_COPIED, *_KEPT.split(), *_SHOWN.split(), *_TWINS.split()],
        )
        # Text is decoded by the file's own character set before that is given up.
        head.decode()
        return source_of(head)


def heads_of(path: Path) -> tuple[Dataset, ...]:
    """Return the whole headers of the DICOM images of a study, without pixels.

    What cannot be read is left out: reading the study has told of it.
    """
    heads = []
    with gathered(Path(path)) as (items, _):
        for item in items:
            if item.kind is Kind.DICOM:
                try:
                    with foreign(item.source, "its header cannot be copied."):
                        head = dcmread(item.path, stop_before_pixels=True, force=True)
                        head.decode()
                        heads.append(head)
                except Unreadable:
                    continue
    return tuple(heads)


def source_of(head: Dataset) -> Source | None:
    """Return a dataset as a source; None if it lacks an identity."""
    uids = [
        str(head.get(name) or "")
        for name in (
            "SOPClassUID",
            "SOPInstanceUID",
            "SeriesInstanceUID",
            "StudyInstanceUID",
        )
    ]
    if not all(uids):
        return None
    shared = head.get("SharedFunctionalGroupsSequence")
    return Source(
        sop_class=uids[0],
        instance=uids[1],
        series=uids[2],
        study=uids[3],
        belongs=belonging(head),
        shown=_copied(head, _SHOWN.split()),
        frame_of_reference=str(head.get("FrameOfReferenceUID") or ""),
        shared=shared[0] if shared else None,
        frames=tuple(head.get("PerFrameFunctionalGroupsSequence") or ()),
        rows=int(head.get("Rows") or 0),
        columns=int(head.get("Columns") or 0),
        made_from=_raw_of(head),
    )


def _raw_of(head: Dataset) -> str:
    """Return the image that an image for presentation was made from, if it says."""
    made_from = head.get("SourceImageSequence")
    if head.get("PresentationIntentType") != "FOR PRESENTATION" or not made_from:
        return ""
    return str(made_from[0].get("ReferencedSOPInstanceUID") or "")


def belonging(head: Dataset) -> Dataset:
    """Copy the Patient and General Study modules of an image, in Unicode."""
    copy = filled(SpecificCharacterSet="ISO_IR 192")
    for name in _DEMANDED.split():
        setattr(copy, name, "")
    copy.update(_copied(head, _COPIED))
    return copy


def _copied(head: Dataset, names: Sequence[str]) -> Dataset:
    copy = Dataset()
    for name in names:
        if name in head:
            copy[name] = head[name]
    return copy


def referenced_series(sources: Sequence[Source], study: str) -> list[Dataset]:
    """List the images of one study by series: items of Referenced Series Sequence."""
    series: dict[str, list[Dataset]] = {}
    for source in sources:
        if source.study == study:
            series.setdefault(source.series, []).append(reference(source))
    return [
        filled(SeriesInstanceUID=uid, ReferencedInstanceSequence=instances)
        for uid, instances in series.items()
    ]


def reference(source: Source, frame: int | None = None) -> Dataset:
    """Refer to an image, or to one of its frames (0 is the first)."""
    named = filled(
        ReferencedSOPClassUID=source.sop_class,
        ReferencedSOPInstanceUID=source.instance,
    )
    if frame is not None:
        named.ReferencedFrameNumber = [frame + 1]
    return named


def home_of(report: Report, sources: Sequence[Source]) -> Source:
    """Return the image whose patient and study a report belongs to."""
    same = [source for source in sources if source.study == report.study_uid]
    return (same or list(sources))[0]


def evidence(sources: Sequence[Source], home: str) -> Dataset:
    """Name images by study and series: those of this study, and those of others."""
    studies: dict[str, dict[str, list[Dataset]]] = {}
    for source in sources:
        series = studies.setdefault(source.study, {})
        series.setdefault(source.series, []).append(reference(source))
    listed = {
        study: filled(
            StudyInstanceUID=study,
            ReferencedSeriesSequence=[
                filled(SeriesInstanceUID=uid, ReferencedSOPSequence=instances)
                for uid, instances in series.items()
            ],
        )
        for study, series in studies.items()
    }
    named = filled(CurrentRequestedProcedureEvidenceSequence=[])
    if home in listed:
        named.CurrentRequestedProcedureEvidenceSequence = [listed.pop(home)]
    if listed:
        named.PertinentOtherEvidenceSequence = list(listed.values())
    return named
