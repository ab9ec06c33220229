"""The facts of the study: why, how, how well, and what was taken for granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from galactograph.language import Tongue
from galactograph.reporting import words
from galactograph.reporting.account import Chapter, Fact, Teller
from galactograph.values.codes import Laterality
from galactograph.values.patient import Presentation
from galactograph.values.record import InjectionRecord
from galactograph.values.record_text import record_items
from galactograph.values.report import Reading, Reason, Report

_FLAGS = (
    "infection",
    "palpable_mass",
    "suspicious_imaging",
    "visible_elsewhere",
    "wishes_to_breastfeed",
    "contrast_reaction",
)


def study_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return what was read: study, side, views, program."""
    teller, made = Teller("study", tongue), report.provenance
    study = report.study_uid or tongue.say("word.not_stated")
    views = ", ".join(reading.view.name for reading in report.readings)
    facts = (
        teller.fact("side", words.side_words(report.laterality, tongue)),
        teller.fact("views", views),
        teller.fact("study", study),
        teller.fact("program", f"galactograph {made.version}"),
    )
    return _chapter("study", facts, tongue)


def indication_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return what was known before; unknown stays unknown, and never means no."""
    teller = Teller("indication", tongue)
    known = report.presentation
    if known is None:
        told = teller.plain("none", tongue.say("indication.none"))
        return _chapter("indication", (told,), tongue)
    told_discharge = _discharge(known, tongue)
    facts = []
    if told_discharge:
        facts.append(teller.fact("discharge", told_discharge))
    if known.age is not None:
        text = tongue.say("unit.years", value=known.age)
        facts.append(teller.fact("age", text, value=known.age, unit="a"))
    if known.male is not None:
        facts.append(teller.fact("sex", tongue.say(f"sex.{_yes(known.male)}")))
    open_ones = [
        tongue.say(f"label.{name}")
        for name, value in (
            ("discharge", known.discharge.colour),
            ("age", known.age),
        )
        if value is None
    ]
    for name, value in _asked(known):
        if value is not None:
            word = _yes(value) if isinstance(value, bool) else value
            facts.append(teller.fact(name, tongue.say(f"word.{word}")))
        elif name in _FLAGS:
            open_ones.append(tongue.say(f"label.{name}"))
    if open_ones:
        facts.append(teller.fact("unknown", "; ".join(open_ones)))
    return _chapter("indication", facts, tongue)


def _asked(known: Presentation) -> Iterator[tuple[str, bool | str | None]]:
    """Yield all that can be answered by yes, no or a word, and the answer."""
    for name in ("bilateral", "persistent", "expressible"):
        yield name, getattr(known.discharge, name)
    for name in _FLAGS[:-1]:
        yield name, getattr(known, name)
    for item in fields(known.history):
        yield item.name, getattr(known.history, item.name)


def _yes(value: bool) -> str:  # noqa: FBT001  the value to say
    return "yes" if value else "no"


def _discharge(known: Presentation, tongue: Tongue) -> str:
    seen = known.discharge
    parts = []
    if seen.colour is not None:
        parts.append(tongue.say(f"colour.{seen.colour}"))
    if seen.spontaneous is not None:
        parts.append(tongue.say(f"spontaneous.{_yes(seen.spontaneous)}"))
    if seen.orifices is not None:
        key = "one" if seen.orifices == 1 else "several"
        parts.append(tongue.say(f"openings.{key}", count=seen.orifices))
    return ", ".join(parts)


def technique_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return how it was made: views, scale, injection as recorded."""
    teller = Teller("technique", tongue)
    facts = []
    for number, reading in enumerate(report.readings, 1):
        view = reading.view
        parts = [tongue.say(f"role.{view.role}")]
        if view.frames > 1:
            parts.append(tongue.say("technique.slices", count=view.frames))
        if reading.scene.subtracted:
            parts.append(tongue.say("technique.subtracted"))
        parts.append(tongue.say(f"spacing.{view.image.grid.spacing_kind}"))
        text = f"{view.name}: {', '.join(parts)}"
        facts.append(teller.fact("view", text, key=f"view.{number}"))
    if report.injection is None:
        facts.append(teller.fact("injection", tongue.say("technique.no_record")))
    else:
        facts.extend(_injection(report.injection, teller))
    return _chapter("technique", facts, tongue)


def _injection(record: InjectionRecord, teller: Teller) -> Iterator[Fact]:
    """Yield the facts of the record; what nobody noted is named together."""
    say, unknown = teller.tongue.say, []
    for item in record_items(record):
        label = say(f"record.{item.name}")
        if item.value is None:
            unknown.append(label)
            continue
        number = isinstance(item.value, float | int) and not isinstance(
            item.value, bool
        )
        yield Fact(
            key=f"technique.{item.name}",
            label=label,
            text=_record_words(item.name, item.value, item.words, teller.tongue),
            value=float(str(item.value)) if number else None,
            unit=item.unit,
        )
    if unknown:
        yield teller.fact("unrecorded", "; ".join(unknown))


