"""May contrast be injected?"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from advice_cases import presentations
from galactograph.advice import Severity, may_inject
from galactograph.advice.eligibility import GRAVEST, criteria
from galactograph.values.patient import (
    Colour,
    Discharge,
    History,
    Presentation,
    Reaction,
)

FREE = Presentation(
    age=52,
    male=False,
    discharge=Discharge(
        colour=Colour.SEROUS,
        spontaneous=True,
        orifices=1,
        bilateral=False,
        persistent=True,
        expressible=True,
    ),
    infection=False,
    palpable_mass=False,
    suspicious_imaging=False,
    history=History(
        contrast_reaction=Reaction.NONE,
        pregnant=False,
        lactating=False,
        anticoagulated=False,
        nipple_altered=False,
        breast_operated=False,
        irradiated=False,
        implant=False,
        thyroid_risk=False,
        nipple_eczema=False,
        can_consent=True,
        faints=False,
        failed_recently=False,
        recent_mammogram=True,
    ),
)
"""A patient of whom everything is known, and nothing speaks against it."""

STOPS: dict[str, tuple[dict[str, Any], ...]] = {
    # code: how it holds, how it does not, how it is not known
    "G-01": ({"colour": Colour.PURULENT}, {"colour": Colour.SEROUS}, {"colour": None}),
    "G-02": ({"infection": True}, {"infection": False}, {"infection": None}),
    "G-03": (
        {"contrast_reaction": Reaction.SEVERE},
        {"contrast_reaction": Reaction.NONE},
        {"contrast_reaction": None},
    ),
}

FIRES: list[tuple[str, dict[str, Any]]] = [
    *((code, ways[0]) for code, ways in STOPS.items()),
    ("G-04", {"contrast_reaction": Reaction.MILD}),
    ("G-04", {"contrast_reaction": Reaction.MODERATE}),
    ("G-05", {"expressible": False}),
    ("G-06", {"orifices": 3}),
    ("G-06", {"bilateral": True}),
    ("G-06", {"colour": Colour.MILKY}),
    ("G-06", {"spontaneous": False}),
    ("G-07", {"pregnant": True}),
    ("G-08", {"lactating": True}),
    ("G-08", {"lactating": True, "colour": Colour.BLOODY, "persistent": False}),
    ("G-09", {"anticoagulated": True}),
    ("G-10", {"nipple_altered": True}),
    ("G-10", {"breast_operated": True}),
    ("G-10", {"irradiated": True}),
    ("G-11", {"implant": True}),
    ("G-12", {"thyroid_risk": True}),
    ("G-13", {"palpable_mass": True}),
    ("G-13", {"suspicious_imaging": True}),
    ("G-14", {"nipple_eczema": True}),
    ("G-15", {"can_consent": False}),
    ("G-15", {"faints": True}),
    ("G-16", {"male": True}),
    ("G-17", {"failed_recently": True}),
    ("G-18", {"recent_mammogram": False}),
    ("G-19", {"age": 29}),
]

SILENT: list[tuple[str, dict[str, Any]]] = [
    ("G-03", {"contrast_reaction": Reaction.MODERATE}),
    ("G-04", {"contrast_reaction": Reaction.SEVERE}),
    ("G-06", {"orifices": 2}),
    ("G-08", {"lactating": True, "colour": Colour.BLOODY, "persistent": True}),
    ("G-19", {"age": 30}),
]


def patient(**facts: Any) -> Presentation:  # noqa: ANN401
    """Return the free patient with some facts changed, wherever they stand."""
    known = FREE
    for part, kind in (("discharge", Discharge), ("history", History)):
        names = facts.keys() & kind.__dataclass_fields__.keys()
        changed = replace(getattr(known, part), **{n: facts.pop(n) for n in names})
        known = replace(known, **{part: changed})
    return replace(known, **facts)


def raised(presentation: Presentation) -> list[str]:
    """Return the codes of the rules that hold."""
    return [o.reason.rule for o in may_inject(presentation).objections]


def test_where_everything_is_known_and_well_nothing_is_said_or_asked() -> None:
    verdict = may_inject(FREE)
    assert verdict.allowed is True
    assert verdict.objections == verdict.to_ask == ()
    assert verdict.gravest is None


@pytest.mark.parametrize("ways", list(itertools.product((0, 1, 2), repeat=len(STOPS))))
def test_any_hard_stop_refuses_in_every_combination(ways: tuple[int, ...]) -> None:
    facts: dict[str, Any] = {}
    for (_, choices), way in zip(STOPS.items(), ways, strict=True):
        facts |= choices[way]
    verdict = may_inject(patient(**facts))
    assert verdict.allowed is (False if 0 in ways else None if 2 in ways else True)
    held = {c for (c, _), way in zip(STOPS.items(), ways, strict=True) if way == 0}
    assert {o.reason.rule for o in verdict.objections} == held
    assert verdict.gravest is (Severity.STOP if held else None)


def test_the_combinations_are_of_every_stop_there_is() -> None:
    assert {c.code for c in criteria() if c.severity is Severity.STOP} == set(STOPS)


def test_nothing_else_overrides_a_stop() -> None:
    others: dict[str, Any] = {}
    for code, facts in FIRES:
        others |= {} if code in ("G-01", "G-02", "G-03", "G-04") else facts
    for ways in STOPS.values():
        assert may_inject(patient(**{**others, **ways[0]})).allowed is False
    # What is no stop leaves it to a clinician, all at once too.
    assert may_inject(patient(**{**others, "colour": Colour.SEROUS})).allowed is True


def test_pus_or_infection_stops_whatever_else_is_true() -> None:
    for presentation in presentations():
        hard = presentation.discharge.purulent or presentation.infection
        assert (may_inject(presentation).allowed is False) is bool(hard)


@pytest.mark.parametrize(("code", "facts"), FIRES)
def test_a_rule_fires_alone_and_tells_what_led_to_it(
    code: str, facts: dict[str, Any]
) -> None:
    (objection,) = may_inject(patient(**facts)).objections
    assert objection.reason.rule == code
    assert objection.reason.inputs
    assert objection.asks == ()


@pytest.mark.parametrize(("code", "facts"), SILENT)
def test_a_rule_is_silent_just_beyond_its_border(
    code: str, facts: dict[str, Any]
) -> None:
    assert code not in raised(patient(**facts))


def test_every_rule_of_the_design_is_there_and_fires_somewhere() -> None:
    codes = [rule.code for rule in criteria()]
    assert codes == [f"G-{number:02d}" for number in range(1, 20)]
    assert {code for code, _ in FIRES} == set(codes)


def test_of_a_stranger_everything_is_asked_gravest_first() -> None:
    verdict = may_inject(Presentation())
    assert verdict.allowed is None
    assert verdict.objections == ()
    assert {o.reason.rule for o in verdict.to_ask} == {c.code for c in criteria()}
    order = [GRAVEST.index(o.severity) for o in verdict.to_ask]
    assert order == sorted(order)
    assert all(o.asks for o in verdict.to_ask)


@pytest.mark.parametrize("rule", criteria(), ids=lambda rule: rule.code)
def test_a_rule_that_was_answered_is_asked_no_more(rule: Any) -> None:  # noqa: ANN401
    assert rule.code not in [o.reason.rule for o in may_inject(FREE).to_ask]
    facts = next(f for code, f in FIRES if code == rule.code)
    verdict = may_inject(patient(**facts))
    assert rule.code not in [o.reason.rule for o in verdict.to_ask]


def test_only_what_is_not_known_is_asked() -> None:
    verdict = may_inject(patient(irradiated=None))
    (question,) = verdict.to_ask
    assert question.reason.rule == "G-10"
    assert question.asks == ("whether the breast was irradiated",)


def test_no_man_is_asked_whether_he_is_pregnant() -> None:
    unknown = patient(pregnant=None, lactating=None)
    asked = {o.reason.rule for o in may_inject(unknown).to_ask}
    assert asked == {"G-07", "G-08"}
    assert may_inject(replace(unknown, male=True)).to_ask == ()


def test_an_unknown_severe_reaction_is_no_clearance() -> None:
    assert may_inject(patient(contrast_reaction=None)).allowed is None
