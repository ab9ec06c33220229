"""The drawing over each view as a Grayscale Softcopy Presentation State.

A viewer shows the image as its file asks, with centrelines, outlines and names in
layers that can be switched off. The image itself is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom.items import filled
from galactograph.dicom.sources import Source, reference, referenced_series
from galactograph.dicom.statement import Statement, statement_of
from galactograph.values.report import Finding, Place, Reading, Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.11.1"

_LAYERS = (
    ("DUCTS", "Centrelines of ducts", (91.0, -48.0, -14.0)),
    ("NIPPLE", "Nipple", (97.0, -21.0, 94.0)),
    ("FINDINGS", "Findings", (60.0, 98.0, -60.0)),
    ("NOTICE", "Research use", (100.0, 0.0, 0.0)),
)
"""Name, description and colour (CIELab: cyan, yellow, magenta, white)."""

_CROSS_PX = 12.0
"""Half the width of a cross that marks a point (assumed)."""

Points = Sequence[tuple[float, float]]


def drawings(
    report: Report, sources: Sequence[Source], *, made: datetime
) -> tuple[Dataset, ...]:
    """Return a presentation state for each view; one series a study.

    Parameters
    ----------
    sources
        The image of each view; what was made of it for presentation is drawn upon.
    made
        When; the same moment gives the same objects, byte for byte.
    """
    statement = statement_of(report)
    told: dict[str, list[Dataset]] = {}
    shown = [source.for_eyes for source in sources]
    for reading, source in zip(report.readings, shown, strict=True):
        dataset = _drawing(statement, reading, source, made)
        told.setdefault(source.study, []).append(dataset)
    for study, datasets in told.items():
        common.identified(datasets, "PR", study)
    return tuple(dataset for datasets in told.values() for dataset in datasets)


def _drawing(
    statement: Statement, reading: Reading, source: Source, made: datetime
) -> Dataset:
    view = reading.view
    dataset = Dataset()
    for part in (source.belongs, common.equipment(), _state(reading, made)):
        dataset.update(part)
    dataset.ReferencedSeriesSequence = [
        filled(
            SeriesInstanceUID=series.SeriesInstanceUID,
            ReferencedImageSequence=series.ReferencedInstanceSequence,
        )
        for series in referenced_series([source], source.study)
    ]
    rows, columns = view.image.grid.shape[-2:]
    dataset.DisplayedAreaSelectionSequence = [
        filled(
            DisplayedAreaTopLeftHandCorner=[1, 1],
            DisplayedAreaBottomRightHandCorner=[columns, rows],
            PresentationSizeMode="SCALE TO FIT",
            PresentationPixelAspectRatio=[1, 1],
        )
    ]
    dataset.GraphicAnnotationSequence = list(_layers(statement, reading, source))
    dataset.GraphicLayerSequence = [
        filled(
            GraphicLayer=name,
            GraphicLayerOrder=order,
            GraphicLayerRecommendedDisplayCIELabValue=_lab(colour),
            GraphicLayerDescription=words,
        )
        for order, (name, words, colour) in enumerate(_LAYERS, 1)
    ]
    dataset.update(_greys(source))
    return dataset


def _state(reading: Reading, made: datetime) -> Dataset:
    view = reading.view
    date, time = made.strftime("%Y%m%d"), made.strftime("%H%M%S")
    return filled(
        SOPClassUID=SOP_CLASS,
        Modality="PR",
        SeriesNumber=9004,
        SeriesDescription="Galactograph drawing (research)",
        SeriesDate=date,
        SeriesTime=time,
        Laterality=str(view.laterality or ""),
        PresentationCreationDate=date,
        PresentationCreationTime=time,
        ContentLabel="GALACTOGRAM",
        ContentDescription=f"Ducts and findings of {view.name}, unverified"[:64],
        ContentCreatorName="",
    )


def _greys(source: Source) -> Dataset:
    """Return how grey levels are shown: as the image itself asks."""
    said = source.shown
    greys = filled(PresentationLUTShape=said.get("PresentationLUTShape") or "IDENTITY")
    if "RescaleSlope" in said and "RescaleIntercept" in said:
        greys.RescaleIntercept = said.RescaleIntercept
        greys.RescaleSlope = said.RescaleSlope
        greys.RescaleType = said.get("RescaleType") or "US"
    if "WindowCenter" in said and "WindowWidth" in said:
        window = Dataset()
        for name in (
            "WindowCenter",
            "WindowWidth",
            "WindowCenterWidthExplanation",
            "VOILUTFunction",
        ):
            if name in said:
                window[name] = said[name]
        greys.SoftcopyVOILUTSequence = [window]
    return greys


def _layers(
    statement: Statement, reading: Reading, source: Source
) -> Iterator[Dataset]:
    """Yield what stands in each layer; a layer with nothing is left out."""
    mine = reading.index
    lines = [_line(b.points) for b in statement.branches if b.view == mine]
    nipple = statement.views[mine].nipple
    cross = [] if nipple is None else _cross(nipple.row, nipple.column)
    seen = [
        (finding, place)
        for finding in statement.findings
        for place in finding.places
        if place.view == mine
    ]
    outlines = [line for _, place in seen for line in _marked(place)]
    names = [_name(finding, place) for finding, place in seen]
    notice = [_notice(common.comment(simulated=reading.view.simulated))]
    for layer, graphics, texts in (
        ("DUCTS", lines, []),
        ("NIPPLE", cross, []),
        ("FINDINGS", outlines, names),
        ("NOTICE", [], notice),
    ):
        if graphics or texts:
            item = filled(
                ReferencedImageSequence=[reference(source)], GraphicLayer=layer
            )
            if graphics:
                item.GraphicObjectSequence = graphics
            if texts:
                item.TextObjectSequence = texts
            yield item


def _line(points: Points) -> Dataset:
    """Return a line through (row, column); DICOM counts from the pixel's corner."""
    return filled(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points),
        GraphicData=[
            value for row, column in points for value in (column + 0.5, row + 0.5)
        ],
        GraphicType="POLYLINE",
        GraphicFilled="N",
    )