def _record_words(name: str, value: object, english: str, tongue: Tongue) -> str:
    """Return one value of the record in the language."""
    if isinstance(value, bool):
        return tongue.say(f"word.{_yes(value)}")
    if isinstance(value, Laterality):
        return words.side_words(value, tongue)
    role, dash, number = str(value).partition("-")
    special = {
        "orifice_clock": lambda: words.clock_words(str(value), tongue),
        "pain": lambda: tongue.say("unit.of_ten", value=value),
        "operator": lambda: tongue.say(f"word.{role}") + dash + number,
    }
    if name in special:
        return special[name]()
    key = f"word.{value}"
    return tongue.say(key) if key in tongue.texts else tongue.local(english)


def quality_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return whether each view can be read, and how much duct was traced."""
    teller = Teller("quality", tongue)
    facts = []
    for number, reading in enumerate(report.readings, 1):
        verdict = reading.adequacy
        why = " ".join(tongue.sentence(reason) for reason in verdict.reasons)
        status = tongue.say(f"adequacy.{verdict.status}")
        text = tongue.say(
            "quality.view", status=status, why=why, extent=extent(reading, tongue)
        )
        facts.append(
            teller.plain(f"{number}", " ".join(text.split()), label=reading.view.name)
        )
    return _chapter("quality", facts, tongue)


def extent(reading: Reading, tongue: Tongue) -> str:
    """Return how much duct was traced, such as "310 mm of duct in 2 trees"."""
    grid, count = reading.view.image.grid, len(reading.ducts)
    length, unit = reading.total_length_mm, "mm"
    if not grid.has_millimetres:
        length, unit = length / grid.pixel_mm, "px"
    key = "quality.tree" if count == 1 else "quality.trees"
    return tongue.say(key, length=length, unit=unit, count=count)


def contradictions_chapter(report: Report, tongue: Tongue) -> Chapter | None:
    """Return what patient, record and images say against one another, or None."""
    if not report.contradictions:
        return None
    teller = Teller("contradictions", tongue)
    facts = tuple(
        teller.plain(
            reason.rule,
            tongue.sentence(reason.text),
            source=source_words(reason, tongue),
        )
        for reason in report.contradictions
    )
    return _chapter("contradictions", facts, tongue)


def source_words(reason: Reason, tongue: Tongue) -> str:
    """Return the rule of a reason, its source, and the facts that led to it."""
    told = tongue.say("advice.source", rule=reason.rule, source=reason.source)
    if not reason.inputs:
        return told
    inputs = "; ".join(tongue.inner(fact) for fact in reason.inputs)
    return f"{told}. {tongue.say('advice.inputs', inputs=inputs)}"


def assumed_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return what was taken for granted, each with the view that it holds for."""
    own = {
        note
        for reading in report.readings
        for note in (*reading.view.notes, *reading.scene.notes)
    }
    told = [tongue.sentence(note) for note in report.notes if note not in own]
    for reading in report.readings:
        view = reading.view
        role = tongue.say(f"role.{view.role}")
        reason = tongue.sentence(view.role_reason).rstrip(".")
        why = f" ({reason})" if reason else ""
        told.append(tongue.say("assumed.role", view=view.name, role=role, why=why))
        told.extend(
            f"{view.name}: {tongue.sentence(note)}"
            for note in (*view.notes, *reading.scene.notes)
        )
    return _chapter("assumed", Teller("assumed", tongue).listed(told), tongue)


def unread_chapter(report: Report, tongue: Tongue) -> Chapter | None:
    """Return the files that could not be read; None if there are none."""
    if not report.problems:
        return None
    teller = Teller("unread", tongue)
    facts = tuple(
        teller.plain(f"{n}", tongue.sentence(problem.reason), label=problem.source)
        for n, problem in enumerate(report.problems, 1)
    )
    return _chapter("unread", facts, tongue)


def limits_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return what no reader may forget."""
    told = [tongue.say(f"limits.{name}") for name in ("research", "normal", "scale")]
    if any(r.view.image.grid.has_millimetres for r in report.readings):
        told.append(tongue.say("note.compression"))
    if report.simulated:
        told.append(tongue.say("limits.simulated"))
    return _chapter("limits", Teller("limits", tongue).listed(told), tongue)


def provenance_chapter(report: Report, tongue: Tongue) -> Chapter:
    """Return what made the report."""
    teller, made = Teller("provenance", tongue), report.provenance
    settings = ", ".join(f"{k} = {v}" for k, v in made.settings.items())
    return _chapter(
        "provenance",
        (
            teller.fact("program", f"galactograph {made.version}"),
            teller.fact("segmenter", made.segmenter),
            teller.fact("settings", settings or tongue.say("word.defaults")),
        ),
        tongue,
    )


def _chapter(key: str, facts: Iterable[Fact], tongue: Tongue) -> Chapter:
    return Chapter(key=key, title=tongue.say(f"chapter.{key}"), facts=tuple(facts))
