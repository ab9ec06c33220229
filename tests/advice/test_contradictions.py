"""What cannot be true at once is shown, with the inputs that contradict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from advice_cases import finding, reading
from galactograph.advice import assess, contradictions
from galactograph.advice.contradictions import conflicts
from galactograph.values.codes import Adequacy, FindingKind, Laterality
from galactograph.values.patient import (
    Colour,
    Discharge,
    History,
    Presentation,
    Reaction,
)
from galactograph.values.record import InjectionRecord
from galactograph.values.report import Assessment, Finding, Reason

DEFECT = finding(FindingKind.FILLING_DEFECT)
LEAK = finding(FindingKind.EXTRAVASATION)
RECORD = InjectionRecord(
    laterality=Laterality.LEFT, volume_ml=0.3, extravasation=False, reflux=False
)
PATIENT: dict[str, Any] = {
    "laterality": Laterality.LEFT,
    "discharge": Discharge(colour=Colour.SEROUS, orifices=1),
    "infection": False,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A study of a left breast, in which all goes together unless it is changed."""

    patient: dict[str, Any] = field(default_factory=dict)
    record: InjectionRecord | None = RECORD
    findings: tuple[Finding, ...] = (DEFECT,)
    status: Adequacy = Adequacy.ADEQUATE
    level: str = ""
    side: Laterality | None = Laterality.LEFT

    def told(self) -> tuple[Reason, ...]:
        """Return what contradicts."""
        readings = [reading(self.status)]
        assessment = assess(readings, self.findings)
        if self.level:
            assessment = Assessment(level=self.level, text="")
        return contradictions(
            Presentation(**{**PATIENT, **self.patient}),
            self.record,
            readings,
            self.findings,
            assessment,
            laterality=self.side,
        )


RIGHT = Laterality.RIGHT
SEVERE = History(contrast_reaction=Reaction.SEVERE)
CASES: list[tuple[str, Case, str]] = [
    ("GC01", Case(patient={"discharge": Discharge(orifices=2)}), "openings"),
    (
        "GC01",
        Case(patient={"discharge": Discharge(orifices=2)}, record=None),
        "injected: yes",
    ),
    ("GC02", Case(side=RIGHT, record=None), "side of the images: right"),
    ("GC03", Case(side=RIGHT, patient={"laterality": None}), "record: left"),
    ("GC04", Case(patient={"laterality": RIGHT}, side=None), "data: right"),
    ("GC05", Case(level="DG1"), "assessment level DG1"),
    ("GC06", Case(patient={"palpable_mass": True}, findings=()), "palpable mass"),
    ("GC06", Case(patient={"suspicious_imaging": True}, findings=()), "imaging"),
    ("GC06", Case(patient={"visible_elsewhere": True}, findings=()), "MRI"),
    (
        "GC07",
        Case(patient={"male": True, "history": History(pregnant=True)}),
        "pregnancy: yes",
    ),
    ("GC08", Case(findings=(DEFECT, LEAK)), "extravasation, by the record: no"),
    ("GC09", Case(patient={"infection": True}), "infection of the breast: yes"),
    (
        "GC09",
        Case(patient={"discharge": Discharge(colour=Colour.PURULENT)}),
        "pus in the discharge: yes",
    ),
    ("GC09", Case(patient={"history": SEVERE}), "severe"),
    ("GC10", Case(record=InjectionRecord(volume_ml=0.0)), "by the record: no"),
    ("GC11", Case(findings=(), status=Adequacy.NO_CONTRAST), "seen in the ducts: no"),
]


def test_where_all_goes_together_nothing_is_said() -> None:
    assert Case().told() == ()


@pytest.mark.parametrize(("code", "case", "words"), CASES)
def test_a_contradiction_is_told_alone_with_its_inputs(
    code: str, case: Case, words: str
) -> None:
    (reason,) = case.told()
    assert reason.rule == code
    assert any(words in told for told in reason.inputs)


def test_every_rule_of_contradiction_fires_somewhere() -> None:
    assert {code for code, _, _ in CASES} == {rule.code for rule in conflicts()}


def test_what_is_not_known_contradicts_nothing() -> None:
    bare = {"laterality": None, "discharge": Discharge(), "infection": None}
    case = Case(patient=bare, record=None, findings=(DEFECT, LEAK), side=None)
    assert case.told() == ()
