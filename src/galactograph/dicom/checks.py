"""Our own check of DICOM objects: values, where validators look at structure only.

A validator takes a view code that is no view, an organ dose ten times too big, a mark
that lies beside its image. These checks do not: codes must be of their context groups,
units UCUM and right for their number, numbers within reason, doses possible, and
references must meet an object of the study.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from galactograph.dicom.check_references import reference_faults
from galactograph.dicom.check_tables import ATTRIBUTES, NUMBERS, allowed, known
from galactograph.dicom.identity import is_uid, said
from galactograph.values.concepts import PRIVATE

_MARKS = ("ImageComments", "CompletionFlagDescription", "DocumentTitle")
_RESULTS = frozenset({"SR", "SEG", "PR", "KO", "DOC"})


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something wrong in an object: where, and one sentence."""

    where: str
    why: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.where}: {self.why}"


def faults_of(
    dataset: Dataset, study: Mapping[str, Dataset] | None = None
) -> tuple[Fault, ...]:
    """Return what is wrong with the values of an object.

    Parameters
    ----------
    study
        Every object of the study by SOP Instance UID; references are checked only if
        it is given.
    """
    found = [
        *_identity(dataset),
        *_codes(dataset, "", "", _schemes(dataset)),
        *_numbers(dataset, ""),
        *_dose(dataset, ""),
        *_picture(dataset),
    ]
    if study is not None:
        found += [Fault(where=w, why=y) for w, y in reference_faults(dataset, study)]
    return tuple(found)


def faults_in(datasets: Sequence[Dataset]) -> dict[str, tuple[Fault, ...]]:
    """Return what is wrong with the objects of a study, by SOP Instance UID.

    Objects without a fault are left out.
    """
    study = {said(dataset, "SOPInstanceUID"): dataset for dataset in datasets}
    told = {uid: faults_of(dataset, study) for uid, dataset in study.items()}
    return {uid: faults for uid, faults in told.items() if faults}


def _identity(dataset: Dataset) -> Iterator[Fault]:
    for keyword in (
        "SOPClassUID",
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "StudyInstanceUID",
    ):
        if not is_uid(said(dataset, keyword)):
            yield Fault(where=keyword, why=f"no valid UID: {said(dataset, keyword)!r}")
    meta = getattr(dataset, "file_meta", None)
    for told, meant in (
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID"),
        ("MediaStorageSOPClassUID", "SOPClassUID"),
    ):
        if meta is not None and told in meta:
            there, here = said(meta, told), said(dataset, meant)
            if there != here:
                yield Fault(where=told, why=f"the file says {there}, the object {here}")
    if said(dataset, "Modality") in _RESULTS and said(dataset, "Manufacturer") == (
        "galactograph"
    ):
        marks = " ".join(said(dataset, keyword) for keyword in _MARKS)
        if "not a medical device" not in marks + _annotation(dataset):
            yield Fault(where="object", why="does not say that it is for research only")


def _annotation(dataset: Dataset) -> str:
    """Return the text of a report or of a drawing, where the mark may stand."""
    words = said(dataset, "TextValue") + said(dataset, "UnformattedTextValue")
    for keyword in (
        "ContentSequence",
        "GraphicAnnotationSequence",
        "TextObjectSequence",
    ):
        for item in dataset.get(keyword) or ():
            words += _annotation(item)
    return words


def _schemes(dataset: Dataset) -> frozenset[str] | None:
    """Return the schemes that a report declares; None if it is no report."""
    if said(dataset, "Modality") != "SR":
        return None
    items = dataset.get("CodingSchemeIdentificationSequence") or ()
    return frozenset(said(item, "CodingSchemeDesignator") for item in items)


def _codes(
    dataset: Dataset, where: str, name: str, declared: frozenset[str] | None
) -> Iterator[Fault]:
    """Check every code: its scheme has it, and it is one of those that may stand."""
    own = dataset.get("ConceptNameCodeSequence")
    name = said(own[0], "CodeValue") if own else name
    for element in dataset:
        if element.VR != "SQ":
            continue
        path = f"{where}{element.keyword}"
        for item in element.value:
            if "CodeValue" in item:
                why = _wrong(item, element.keyword, name, declared)
                if why:
                    yield Fault(where=path, why=why)
            yield from _codes(item, f"{path}.", name, declared)


