"""The same exposure stored twice: raw and processed; the raw one is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from galactograph.dicom.headers import Record
from galactograph.dicom.labels import labels_of
from galactograph.dicom.tags import Tags

_RAW = {"1.2.840.10008.5.1.4.1.1.1.2.1", "1.2.840.10008.5.1.4.1.1.1.1.1"}


@dataclass(frozen=True)
class Choice:
    """An exposure: the record to read, and the one to fall back on."""

    record: Record
    spare: Record | None = None


def choose(records: Sequence[Record]) -> list[Choice]:
    """Pair each raw image with the processed one of the same exposure."""
    raw = [record for record in records if is_raw(record.tags)]
    taken: dict[int, Record] = {}
    pairs: dict[int, Record] = {}
    for record in records:
        if is_raw(record.tags) or (record.tags.integer("NumberOfFrames") or 1) > 1:
            continue
        for source in raw:
            if id(source) not in pairs and same_exposure(source.tags, record.tags):
                pairs[id(source)] = record
                taken[id(record)] = source
                break
    return [
        Choice(record, pairs.get(id(record)))
        for record in records
        if id(record) not in taken
    ]


def is_raw(tags: Tags) -> bool:
    """Tell whether an image is stored for processing."""
    kind = tags.word("SOPClassUID")
    return kind in _RAW or "PROC" in tags.word("PresentationIntentType")


def same_exposure(raw: Tags, shown: Tags) -> bool:
    """Tell whether a processed image was made from a raw one.

    By reference, by irradiation event, or by study, side, view and time of
    acquisition together.
    """
    sources = shown.words("SourceImageSequence.ReferencedSOPInstanceUID")
    if sources:
        return raw.word("SOPInstanceUID") in sources
    events = raw.word("IrradiationEventUID"), shown.word("IrradiationEventUID")
    if all(events):
        return events[0] == events[1]
    ours, theirs = labels_of(raw), labels_of(shown)
    if (ours.laterality, ours.position) != (theirs.laterality, theirs.position):
        return False
    if None in (ours.laterality, ours.position):
        return False
    moments = [
        (
            tags.word("StudyInstanceUID"),
            tags.word("AcquisitionDateTime") or tags.word("AcquisitionTime"),
        )
        for tags in (raw, shown)
    ]
    return moments[0] == moments[1] and bool(moments[0][1])
