"""Content items of a structured report: built, and found again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from pydicom.dataset import Dataset

from galactograph.dicom.items import coded, decimal, filled
from galactograph.errors import DicomError
from galactograph.values.codes import Code

Word = TypeVar("Word")

CONTAINS = "CONTAINS"
CONTEXT = "HAS OBS CONTEXT"
MODIFIES = "HAS CONCEPT MOD"
PROPERTY = "HAS PROPERTIES"
ACQUIRED = "HAS ACQ CONTEXT"
INFERRED = "INFERRED FROM"
SELECTED = "SELECTED FROM"

MM = Code("mm", "UCUM", "millimeter")
PIXELS = Code("{pixels}", "UCUM", "pixels")
MM_A_PIXEL = Code("mm/{pixel}", "UCUM", "millimeters per pixel")
PERCENT = Code("%", "UCUM", "percent")
NO_UNIT = Code("1", "UCUM", "no units")


def _item(
    kind: str, relation: str, name: Code | None, parts: Iterable[Dataset] = ()
) -> Dataset:
    item = filled(ValueType=kind)
    if relation:
        item.RelationshipType = relation
    if name is not None:
        item.ConceptNameCodeSequence = [coded(name)]
    parts = list(parts)
    if parts:
        item.ContentSequence = parts
    return item


def container(
    name: Code,
    parts: Iterable[Dataset],
    *,
    template: str = "",
    relation: str = CONTAINS,
) -> Dataset:
    """Return a heading with what stands under it; `template` is its TID."""
    item = _item("CONTAINER", relation, name, parts)
    item.ContinuityOfContent = "SEPARATE"
    if template:
        item.ContentTemplateSequence = [
            filled(MappingResource="DCMR", TemplateIdentifier=template)
        ]
    return item


def text(
    name: Code, value: str, parts: Iterable[Dataset] = (), *, relation: str = CONTAINS
) -> Dataset:
    """Return a named text."""
    item = _item("TEXT", relation, name, parts)
    item.TextValue = value
    return item


def code(
    name: Code, value: Code, parts: Iterable[Dataset] = (), *, relation: str = CONTAINS
) -> Dataset:
    """Return a named code."""
    item = _item("CODE", relation, name, parts)
    item.ConceptCodeSequence = [coded(value)]
    return item


def number(
    name: Code,
    value: float,
    unit: Code,
    parts: Iterable[Dataset] = (),
    *,
    relation: str = CONTAINS,
) -> Dataset:
    """Return a named number with its unit."""
    item = _item("NUM", relation, name, parts)
    item.MeasuredValueSequence = [
        filled(NumericValue=_exact(value), MeasurementUnitsCodeSequence=[coded(unit)])
    ]
    return item


def _exact(value: float) -> str:
    """Return a number as DICOM DS, all of it where 16 characters hold it."""
    whole = repr(float(value))
    return whole if len(whole) <= 16 else decimal(value)


def uid(name: Code, value: str, *, relation: str = CONTEXT) -> Dataset:
    """Return a named UID."""
    item = _item("UIDREF", relation, name)
    item.UID = value
    return item


def moment(name: Code, value: str) -> Dataset:
    """Return a named moment, written as DICOM DT."""
    item = _item("DATETIME", CONTAINS, name)
    item.DateTime = value
    return item


def image(
    reference: Dataset, parts: Iterable[Dataset] = (), *, relation: str
) -> Dataset:
    """Return an image; `reference` names it."""
    item = _item("IMAGE", relation, None, parts)
    item.ReferencedSOPSequence = [reference]
    return item


def region(
    name: Code,
    points: Sequence[tuple[float, float]],
    reference: Dataset,
    *,
    relation: str = CONTAINS,
) -> Dataset:
    """Return places (row, column) on an image; one point, or a line through them."""
    item = graphic(name, points, relation=relation)
    item.ContentSequence = [image(reference, relation=SELECTED)]
    return item


def graphic(
    name: Code, points: Sequence[tuple[float, float]], *, relation: str
) -> Dataset:
    """Return places (row, column) that do not say yet on which image they lie.

    DICOM counts columns before rows, and from the corner of the first pixel, of which
    the centre is at a half.
    """
    item = _item("SCOORD", relation, name)
    item.GraphicType = "POINT" if len(points) == 1 else "POLYLINE"
    item.GraphicData = [
        value for row, column in points for value in (column + 0.5, row + 0.5)
    ]
    return item


def children(item: Dataset, name: Code | None = None) -> Iterator[Dataset]:
    """Yield what stands directly under an item, all or those of one name."""
    for child in item.get("ContentSequence") or ():
        if name is None or is_named(child, name):
            yield child


def child(item: Dataset, name: Code) -> Dataset | None:
    """Return the first item of that name directly under another."""
    return next(children(item, name), None)


def needed(item: Dataset, name: Code) -> Dataset:
    """Return the first item of that name directly under another.

    Raises
    ------
    DicomError
        If there is none.
    """
    found = child(item, name)
    if found is None:
        raise DicomError(
            f"the structured report lacks {name.meaning!r} ({name.value})."
        )
    return found


def is_named(item: Dataset, name: Code) -> bool:
    """Tell whether an item has this concept as its name."""
    stated = item.get("ConceptNameCodeSequence")
    return bool(stated) and _same(stated[0], name)


def _same(stated: Dataset, name: Code) -> bool:
    there = (stated.get("CodeValue"), stated.get("CodingSchemeDesignator"))
    return there == (name.value, name.scheme)


def words(item: Dataset | None) -> str:
    """Return the text of an item; empty if there is none."""
    return "" if item is None else str(item.TextValue)


def value_of(item: Dataset) -> Code:
    """Return the code that an item holds."""
    held = item.ConceptCodeSequence[0]
    return Code(
        str(held.CodeValue), str(held.CodingSchemeDesignator), str(held.CodeMeaning)
    )


def meant(table: Mapping[Word, Code], item: Dataset) -> Word:
    """Return the word whose code an item holds; the meaning may be said otherwise.

    Raises
    ------
    DicomError
        If it is none of them.
    """
    held = value_of(item)
    for word, code in table.items():
        if code[:2] == held[:2]:
            return word
    raise DicomError(f"the structured report holds an unknown code {held.value}.")


def amount(item: Dataset) -> tuple[float, str]:
    """Return the number of an item, and the code of its unit."""
    held = item.MeasuredValueSequence[0]
    unit = held.MeasurementUnitsCodeSequence[0].CodeValue
    return float(held.NumericValue), str(unit)


def places(item: Dataset, digits: int = 2) -> tuple[tuple[float, float], ...]:
    """Return the (row, column) of a region, rounded."""
    flat = [round(float(value) - 0.5, digits) for value in item.GraphicData]
    return tuple(zip(flat[1::2], flat[::2], strict=True))


def shown_on(item: Dataset) -> tuple[str, int | None]:
    """Return UID and frame (0 is the first) of the image that a region lies on."""
    for child in children(item):
        if child.ValueType == "IMAGE":
            named = child.ReferencedSOPSequence[0]
            frame = named.get("ReferencedFrameNumber")
            first = frame[0] if isinstance(frame, Sequence) else frame
            instance = str(named.ReferencedSOPInstanceUID)
            return instance, None if first is None else int(first) - 1
    raise DicomError("the structured report has a region without an image.")
