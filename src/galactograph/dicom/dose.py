"""What the exposures of a study cost: X-Ray Radiation Dose SR after TID 10001.

Copied from the headers of the images, where Organ Dose is in dGy; here it is in mGy, as
the template demands. An image for presentation is the same irradiation as the raw one
that it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom import sr_codes as c
from galactograph.dicom.header import derived_uid
from galactograph.dicom.identity import said
from galactograph.dicom.items import coded
from galactograph.dicom.sources import Source, reference, source_of
from galactograph.dicom.sr_document import bound, document, language, observer, titled
from galactograph.dicom.sr_items import (
    CONTAINS,
    CONTEXT,
    MM,
    MODIFIES,
    PROPERTY,
    code,
    container,
    image,
    moment,
    number,
    text,
    uid,
)
from galactograph.values.codes import Code, Laterality
from galactograph.values.report import Provenance
from galactograph.version import VERSION

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.67"

_MAMMOGRAMS = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("1.2", "1.2.1", "13.1.3")
)
"""Mammography for both intents, and tomosynthesis: one object an irradiation."""

_MGY = Code("mGy", "UCUM", "mGy")
_KV = Code("kV", "UCUM", "kV")
_UAS = Code("uA.s", "UCUM", "uA.s")
_MS = Code("ms", "UCUM", "ms")


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


_TITLE = _dcm("113701", "X-Ray Radiation Dose Report")
_MAMMOGRAPHY = Code("71651007", "SCT", "Mammography")
_HAS_INTENT = Code("363703001", "SCT", "Has Intent")
_DIAGNOSTIC = Code("261004008", "SCT", "Diagnostic Intent")
_SCOPE = _dcm("113705", "Scope of Accumulation")
_STUDY = _dcm("113014", "Study")
_STUDY_UID = _dcm("110180", "Study Instance UID")
_HAS_SOURCE = _dcm("113943", "X-Ray Source Data Available")
_HAS_MECHANICS = _dcm("113944", "X-Ray Mechanical Data Available")
_HAS_DETECTOR = _dcm("113945", "X-Ray Detector Data Available")
_TOTAL = _dcm("113702", "Accumulated X-Ray Dose Data")
_PLANE = _dcm("113764", "Acquisition Plane")
_SINGLE = _dcm("113622", "Single Plane")
_TOTAL_DOSE = _dcm("111637", "Accumulated Average Glandular Dose")
_EVENT = _dcm("113706", "Irradiation Event X-Ray Data")
_EVENT_UID = _dcm("113769", "Irradiation Event UID")
_STARTED = _dcm("111526", "DateTime Started")
_EVENT_TYPE = _dcm("113721", "Irradiation Event Type")
_STILL = _dcm("113611", "Stationary Acquisition")
_TURNING = _dcm("113613", "Rotational Acquisition")
_TARGET = _dcm("123014", "Target Region")
_DOSE = _dcm("111631", "Average Glandular Dose")
_ENTRANCE = _dcm("111636", "Entrance Exposure at RP")
_POINT = _dcm("113780", "Reference Point Definition")
_SURFACE = _dcm("113964", "At Surface of Patient")
_ACQUIRED_IMAGE = _dcm("113795", "Acquired Image")
_ANODE = _dcm("111632", "Anode Target Material")
_FILTERS = _dcm("113771", "X-Ray Filters")
_FILTER = _dcm("113757", "X-Ray Filter Material")
_ORIGIN = _dcm("113854", "Source of Dose Information")
_COPIED = _dcm("113866", "Copied From Image Attributes")
"""source: TID 10001 to 10003c and their context groups (found)"""

_ANODES = {
    "TUNGSTEN": Code("26194003", "SCT", "Tungsten"),
    "MOLYBDENUM": Code("71128006", "SCT", "Molybdenum"),
    "RHODIUM": Code("59801003", "SCT", "Rhodium"),
}
"""source: CID 10016 (found)"""
_FILTER_METALS = _ANODES | {
    "SILVER": Code("41967008", "SCT", "Silver"),
    "ALUMINUM": Code("12503006", "SCT", "Aluminum"),
    "COPPER": Code("66925006", "SCT", "Copper"),
}
del _FILTER_METALS["TUNGSTEN"]
"""source: CID 10006 (found)"""

_NUMBERS = (
    (_dcm("113733", "KVP"), _KV, "KVP", 1.0),
    (_dcm("113824", "Exposure Time"), _MS, "ExposureTime", 1.0),
    (_dcm("113824", "Exposure Time"), _MS, "ExposureTimeInms", 1.0),
    (_dcm("113736", "Exposure"), _UAS, "ExposureInuAs", 1.0),
    (_dcm("113736", "Exposure"), _UAS, "ExposureInmAs", 1000.0),
    (_dcm("111634", "Half Value Layer"), MM, "HalfValueLayer", 1.0),
    (_dcm("113766", "Focal Spot Size"), MM, "FocalSpots", 1.0),
    (_dcm("111633", "Compression Thickness"), MM, "BodyPartThickness", 1.0),
    (
        _dcm("113750", "Distance Source to Detector"),
        MM,
        "DistanceSourceToDetector",
        1.0,
    ),
)
"""Name, unit, attribute of the image, and what turns its unit into this one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Irradiation:
    """One irradiation of a breast.

    Attributes
    ----------
    head
        Of its image.
    technique
        Where that says how it was exposed: itself, or an item of it.
    uid
        Irradiation Event UID: as the image says, or made from the raw image's UID.
    dose_mgy, entrance_mgy
        Mean glandular dose and entrance air kerma; None if not known.
    """

    head: Dataset
    technique: Dataset
    source: Source
    uid: str
    laterality: Laterality | None
    dose_mgy: float | None
    entrance_mgy: float | None


