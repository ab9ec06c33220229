"""May contrast be injected?"""

import pytest

from advice_cases import presentations
from galactograph.advice import may_inject
from galactograph.values.codes import Action
from galactograph.values.patient import Colour, Discharge, Presentation

STOP = (Action.TREAT_INFECTION, Action.NO_GALACTOGRAPHY)


def test_pus_or_infection_stops_whatever_else_is_true() -> None:
    stopped = 0
    for presentation in presentations():
        verdict = may_inject(presentation)
        hard = presentation.discharge.purulent or presentation.infection
        assert (verdict.allowed is False) is bool(hard)
        if hard:
            stopped += 1
            assert {advice.action for advice in verdict.advice} == set(STOP)
    assert stopped > 100


def test_it_is_not_known_while_pus_is_not_known() -> None:
    assert may_inject(Presentation()).allowed is None
    known = Presentation(discharge=Discharge(colour=Colour.SEROUS), infection=False)
    assert may_inject(known).allowed is True


@pytest.mark.parametrize(
    ("presentation", "rule"),
    [
        (Presentation(discharge=Discharge(orifices=3)), "G-06"),
        (Presentation(discharge=Discharge(colour=Colour.MILKY)), "G-06"),
        (Presentation(discharge=Discharge(spontaneous=False)), "G-06"),
        (Presentation(palpable_mass=True), "G-13"),
        (Presentation(male=True), "G-16"),
        (Presentation(age=29), "G-19"),
    ],
)
def test_what_speaks_against_it_is_said(presentation: Presentation, rule: str) -> None:
    reasons = [r.rule for a in may_inject(presentation).advice for r in a.reasons]
    assert rule in reasons


def test_what_nobody_told_the_software_is_left_to_ask() -> None:
    assert "G-03" in {reason.rule for reason in may_inject(Presentation()).to_ask}
