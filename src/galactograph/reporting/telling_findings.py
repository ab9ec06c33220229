"""The facts of the findings, and of where to operate."""

from __future__ import annotations

from collections.abc import Iterator

from galactograph.advice.causes import determined
from galactograph.advice.management import counts
from galactograph.ducts.correlation import behind_nipple
from galactograph.language import Tongue
from galactograph.reporting import words
from galactograph.reporting.account import Chapter, Fact, Teller
from galactograph.reporting.document import in_millimetres
from galactograph.values.clock import direction, hour, quadrant
from galactograph.values.codes import Action
from galactograph.values.report import Finding, Report

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}


def name_of(finding: Finding, number: int) -> str:
    """Return the short name of a finding, such as "F1"."""
    return finding.identifier or f"F{number}"


def finding_chapter(
    finding: Finding, number: int, report: Report, tongue: Tongue
) -> Chapter:
    """Return all facts of one finding."""
    name = name_of(finding, number)
    teller = Teller(f"finding.{name}", tongue)
    kind = words.kind_words(finding.kind, tongue)
    return Chapter(
        key=f"finding.{name}",
        title=tongue.say("finding.title", name=name, kind=kind),
        facts=tuple(_finding_facts(finding, report, teller)),
    )


def _finding_facts(finding: Finding, report: Report, teller: Teller) -> Iterator[Fact]:
    say, code = teller.tongue.say, finding.kind.code
    yield teller.fact(
        "kind",
        words.kind_words(finding.kind, teller.tongue),
        source=f"{code.scheme} {code.value}",
    )
    yield teller.fact(
        "confidence",
        say(
            "finding.confidence",
            word=words.confidence_words(finding.confidence, teller.tongue),
            value=finding.confidence,
        ),
        value=finding.confidence,
    )
    yield from size_facts(finding, report, teller)
    yield from distance_facts(finding, report, teller)
    if finding.shape:
        yield teller.fact("shape", say(f"word.{finding.shape}"))
    yield place_fact(finding, report, teller)
    yield from space_facts(finding, teller)
    seen = dict.fromkeys(report.readings[p.view].view.name for p in finding.places)
    yield teller.fact("seen", ", ".join(seen))
    if finding.explanation:
        yield teller.fact("why", teller.tongue.sentence(finding.explanation))
    if finding.causes:
        ordered = sorted(finding.causes, key=lambda cause: -cause.probability)
        told = [
            say("finding.cause", name=say(f"cause.{c.name}"), share=c.probability)
            for c in ordered
        ]
        if determined(finding) is None:
            told.insert(0, say("finding.undetermined"))
        yield teller.fact("causes", "; ".join(told), source=say("finding.causes_note"))


def size_facts(finding: Finding, report: Report, teller: Teller) -> Iterator[Fact]:
    """Yield the size; where no millimetre is known, that."""
    say = teller.tongue.say
    length, width = finding.length_mm, finding.width_mm
    if not in_millimetres(finding, report):
        yield teller.fact("size", say("finding.no_size"))
    elif length is not None:
        key = "finding.length" if width is None else "finding.size"
        text = say(key, length=length, width=width)
        yield teller.fact("size", text, value=length, unit="mm")


def distance_facts(finding: Finding, report: Report, teller: Teller) -> Iterator[Fact]:
    """Yield the distance along the duct and the straight one."""
    if not in_millimetres(finding, report):
        return
    for name, value in (
        ("path", finding.along_duct_mm),
        ("straight", finding.straight_mm),
    ):
        if value is None:
            yield teller.fact(name, teller.tongue.say("word.undetermined"))
        else:
            text = teller.tongue.say("unit.whole_mm", value=value)
            yield teller.fact(name, text, value=value, unit="mm")


def place_fact(finding: Finding, report: Report, teller: Teller) -> Fact:
    """Return side, clock, quadrant and third; unknown stays unknown."""
    say = teller.tongue.say
    parts = [words.side_words(report.laterality, teller.tongue)]
    if hour(finding.clock) is None:
        parts.append(say("place.no_clock"))
    else:
        parts.append(words.clock_words(finding.clock or "", teller.tongue))
        quarter = quadrant(finding.clock, report.laterality)
        parts.extend([say(f"quadrant.{quarter.replace(' ', '-')}")] if quarter else [])
    if finding.depth is not None:
        parts.append(say(f"third.{finding.depth}"))
    return teller.fact("place", ", ".join(parts))