def irradiations(heads: Sequence[Dataset]) -> tuple[Irradiation, ...]:
    """Return the irradiations that images tell of, each once.

    Parameters
    ----------
    heads
        Headers of images; what is no mammogram is passed over.
    """
    found: dict[str, Irradiation] = {}
    # The raw image of an irradiation says it best, where both are there.
    raw_first = sorted(
        heads, key=lambda head: said(head, "PresentationIntentType") != "FOR PROCESSING"
    )
    for head in raw_first:
        one = _irradiation(head)
        if one is not None:
            found.setdefault(one.uid, one)
    return tuple(sorted(found.values(), key=lambda one: _started(one.head)))


def _irradiation(head: Dataset) -> Irradiation | None:
    source = source_of(head)
    if source is None or source.sop_class not in _MAMMOGRAMS:
        return None
    sweep = head.get("XRay3DAcquisitionSequence")
    technique = sweep[0] if sweep else head
    # Doses of 0 stand for what was not modelled or measured.
    organ_dgy = _number(technique, "OrganDose") or None
    return Irradiation(
        head=head,
        technique=technique,
        source=source,
        uid=said(head, "IrradiationEventUID")
        or derived_uid("irradiation", source.made_from or source.instance),
        laterality=_side(head),
        dose_mgy=None if organ_dgy is None else 100 * organ_dgy,
        entrance_mgy=_number(technique, "EntranceDoseInmGy") or None,
    )


def _side(head: Dataset) -> Laterality | None:
    word = said(head, "ImageLaterality")
    for group in head.get("SharedFunctionalGroupsSequence") or ():
        for anatomy in group.get("FrameAnatomySequence") or ():
            word = word or said(anatomy, "FrameLaterality")
    return Laterality(word) if word in ("L", "R") else None


def _number(dataset: Dataset, keyword: str) -> float | None:
    value = dataset.get(keyword)
    if value is None or value == "":
        return None
    first = value if isinstance(value, (int, float, str)) else value[0]
    return float(first)


def _started(head: Dataset) -> str:
    """Return when an image was taken, as DICOM DT."""
    whole = said(head, "AcquisitionDateTime")
    date = said(head, "AcquisitionDate") or said(head, "ContentDate")
    return whole or date + (said(head, "AcquisitionTime") or said(head, "ContentTime"))


