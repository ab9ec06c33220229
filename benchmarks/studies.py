"""Which simulated studies the program is measured on, and how they are made.

Seeds from 9 060 000 on are for evaluation alone: nobody looks at them while tuning.
Trials of the benchmark itself use the block of `TRIAL_SEED`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from galactograph.phantom.anatomy import Anatomy, LesionName, draw
from galactograph.seeds import stream
from galactograph.simulation import draw_patient, draw_procedure, simulate
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.truth import Simulation

EVALUATION_SEED = 9_067_000
TRIAL_SEED = 9_070_000

KINDS: tuple[tuple[LesionName | None, int], ...] = (
    ("papilloma", 22),
    ("normal", 14),
    (None, 8),
    ("ectasia", 5),
    ("dcis", 4),
    ("invasive", 3),
    ("air-bubbles", 2),
    ("extravasation", 2),
)
"""How many studies of each kind; None is a study without contrast.

Papillomas are the commonest cause of discharge, and the defects to be found.
"""

QUICK: tuple[LesionName | None, ...] = (
    "normal",
    "papilloma",
    None,
    "ectasia",
    "papilloma",
    "dcis",
)
"""The studies of a quick run: small breasts on a small panel, to try the benchmark."""

QUICK_MM = 0.1
"""Pixel of the small panel."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One study to make: its number, seed, lesion (None: no contrast), and size."""

    number: int
    seed: int
    lesion: LesionName | None
    small: bool = False

    @property
    def name(self) -> str:
        """Such as "study-07"."""
        return f"{'quick' if self.small else 'study'}-{self.number:02d}"


def cases(*, quick: bool = False, seed: int | None = None) -> tuple[Case, ...]:
    """List the studies to make; a quick run has six small ones of trial seeds."""
    if quick:
        first = TRIAL_SEED if seed is None else seed
        return tuple(
            Case(number=n, seed=first + n, lesion=lesion, small=True)
            for n, lesion in enumerate(QUICK)
        )
    first = EVALUATION_SEED if seed is None else seed
    wanted = [lesion for lesion, count in KINDS for _ in range(count)]
    # Mixed, so that any first few studies hold a bit of everything.
    order = stream(first, "order").permutation(len(wanted))
    return tuple(
        Case(number=n, seed=first + n, lesion=wanted[k]) for n, k in enumerate(order)
    )


def make(case: Case) -> Simulation:
    """Simulate one study: CC before and after contrast, ML after."""
    anatomy = Anatomy(lesion=case.lesion)
    if case.small:
        anatomy = replace(anatomy, depth_mm=55.0, radius_mm=50.0, branches=60, lobes=3)
    build = draw(anatomy, rng=stream(case.seed, "anatomy"))
    patient = draw_patient(build, rng=stream(case.seed, "patient"))
    procedure = draw_procedure(build, patient, stream(case.seed, "procedure"))
    if case.small:
        shot = Exposure(rows=1120, columns=720, pixel_mm=QUICK_MM)
        shots = (shot, replace(shot, position=ViewPosition.ML))
        procedure = replace(procedure, exposures=shots)
    if case.lesion is None:
        injection = replace(procedure.injection, iodine_mg_ml=0.0)
        procedure = replace(procedure, injection=injection)
    return simulate(
        seed=case.seed, patient=patient, procedure=procedure, anatomy=anatomy
    )


def write(case: Case, folder: Path) -> None:
    """Make one study and write it as DICOM with its truth beside it."""
    from galactograph.examples import write_study

    write_study(make(case), folder)
