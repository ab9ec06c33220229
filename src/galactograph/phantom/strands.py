"""Cooper's ligaments, vessels and benign calcifications: a reader's enemies.

They are lines of low contrast that cross the ducts. Ligaments are sheets from the
skin inward, seen on edge; veins and arteries run and branch between the chest
wall and the nipple.
"""

from __future__ import annotations

import numpy as np

from galactograph.values.arrays import Floats, Ints
from galactograph.values.truth import Balls, Strands

STEP_MM = 1.2
"""Distance between points of a strand; they bend slowly. source: assumed."""

LIGAMENTS = 160
"""Loose fibres of an average breast, besides the walls of its fat lobules; assumed."""

VESSELS = 9
"""Vessels that enter from the chest wall; assumed."""


def _wander(
    start: Floats,
    heading: Floats,
    length_mm: float,
    curl: float,
    rng: np.random.Generator,
) -> Floats:
    """Walk a smooth random line: (N, 3)."""
    count = max(int(length_mm / STEP_MM), 3)
    bend = rng.normal(0, curl, (count, 3))
    for n in range(1, count):
        bend[n] = 0.85 * bend[n - 1] + 0.53 * bend[n]
    d = heading + np.cumsum(bend, axis=0) * STEP_MM
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    line: Floats = start + np.concatenate([np.zeros((1, 3)), np.cumsum(d, 0) * STEP_MM])
    return line


def _unit(v: Floats) -> Floats:
    scaled: Floats = v / (np.linalg.norm(v) + 1e-12)
    return scaled


class _Lines:
    """Gathers lines into flat arrays."""

    def __init__(self) -> None:
        self.points: list[Floats] = []
        self.parents: list[Ints] = []
        self.radii: list[Floats] = []
        self.sheet: list[Floats] = []
        self.count = 0

    def add(self, line: Floats, radii: Floats, sheet: float) -> None:
        """Add one line, its radii and how sheet-like it is."""
        n = len(line)
        self.points.append(line)
        self.parents.append(np.arange(n) + self.count - 1)
        self.parents[-1][0] = -1
        self.radii.append(np.broadcast_to(radii, n))
        self.sheet.append(np.full(n, sheet))
        self.count += n

    def strands(self) -> Strands:
        """Return all lines as one value."""
        if not self.points:
            return Strands()
        return Strands(
            points_mm=np.concatenate(self.points),
            parents=np.concatenate(self.parents),
            radii_mm=np.concatenate(self.radii),
            sheet=np.concatenate(self.sheet),
        )


def _ligaments(
    lines: _Lines, rest_mm: tuple[float, float], count: int, rng: np.random.Generator
) -> None:
    """Hang ligaments from the skin and inside the gland.

    source: 0.3 to 2 mm wide in the image (design); lengths assumed.
    """
    a, d = rest_mm
    for _ in range(count):
        v = _unit(rng.normal(size=3))
        v[1] = -abs(v[1])
        skin = rng.random() < 0.6
        q = 0.96 if skin else rng.uniform(0.3, 0.9)
        start = np.array([a * q * v[0], d + d * q * v[1], a * q * v[2]])
        if start[1] < 3:
            continue
        # Towards the gland behind the nipple, and along the duct direction deeper.
        goal = np.array([0, 0.35 * d, 0]) - start if skin else -start
        heading = _unit(_unit(goal) + 0.7 * rng.normal(size=3))
        length = float(np.clip(22 * np.exp(rng.normal(0, 0.5)), 6, 60))
        line = _wander(start, heading, length, 0.06, rng)
        width = float(np.clip(0.11 * np.exp(rng.normal(0, 0.5)), 0.05, 0.6))
        # It begins and ends as a fibre.
        along = np.linspace(0, 1, len(line))
        taper = 1.4 * np.sin(np.pi * along) ** 0.7 * (1.1 - 0.5 * along)
        lines.add(line, np.maximum(width * taper, 0.03), float(rng.uniform(1.0, 6.0)))