def dose_report(heads: Sequence[Dataset], *, made: datetime) -> Dataset | None:
    """Return the doses of a study as a Radiation Dose SR.

    Parameters
    ----------
    heads
        Headers of the images of one study.
    made
        When; the same moment gives the same object, byte for byte.

    Returns
    -------
    Dataset or None
        None if no image is a mammogram of a known side with a known glandular dose.
    """
    events = irradiations(heads)
    known = [e for e in events if e.dose_mgy is not None and e.laterality is not None]
    if not known:
        return None
    home = known[0].source
    events = tuple(e for e in events if e.source.study == home.study)
    simulated = "simulated" in said(known[0].head, "DerivationDescription").lower()
    head = document(
        sop_class=SOP_CLASS,
        number=9008,
        words="Galactograph dose (research)",
        made=made,
        simulated=simulated,
    )
    del head.CodingSchemeIdentificationSequence  # not one word here is ours
    dataset = bound(head, home, [event.source for event in events], made)
    notice = common.comment(simulated=simulated)
    missing = sum(event.dose_mgy is None for event in events)
    if missing:
        notice += f" {missing} of {len(events)} irradiations state no glandular dose."
    parts = [
        language(),
        code(
            c.PROCEDURE,
            _MAMMOGRAPHY,
            [code(_HAS_INTENT, _DIAGNOSTIC, relation=MODIFIES)],
            relation=MODIFIES,
        ),
        *observer(Provenance(version=VERSION)),
        _scope(home),
        code(_HAS_DETECTOR, c.NO),
        code(_HAS_SOURCE, c.YES),
        code(_HAS_MECHANICS, c.YES),
        container(_TOTAL, [_single(), *_totals(events)], template="10002"),
        *(container(_EVENT, _event(event), template="10003") for event in events),
        text(c.COMMENT, notice),
        code(_ORIGIN, _COPIED),
    ]
    titled(dataset, _TITLE, parts, template="10001")
    common.identified([dataset], "DOSE", home.study)
    return dataset


def _scope(home: Source) -> Dataset:
    study = uid(_STUDY_UID, home.study, relation=PROPERTY)
    return code(_SCOPE, _STUDY, [study], relation=CONTEXT)


def _single() -> Dataset:
    return code(_PLANE, _SINGLE, relation=MODIFIES)


def _totals(events: Sequence[Irradiation]) -> Iterator[Dataset]:
    """Yield the glandular dose of each breast, summed (TID 10005)."""
    for side, breast in common.BREASTS.items():
        doses = [
            e.dose_mgy
            for e in events
            if e.laterality is side and e.dose_mgy is not None
        ]
        if doses:
            which = code(c.LATERALITY, breast, relation=MODIFIES)
            yield number(_TOTAL_DOSE, round(sum(doses), 4), _MGY, [which])


def _event(event: Irradiation) -> Iterator[Dataset]:
    """Yield what one irradiation was (TID 10003, 10003b, 10003c)."""
    turning = event.technique is not event.head
    yield _single()
    yield uid(_EVENT_UID, event.uid, relation=CONTAINS)
    yield moment(_STARTED, _started(event.head))
    yield code(_EVENT_TYPE, _TURNING if turning else _STILL)
    side = event.laterality
    breast = common.BREAST if side is None else common.BREASTS[side]
    view = event.head.get("ViewCodeSequence")
    if view:
        yield code(c.IMAGE_VIEW, _code_in(view[0]))
    yield code(_TARGET, breast)
    if event.entrance_mgy is not None:
        yield number(_ENTRANCE, round(event.entrance_mgy, 4), _MGY)
        yield code(_POINT, _SURFACE)
    if event.dose_mgy is not None:
        yield number(_DOSE, round(event.dose_mgy, 4), _MGY)
    for name, unit, keyword, factor in _NUMBERS:
        value = _number(event.technique, keyword)
        if value:
            yield number(name, value * factor, unit)
    anode = _ANODES.get(said(event.technique, "AnodeTargetMaterial"))
    if anode is not None:
        yield code(_ANODE, anode)
    metal = _FILTER_METALS.get(said(event.technique, "FilterMaterial"))
    if metal is not None:
        yield container(_FILTERS, [code(_FILTER, metal)])
    shown = image(reference(event.source), relation=CONTAINS)
    shown.ConceptNameCodeSequence = [coded(_ACQUIRED_IMAGE)]
    yield shown


def _code_in(item: Dataset) -> Code:
    return Code(
        str(item.CodeValue), str(item.CodingSchemeDesignator), str(item.CodeMeaning)
    )
