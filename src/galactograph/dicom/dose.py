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
from galactograph.dicom import dose_codes as d
from galactograph.dicom import sr_codes as c
from galactograph.dicom.header import derived_uid
from galactograph.dicom.identity import said
from galactograph.dicom.items import coded
from galactograph.dicom.sources import Source, reference, source_of
from galactograph.dicom.sr_document import bound, document, language, observer, titled
from galactograph.dicom.sr_items import (
    CONTAINS,
    CONTEXT,
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
            d.MAMMOGRAPHY,
            [code(d.HAS_INTENT, d.DIAGNOSTIC, relation=MODIFIES)],
            relation=MODIFIES,
        ),
        *observer(Provenance(version=VERSION)),
        _scope(home),
        code(d.HAS_DETECTOR, c.NO),
        code(d.HAS_SOURCE, c.YES),
        code(d.HAS_MECHANICS, c.YES),
        container(d.TOTAL, [_single(), *_totals(events)], template="10002"),
        *(container(d.EVENT, _event(event), template="10003") for event in events),
        text(c.COMMENT, notice),
        code(d.ORIGIN, d.COPIED),
    ]
    titled(dataset, d.TITLE, parts, template="10001")
    common.identified([dataset], "DOSE", home.study)
    return dataset


def _scope(home: Source) -> Dataset:
    study = uid(d.STUDY_UID, home.study, relation=PROPERTY)
    return code(d.SCOPE, d.STUDY, [study], relation=CONTEXT)


def _single() -> Dataset:
    return code(d.PLANE, d.SINGLE, relation=MODIFIES)


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
            yield number(d.TOTAL_DOSE, round(sum(doses), 4), d.MGY, [which])


def _event(event: Irradiation) -> Iterator[Dataset]:
    """Yield what one irradiation was (TID 10003, 10003b, 10003c)."""
    turning = event.technique is not event.head
    yield _single()
    yield uid(d.EVENT_UID, event.uid, relation=CONTAINS)
    yield moment(d.STARTED, _started(event.head))
    yield code(d.EVENT_TYPE, d.TURNING if turning else d.STILL)
    side = event.laterality
    breast = common.BREAST if side is None else common.BREASTS[side]
    view = event.head.get("ViewCodeSequence")
    if view:
        yield code(c.IMAGE_VIEW, _code_in(view[0]))
    yield code(d.TARGET, breast)
    if event.entrance_mgy is not None:
        yield number(d.ENTRANCE, round(event.entrance_mgy, 4), d.MGY)
        yield code(d.POINT, d.SURFACE)
    if event.dose_mgy is not None:
        yield number(d.DOSE, round(event.dose_mgy, 4), d.MGY)
    for name, unit, keyword, factor in d.NUMBERS:
        value = _number(event.technique, keyword)
        if value:
            yield number(name, value * factor, unit)
    anode = d.ANODES.get(said(event.technique, "AnodeTargetMaterial"))
    if anode is not None:
        yield code(d.ANODE, anode)
    metal = d.FILTER_METALS.get(said(event.technique, "FilterMaterial"))
    if metal is not None:
        yield container(d.FILTERS, [code(d.FILTER, metal)])
    shown = image(reference(event.source), relation=CONTAINS)
    shown.ConceptNameCodeSequence = [coded(d.ACQUIRED_IMAGE)]
    yield shown


def _code_in(item: Dataset) -> Code:
    return Code(
        str(item.CodeValue), str(item.CodingSchemeDesignator), str(item.CodeMeaning)
    )