def _cross(row: float, column: float) -> list[Dataset]:
    return [
        _line([(row - _CROSS_PX, column), (row + _CROSS_PX, column)]),
        _line([(row, column - _CROSS_PX), (row, column + _CROSS_PX)]),
    ]


def _marked(place: Place) -> list[Dataset]:
    if place.outline:
        return [_line([*place.outline, place.outline[0]])]
    return _cross(place.row, place.column)


def _name(finding: Finding, place: Place) -> Dataset:
    size = "" if finding.length_mm is None else f", {finding.length_mm:.1f} mm"
    return filled(
        AnchorPointAnnotationUnits="PIXEL",
        UnformattedTextValue=f"{finding.identifier} {finding.kind.code.meaning}{size}",
        AnchorPoint=[place.column + 0.5, place.row + 0.5],
        AnchorPointVisibility="Y",
    )


def _notice(words: str) -> Dataset:
    """Return words along the upper edge of the display."""
    return filled(
        BoundingBoxAnnotationUnits="DISPLAY",
        UnformattedTextValue=words,
        BoundingBoxTopLeftHandCorner=[0.0, 0.0],
        BoundingBoxBottomRightHandCorner=[1.0, 0.05],
        BoundingBoxTextHorizontalJustification="LEFT",
    )


def _lab(colour: tuple[float, float, float]) -> list[int]:
    """Return CIELab as DICOM stores it: 16 bits a channel (PS3.3 C.10.7.1.1)."""
    lightness, a, b = colour
    scaled = (lightness / 100, (a + 128) / 255, (b + 128) / 255)
    return [round(65535 * share) for share in scaled]
