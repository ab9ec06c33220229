"""Which studies the scorecard is made of: a covering table, drawn once, kept as data.

    python -m benchmarks.scorecard_design     draw the table again (the same one)

Rows are drawn so that every two levels of any two factors meet in some study, as far
as there are studies of a kind (greedy covering array; Cohen 1997: remembered).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from galactograph.seeds import stream

TABLE = Path(__file__).with_suffix(".csv")
SEED = 9_076_000
"""Of the table, and of the first study. Nobody looks at these studies while tuning."""

TRIAL_SEED = 9_070_000
"""Studies to try the benchmark with."""

KINDS = {
    "papilloma": 16,
    "normal": 10,
    "none": 6,
    "papillomas": 6,
    "dcis": 6,
    "ectasia": 5,
    "invasive": 5,
    "focal-ectasia": 4,
    "extravasation": 3,
    "air-bubbles": 3,
    "clot": 2,
    "secretion": 2,
    "kink": 2,
    "underfilling": 2,
}
"""Radiographs by what ails the duct; "none" is without contrast. Papillomas are the
commonest cause of discharge, and the defects to be found."""

FACTORS: dict[str, tuple[tuple[str, int], ...]] = {
    "vendor": (
        ("generic", 1),
        ("hologic", 1),
        ("ge", 1),
        ("siemens", 1),
        ("fuji", 1),
    ),
    "look": (("processing", 3), ("presentation", 1)),
    "density": (("a", 1), ("b", 1), ("c", 1), ("d", 1)),
    "dose": (("half", 1), ("usual", 2), ("double", 1)),
    "scout": (("yes", 1), ("no", 1)),
    "views": (("1", 1), ("2", 1)),
    "contrast": (("usual", 4), ("third", 1)),
}
"""Levels of each factor, and how often each is wanted."""

DENSITIES = {"a": 0.08, "b": 0.15, "c": 0.25, "d": 0.40}
"""Glandular fraction by volume. source: 80 % of women under 0.27, 95 % under 0.45,
Yaffe 2009 (found); the steps are assumed"""

DOSES = {"half": 0.5, "usual": 1.0, "double": 2.0}
"""Times the mAs that exposure control would choose (assumed)."""

DILUTION = 1 / 3
"""Iodine of a study with a third of the contrast."""

PAPILLOMA_MM = (0.6, 0.8, 0.9, 1.1, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.5, 8.0)
"""Sizes of papillomas, in turn: small ones are what is hard (assumed)."""

SWEEPS = (
    ("papilloma", "tomosynthesis-hologic", "b", "2", 3.0),
    ("papilloma", "tomosynthesis-siemens", "c", "1", 1.5),
    ("papilloma", "tomosynthesis-ge", "d", "2", 2.0),
    ("normal", "tomosynthesis-hologic", "c", "1", None),
    ("dcis", "tomosynthesis-fuji", "b", "1", None),
    ("invasive", "tomosynthesis-ims", "a", "1", None),
    ("ectasia", "tomosynthesis-ge", "a", "1", None),
    ("none", "tomosynthesis-siemens", "d", "1", None),
)
"""Studies of tomosynthesis: kind, machine, density, views, size."""

CANDIDATES = 300
"""Rows drawn, of which the one that covers most is taken."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One study of the table: its levels, and a size in mm where one is set."""

    number: int
    kind: str
    modality: str
    vendor: str
    look: str
    density: str
    dose: str
    scout: str
    views: str
    contrast: str
    size_mm: float | None = None

    @property
    def name(self) -> str:
        """Such as "07-papilloma"."""
        return f"{self.number:02d}-{self.kind}"


def table(path: Path = TABLE) -> tuple[Row, ...]:
    """Return the table as it is kept."""
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


def _row(kept: Mapping[str, str]) -> Row:
    told: dict[str, Any] = dict(kept)
    told["number"] = int(kept["number"])
    told["size_mm"] = float(kept["size_mm"]) if kept["size_mm"] else None
    return Row(**told)


Factors = Mapping[str, tuple[tuple[str, int], ...]]
"""Levels of each factor, and how often each is wanted."""


def draw(
    seed: int = SEED,
    counts: Mapping[str, int] = KINDS,
    factors: Factors = FACTORS,
) -> tuple[Row, ...]:
    """Draw a table of so many studies of each kind, and of those of tomosynthesis."""
    rng = stream(seed, "design")
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    covered: set[tuple[tuple[str, str], ...]] = set()
    used: dict[tuple[str, str], float] = {}
    rows: list[Row] = []
    for number, k in enumerate(rng.permutation(len(kinds))):
        kind = kinds[k]
        levels = _best(kind, factors, covered, used, rng)
        covered |= _pairs(kind, levels)
        for name, level in levels.items():
            used[name, level] = used.get((name, level), 0) + 1
        rows.append(
            Row(
                number=number,
                kind=kind,
                modality="radiograph",
                size_mm=_size(kind, [row.kind for row in rows]),
                **levels,
            )
        )
    for kind, modality, density, views, size in SWEEPS:
        rows.append(
            Row(
                number=len(rows),
                kind=kind,
                modality=modality,
                vendor="",
                look="processing",
                density=density,
                dose="usual",
                scout="no",
                views=views,
                contrast="usual",
                size_mm=size,
            )
        )
    return tuple(rows)


def _size(kind: str, before: list[str]) -> float | None:
    if kind != "papilloma":
        return None
    return PAPILLOMA_MM[before.count("papilloma") * 5 % len(PAPILLOMA_MM)]


def _pairs(kind: str, levels: dict[str, str]) -> set[tuple[tuple[str, str], ...]]:
    return set(combinations((("kind", kind), *levels.items()), 2))


def _best(
    kind: str,
    factors: Factors,
    covered: set[tuple[tuple[str, str], ...]],
    used: dict[tuple[str, str], float],
    rng: np.random.Generator,
) -> dict[str, str]:
    """Return the levels, of some drawn, that bring most that is new and rare."""
    best, most = {}, (-1.0, 0.0)
    for _ in range(CANDIDATES):
        levels = {}
        for name, choices in factors.items():
            weights = np.array([weight for _, weight in choices], float)
            levels[name] = choices[rng.choice(len(choices), p=weights / weights.sum())][
                0
            ]
        if kind == "none" and levels["contrast"] != "usual":
            continue
        fresh = float(len(_pairs(kind, levels) - covered))
        rare = -sum(
            used.get((name, level), 0) / dict(factors[name])[level]
            for name, level in levels.items()
        )
        if (fresh, rare) > most:
            best, most = levels, (fresh, rare)
    return best


def main() -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)])
        writer.writeheader()
        for row in draw():
            values = asdict(row)
            values["size_mm"] = "" if row.size_mm is None else row.size_mm
            writer.writerow(values)


if __name__ == "__main__":
    main()