def _vessels(
    lines: _Lines, rest_mm: tuple[float, float], count: int, rng: np.random.Generator
) -> None:
    """Run branching vessels from the chest wall forward, mostly under the skin.

    source: veins 1 to 3 mm, arteries about 1 mm wide (remembered).
    """
    a, d = rest_mm
    for _ in range(count):
        turn, q = rng.uniform(0, 2 * np.pi), rng.uniform(0.45, 0.85)
        start = np.array([a * q * np.cos(turn), 0.97 * d, a * q * np.sin(turn)])
        waiting = [(start, np.array([0, -1.0, 0]), rng.uniform(0.35, 0.95), 0)]
        while waiting:
            at, heading, radius, level = waiting.pop()
            goal = _unit(np.array([0, 0.2 * d, 0]) - at)
            heading = _unit(heading + 0.5 * goal + 0.25 * rng.normal(size=3))
            length = rng.uniform(12, 38) * 0.75**level
            line = _wander(at, heading, length, 0.05, rng)
            tip = 0.8 * radius
            goes_on = level < 5 and tip > 0.13 and line[-1][1] > 6
            end = tip if goes_on else 0.04
            lines.add(line, np.linspace(radius, end, len(line)), 1.0)
            if goes_on:
                ahead = _unit(line[-1] - line[-3])
                for share in (0.9, rng.uniform(0.5, 0.8)):
                    side = _unit(ahead + 0.55 * rng.normal(size=3))
                    waiting.append((line[-1], side, tip * share, level + 1))


def _inside(strands: Strands, rest_mm: tuple[float, float]) -> Strands:
    """Drop points outside the breast; a line that leaves it starts anew inside."""
    a, d = rest_mm
    x, y, z = strands.points_mm.T
    q = np.sqrt((x / a) ** 2 + (z / a) ** 2 + (1 - y / d) ** 2)
    keep = (q < 0.985) & (y < 0.995 * d)
    numbers = np.where(keep, np.cumsum(keep) - 1, -1)
    parents = strands.parents[keep]
    return Strands(
        points_mm=strands.points_mm[keep],
        parents=np.where(parents >= 0, numbers[parents], -1),
        # Nothing ends with a blunt tip at the skin.
        radii_mm=np.maximum(strands.radii_mm * np.clip((0.99 - q) / 0.08, 0, 1), 0.03)[
            keep
        ],
        sheet=strands.sheet[keep],
    )


def weave(
    rest_mm: tuple[float, float], amount: float, *, rng: np.random.Generator
) -> Strands:
    """Return the ligaments and vessels of a breast at rest.

    `amount` is 1 for an average breast; the number grows with it and with area.
    """
    size = rest_mm[0] * rest_mm[1] / 67**2
    lines = _Lines()
    _ligaments(lines, rest_mm, round(LIGAMENTS * amount * size), rng)
    _vessels(lines, rest_mm, round(VESSELS * amount), rng)
    return _inside(lines.strands(), rest_mm)


def spicules(
    centre_mm: Floats, radius_mm: float, *, rng: np.random.Generator
) -> Strands:
    """Return the spicules that radiate from a carcinoma."""
    lines = _Lines()
    for _ in range(int(rng.integers(26, 44))):
        out = _unit(rng.normal(size=3))
        line = _wander(
            centre_mm + 0.6 * radius_mm * out,
            out,
            float(radius_mm * rng.uniform(0.8, 2.0)),
            0.03,
            rng,
        )
        width = rng.uniform(0.15, 0.4)
        lines.add(line, np.linspace(width, 0.06, len(line)), rng.uniform(1.0, 3.0))
    return lines.strands()


def join(first: Strands, second: Strands) -> Strands:
    """Return both as one."""
    moved = np.where(
        second.parents >= 0, second.parents + len(first.parents), second.parents
    )
    return Strands(
        points_mm=np.concatenate([first.points_mm, second.points_mm]),
        parents=np.concatenate([first.parents, moved]),
        radii_mm=np.concatenate([first.radii_mm, second.radii_mm]),
        sheet=np.concatenate([first.sheet, second.sheet]),
    )


def benign_specks(rest_mm: tuple[float, float], *, rng: np.random.Generator) -> Balls:
    """Return a few scattered benign calcifications, 0.1 to 0.8 mm wide."""
    a, d = rest_mm
    count = int(rng.poisson(4))
    spread = rng.uniform(-0.65, 0.65, (count, 3))
    return Balls(
        centres_mm=spread * [a, 0.5 * d, a] + [0, 0.5 * d, 0],
        radii_mm=np.clip(0.12 * np.exp(rng.normal(0, 0.5, count)), 0.05, 0.4),
    )