def space_facts(finding: Finding, teller: Teller) -> Iterator[Fact]:
    """Yield the place in the breast without compression, if the views tell it."""
    if finding.place_3d_mm is None or finding.sigma_3d_mm is None:
        return
    say, (lateral, behind, up) = teller.tongue.say, finding.place_3d_mm
    yield teller.fact(
        "space",
        say(
            "place.space",
            lateral=abs(lateral),
            aside=say("place.outer" if lateral >= 0 else "place.inner"),
            up=abs(up),
            upward=say("place.upper" if up >= 0 else "place.lower"),
            behind=behind,
            sigma=max(finding.sigma_3d_mm),
        ),
    )


def surgeon_chapter(report: Report, tongue: Tongue) -> Chapter | None:
    """Return what an operation needs to know; None if no lesion counts."""
    targets = [
        (name_of(finding, number), finding)
        for number, finding in enumerate(report.findings, 1)
        if counts(finding) and in_millimetres(finding, report)
    ]
    if not targets:
        return None
    teller = Teller("surgeon", tongue)
    facts = [
        teller.fact("side", words.side_words(report.laterality, tongue)),
        _orifice(report, teller),
    ]
    if any(advice.action is Action.MICRODOCHECTOMY for advice in report.advice):
        names = ", ".join(name for name, _ in targets)
        facts.append(teller.fact("remove", tongue.say("surgeon.remove", name=names)))
    facts.extend(
        teller.fact("settle", tongue.sentence(reason.text), key=f"settle.{reason.rule}")
        for reason in report.contradictions
    )
    for name, finding in targets:
        facts.extend(_target(name, finding, report, tongue))
    facts.append(teller.fact("definitions", tongue.say("note.distances")))
    facts.append(teller.fact("compression", tongue.say("note.compression")))
    title = tongue.say("chapter.surgeon")
    return Chapter(key="surgeon", title=title, facts=tuple(facts))


def _orifice(report: Report, teller: Teller) -> Fact:
    say, record = teller.tongue.say, report.injection
    if record is None or record.orifice_clock is None:
        return teller.fact("orifice", say("surgeon.no_orifice"))
    parts = [words.clock_words(record.orifice_clock, teller.tongue)]
    if record.orifice_place is not None:
        parts.append(say(f"word.{record.orifice_place}"))
    if record.orifice_mm is not None:
        parts.append(say("surgeon.from_centre", value=record.orifice_mm))
    return teller.fact("orifice", ", ".join(parts))


def _target(
    name: str, finding: Finding, report: Report, tongue: Tongue
) -> Iterator[Fact]:
    """Yield where one lesion lies, as seen from the nipple."""
    teller, say = Teller(f"surgeon.{name}", tongue), tongue.say
    kind = words.kind_words(finding.kind, tongue)
    yield teller.fact("target", say("finding.title", name=name, kind=kind))
    yield from size_facts(finding, report, teller)
    yield from distance_facts(finding, report, teller)
    yield place_fact(finding, report, teller)
    yield from space_facts(finding, teller)
    for number, place in enumerate(finding.places):
        reading = report.readings[place.view]
        where = behind_nipple(reading, place)
        if where is None:
            continue
        text = say("surgeon.behind", value=where[0], view=reading.view.name)
        toward = _toward(report, place.view, where[1])
        if toward:
            aside = say(f"direction.{toward}")
            text += say("surgeon.aside", value=abs(where[1]), toward=aside)
        key = f"behind.{number + 1}"
        yield teller.fact("behind", text, key=key, value=where[0], unit="mm")


def _toward(report: Report, view: int, offset_mm: float) -> str:
    """Return the patient direction of an offset, such as "outer"; "" if unknown."""
    reading = report.readings[view]
    orientation = reading.view.orientation
    if orientation is None:
        return ""
    across = 1 if reading.scene.chest_wall in ("left", "right") else 0
    letter = orientation[across][:1]
    if offset_mm < 0:
        letter = _OPPOSITE.get(letter, "")
    return direction(letter, report.laterality)
