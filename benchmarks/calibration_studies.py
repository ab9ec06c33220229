"""The simulated studies that confidences and causes are calibrated on.

Two sets, of seeds that serve for nothing else: one of usual technique, with every kind
of lesion; one of the design of the scorecard (doses, contrasts, vendors, looks,
densities, one view or two), in which faint pictures are as common as good ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks import scorecard_design as design
from benchmarks import scorecard_worker as varied
from benchmarks import studies
from galactograph.phantom.anatomy import Anatomy, LesionName, draw
from galactograph.seeds import stream
from galactograph.simulation import draw_patient
from galactograph.values.patient import Presentation

USUAL_SEED = 8_700_000
VARIED_SEED = 8_960_000

KINDS: tuple[tuple[LesionName, int], ...] = (
    ("normal", 30),
    ("papilloma", 30),
    ("papillomas", 12),
    ("ectasia", 12),
    ("focal-ectasia", 8),
    ("dcis", 18),
    ("invasive", 14),
    ("clot", 6),
    ("secretion", 6),
    ("air-bubbles", 8),
    ("extravasation", 6),
    ("underfilling", 4),
    ("kink", 4),
)
"""How many studies of each kind of usual technique; each spread over the whole run."""

VARIED_KINDS = {
    **design.KINDS,
    "none": 0,
    "normal": 14,
    "papilloma": 20,
    "ectasia": 12,
    "focal-ectasia": 6,
    "clot": 4,
    "secretion": 4,
}
"""Of the varied set. Where no contrast is, nothing is found that could be counted; two
ectasias in five hold debris, and debris and clots are what papillomas are taken for."""

VARIED_FACTORS = {
    **design.FACTORS,
    "contrast": (("usual", 3), ("third", 2)),
    "views": (("1", 1), ("2", 2)),
}
"""Faint pictures are where confidence goes wrong first: more of them than usual."""


EVIDENCE_USUAL_SEED = 8_981_000
EVIDENCE_VARIED_SEED = 8_982_000

EVIDENCE_KINDS: tuple[tuple[LesionName, int], ...] = (
    ("normal", 12),
    ("papilloma", 10),
    ("papillomas", 6),
    ("dcis", 4),
    ("clot", 3),
    ("secretion", 3),
    ("air-bubbles", 2),
)
EVIDENCE_VARIED_KINDS = {
    **dict.fromkeys(design.KINDS, 0),
    "normal": 14,
    "papilloma": 16,
    "papillomas": 8,
    "dcis": 6,
    "ectasia": 4,
    "invasive": 3,
    "focal-ectasia": 3,
    "clot": 3,
    "secretion": 3,
    "kink": 2,
}
"""Studies that the signs of bodies are weighed on: bodies, and ducts without any."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """One study: its name, what ails the duct, its seed, and its row if it has one."""

    name: str
    kind: str
    seed: int
    row: design.Row | None = None

    def write(self, folder: Path) -> None:
        """Simulate it and write it as DICOM with its truth beside it."""
        if self.row is not None:
            varied.make(self.row, self.seed, folder, small=False)
        else:
            studies.write(self._case(), folder)

    def presentation(self) -> Presentation:
        """Return why the patient comes."""
        if self.row is not None:
            return varied.patient(self.row, self.seed, small=False).presentation
        anatomy = Anatomy(lesion=self._case().lesion)
        build = draw(anatomy, rng=stream(self.seed, "anatomy"))
        return draw_patient(build, rng=stream(self.seed, "patient")).presentation

    def _case(self) -> studies.Case:
        kind: Any = self.kind
        return studies.Case(number=0, seed=self.seed, lesion=kind)


@cache
def every() -> tuple[Study, ...]:
    """Return all studies, those of usual technique first."""
    return (*_usual(USUAL_SEED, KINDS), *_varied(VARIED_SEED, VARIED_KINDS))


@cache
def of_evidence() -> tuple[Study, ...]:
    """Return the studies that evidence is weighed on, in turn usual and varied."""
    usual = _usual(EVIDENCE_USUAL_SEED, EVIDENCE_KINDS)
    varied = _varied(EVIDENCE_VARIED_SEED, EVIDENCE_VARIED_KINDS)
    pairs = zip_longest(varied, usual)
    return tuple(study for pair in pairs for study in pair if study is not None)


def _usual(seed: int, kinds: Sequence[tuple[LesionName, int]]) -> Iterator[Study]:
    """Yield studies of usual technique, each kind spread over the whole run."""
    spread = sorted(
        ((k + 0.5) / count, name) for name, count in kinds for k in range(count)
    )
    for n, (_, kind) in enumerate(spread):
        yield Study(name=f"{kind}-{seed + n}", kind=kind, seed=seed + n)


def _varied(seed: int, kinds: Mapping[str, int]) -> Iterator[Study]:
    """Yield studies of the design of the scorecard."""
    for row in design.draw(seed, kinds, VARIED_FACTORS):
        yield Study(name=row.name, kind=row.kind, seed=seed + row.number, row=row)


def make(folder: Path, studies: Sequence[Study]) -> None:
    """Simulate the studies that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for study in studies:
        place = folder / study.name
        if not place.exists():
            aside = folder / f".{study.seed}"
            study.write(aside)
            aside.rename(place)
