"""References of an object: each must meet what it says it meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from galactograph.dicom.identity import said

Told = tuple[str, str]
"""Where, and why it is wrong."""


def reference_faults(dataset: Dataset, study: Mapping[str, Dataset]) -> Iterator[Told]:
    """Yield what is wrong with the references of an object.

    Parameters
    ----------
    study
        Every object of the study by SOP Instance UID.
    """
    yield from _met(dataset, study, "")
    yield from _filed(dataset, study)
    yield from _within(dataset, dataset)
    yield from _placed(dataset, dataset, study, "")


def _met(dataset: Dataset, study: Mapping[str, Dataset], where: str) -> Iterator[Told]:
    """Check that each object that is named is there, and of the class that is named."""
    uid = said(dataset, "ReferencedSOPInstanceUID")
    if uid:
        there, path = study.get(uid), f"{where}ReferencedSOPInstanceUID"
        if there is None:
            yield path, f"names {uid}, which is not in the study"
            return
        kind = said(dataset, "ReferencedSOPClassUID")
        if kind != said(there, "SOPClassUID"):
            yield path, f"names {uid} as {kind}, but it is {there.SOPClassUID}"
        frames = int(there.get("NumberOfFrames") or 1)
        for number in _list(dataset.get("ReferencedFrameNumber")):
            if not 1 <= int(number) <= frames:
                yield path, f"names frame {number} of {frames}"
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _met(item, study, f"{where}{element.keyword}.")


def _filed(dataset: Dataset, study: Mapping[str, Dataset]) -> Iterator[Told]:
    """Check that objects named by study and series lie in them."""
    for keyword in (
        "CurrentRequestedProcedureEvidenceSequence",
        "PertinentOtherEvidenceSequence",
    ):
        for of_study in dataset.get(keyword) or ():
            for series in of_study.get("ReferencedSeriesSequence") or ():
                named = series.get("ReferencedSOPSequence") or ()
                uids = (of_study.StudyInstanceUID, series.SeriesInstanceUID)
                yield from _lie(named, study, uids, keyword)
    for series in dataset.get("ReferencedSeriesSequence") or ():
        for inner in ("ReferencedInstanceSequence", "ReferencedImageSequence"):
            uids = (dataset.StudyInstanceUID, series.SeriesInstanceUID)
            yield from _lie(series.get(inner) or (), study, uids, inner)


def _lie(
    named: object, study: Mapping[str, Dataset], uids: tuple[str, str], where: str
) -> Iterator[Told]:
    for item in named:  # type: ignore[attr-defined]
        there = study.get(said(item, "ReferencedSOPInstanceUID"))
        if there is not None:
            lies = (there.StudyInstanceUID, there.SeriesInstanceUID)
            if tuple(map(str, uids)) != tuple(map(str, lies)):
                yield where, "names an image in a series or study that it is not in"


def _within(item: Dataset, root: Dataset) -> Iterator[Told]:
    """Check references from one content item to another."""
    path = item.get("ReferencedContentItemIdentifier")
    if path is not None and _at(root, path) is None:
        steps = ".".join(_list(path))
        yield "ReferencedContentItemIdentifier", f"{steps} leads nowhere"
    for child in item.get("ContentSequence") or ():
        yield from _within(child, root)


def _at(root: Dataset, path: object) -> Dataset | None:
    item = root
    for step in [int(number) for number in _list(path)][1:]:
        below = item.get("ContentSequence") or ()
        if not 1 <= step <= len(below):
            return None
        item = below[step - 1]
    return item


def _placed(
    item: Dataset, root: Dataset, study: Mapping[str, Dataset], where: str
) -> Iterator[Told]:
    """Check that points lie on the image that they are said to lie on."""
    name = item.get("ConceptNameCodeSequence")
    where = said(name[0], "CodeMeaning") if name else where
    if said(item, "ValueType") == "SCOORD":
        image = _image_of(item, root, study)
        if image is not None and "Rows" in image:
            flat = [float(value) for value in _list(item.get("GraphicData"))]
            wide, high = int(image.Columns), int(image.Rows)
            inside = all(0 <= x <= wide for x in flat[::2]) and all(
                0 <= y <= high for y in flat[1::2]
            )
            if not inside:
                yield where, f"lies outside its image of {wide} x {high} pixels"
    for child in item.get("ContentSequence") or ():
        yield from _placed(child, root, study, where)


def _image_of(
    item: Dataset, root: Dataset, study: Mapping[str, Dataset]
) -> Dataset | None:
    for child in item.get("ContentSequence") or ():
        path = child.get("ReferencedContentItemIdentifier")
        shown = child if path is None else _at(root, path)
        named = None if shown is None else shown.get("ReferencedSOPSequence")
        if named:
            return study.get(said(named[0], "ReferencedSOPInstanceUID"))
    return None


def _list(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (list, MultiValue)):
        return [str(one) for one in value]
    return [str(value)]