def _wrong(
    item: Dataset, keyword: str, name: str, declared: frozenset[str] | None
) -> str:
    value, scheme = said(item, "CodeValue"), said(item, "CodingSchemeDesignator")
    told = f"({value}, {scheme}, {said(item, 'CodeMeaning')!r})"
    if not said(item, "CodeMeaning"):
        return f"{told} has no meaning"
    if value not in known(scheme):
        return f"{told} is no code of {scheme} that the standard uses"
    if scheme == PRIVATE:
        if declared is not None and scheme not in declared:
            return f"{told} is of a scheme that the report does not declare"
        # The context groups of findings may be extended; those of views and beams
        # may, too, but we have no reason to.
        free = ("SegmentedPropertyTypeCodeSequence", "ConceptCodeSequence")
        allowed_here = None if keyword in free else allowed(keyword, name)
    else:
        allowed_here = allowed(keyword, name)
    if allowed_here is not None and (value, scheme) not in allowed_here:
        return f"{told} is not in the context group of {keyword} {name}".rstrip()
    return ""


def _numbers(dataset: Dataset, where: str) -> Iterator[Fault]:
    """Check attributes and content items that hold numbers."""
    for element in dataset:
        path = f"{where}{element.keyword}"
        if element.VR == "SQ":
            for item in element.value:
                yield from _numbers(item, f"{path}.")
        elif element.keyword in ATTRIBUTES and element.value not in (None, ""):
            least, most = ATTRIBUTES[element.keyword]
            values = element.value
            several = isinstance(values, (list, MultiValue))
            for value in values if several else [values]:
                if not least <= float(value) <= most:
                    why = f"must be in {least:g}..{most:g}, got {float(value):g}"
                    yield Fault(where=path, why=why)
    if said(dataset, "ValueType") == "NUM":
        yield from _measured(dataset, where)


def _measured(item: Dataset, where: str) -> Iterator[Fault]:
    name = item.ConceptNameCodeSequence[0]
    rule = NUMBERS.get(said(name, "CodeValue"))
    held = item.get("MeasuredValueSequence")
    if rule is None or not held:
        return
    units, least, most = rule
    path = f"{where}{said(name, 'CodeMeaning')}"
    code = held[0].MeasurementUnitsCodeSequence[0]
    unit, value = said(code, "CodeValue"), float(held[0].NumericValue)
    if said(code, "CodingSchemeDesignator") != "UCUM" or unit not in units:
        right = " or ".join(sorted(units))
        yield Fault(where=path, why=f"must be in UCUM {right}, got {unit}")
    if not least <= value <= most:
        why = f"must be in {least:g}..{most:g} {unit}, got {value:g}"
        yield Fault(where=path, why=why)


def _dose(dataset: Dataset, where: str) -> Iterator[Fault]:
    """Check that doses are possible: glandular tissue gets less than the skin."""
    organ, skin = said(dataset, "OrganDose"), said(dataset, "EntranceDoseInmGy")
    if organ and skin and float(skin) > 0:
        organ_mgy = 100 * float(organ)
        if organ_mgy > float(skin):
            why = (
                f"{organ} dGy are {organ_mgy:g} mGy, more than the {float(skin):g} mGy "
                "at the skin; OrganDose is in dGy"
            )
            yield Fault(where=f"{where}OrganDose", why=why)
    far, near = (
        said(dataset, f"DistanceSourceTo{end}") for end in ("Detector", "Patient")
    )
    factor = said(dataset, "EstimatedRadiographicMagnificationFactor")
    if far and near and factor and float(near) > 0:
        ratio = float(far) / float(near)
        if abs(float(factor) / ratio - 1) > 0.01:
            where = f"{where}EstimatedRadiographicMagnificationFactor"
            why = f"is {factor}, but the distances give {ratio:.4g}"
            yield Fault(where=where, why=why)
    for item in dataset.get("XRay3DAcquisitionSequence") or ():
        yield from _dose(item, "XRay3DAcquisitionSequence.")


def _picture(dataset: Dataset) -> Iterator[Fault]:
    """Check that pixels are as many as rows, columns and frames say."""
    if "Rows" not in dataset or said(dataset, "BitsAllocated") == "":
        return
    bits = int(dataset.BitsAllocated)
    if "BitsStored" in dataset and not (
        int(dataset.BitsStored) <= bits
        and int(dataset.HighBit) == int(dataset.BitsStored) - 1
    ):
        yield Fault(where="BitsStored", why="does not fit BitsAllocated and HighBit")
    data = dataset.get("FloatPixelData", dataset.get("PixelData"))
    meta = getattr(dataset, "file_meta", Dataset())
    syntax = meta.get("TransferSyntaxUID")
    if data is None or (syntax is not None and syntax.is_compressed):
        return
    frames = int(dataset.get("NumberOfFrames") or 1)
    wanted = -(-frames * int(dataset.Rows) * int(dataset.Columns) * bits // 8)
    if len(data) != wanted + wanted % 2:
        why = f"{len(data)} bytes of pixels, but {wanted + wanted % 2} are told of"
        yield Fault(where="PixelData", why=why)
