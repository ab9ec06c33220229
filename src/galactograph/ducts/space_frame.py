"""Say where the pixels of one view lie in the breast: behind the nipple, and across.

The breast frame has its origin at the base of the nipple: x lateral, y toward the chest
wall, z cranial, in mm, at rest. A view knows y, and one mixture of x and z: across the
picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from galactograph.ducts.space_compression import (
    SOURCE_MM,
    USUAL_THICKNESS_MM,
    Pressing,
)
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.report import Edge, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an outline is read."""

    beside_mm: tuple[float, float] = (9.0, 25.0)
    """Skin on both sides of the nipple, from which its base is told. Nipples are 11 to
    14 mm wide (found, Taneri06, Rusby07b); the outer bound is assumed."""
    longest_nipple_mm: float = 16.0
    """Nipples are 8 to 12 mm long (remembered), with a margin (assumed)."""
    oblique_deg: float = 45.0
    """Angle of an oblique view that does not tell it (remembered: 40 to 60)."""
    least_part_mm: float = 20.0
    """Less of an outline than this on a side says nothing of its width (assumed)."""
    spread: float = 0.55
    """Share of the way of the outermost slices by which a stack shows the skin too far
    out. source: depths in 9 views of 7 simulated dev stacks were told 0.3 to 5.4 mm too
    great: 0.54 of that way in three women, 0.57 in four (measured)"""
    flanks: tuple[float, ...] = (1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.2, 2.5)
    """Exponents tried: from nearly straight flanks to nearly square ones (assumed)."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where one view lies in the breast.

    Attributes
    ----------
    view
        Place of the view in the report.
    base
        Row and column of the nipple's base.
    spacing_mm
        Of rows and of columns.
    edge
        Where the chest wall is.
    axis
        Direction of growing `across` in (patient's left, cranial), a unit vector; None
        if the file does not tell how the image lies.
    beam
        Direction toward the source, in the same terms; None if it is not known.
    pressing
        None if the outline is not seen.
    nipple_sigma_mm
        Standard error of the nipple in the picture.
    """

    view: int
    base: tuple[float, float]
    spacing_mm: tuple[float, float]
    edge: Edge
    axis: tuple[float, float] | None
    pressing: Pressing | None
    nipple_sigma_mm: float
    beam: tuple[float, float] | None = None

    def picture(self, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
        """Return (behind, across) in mm of the picture; across grows with rows."""
        down = (np.asarray(rows, float) - self.base[0]) * self.spacing_mm[0]
        right = (np.asarray(columns, float) - self.base[1]) * self.spacing_mm[1]
        turned: dict[Edge, tuple[Floats, Floats]] = {
            "left": (-right, down),
            "right": (right, down),
            "top": (-down, right),
            "bottom": (down, right),
        }
        return turned[self.edge]

    def rest(self, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
        """Return (behind, across) in mm at rest."""
        behind, across = self.picture(rows, columns)
        if self.pressing is None:
            return behind, across
        return self.pressing.relax(behind, across)

    def parallax(
        self, behind_mm: Floats, across_mm: Floats, left_mm: Floats, up_mm: Floats
    ) -> tuple[Floats, Floats]:
        """Return what to add to (behind, across) where the third is known.

        Nothing where the file does not tell how the breast was pressed, or from where.
        """
        if self.pressing is None or self.beam is None:
            return np.zeros_like(left_mm), np.zeros_like(left_mm)
        toward = self.beam[0] * left_mm + self.beam[1] * up_mm
        return self.pressing.parallax(behind_mm, across_mm, toward)

    def pixel(self, behind_mm: Floats, across_mm: Floats) -> tuple[Floats, Floats]:
        """Return row and column of a place at rest: `rest` undone."""
        behind, across = np.asarray(behind_mm, float), np.asarray(across_mm, float)
        if self.pressing is not None:
            behind, across = self.pressing.press(behind, across)
        down, right = {
            "left": (across, -behind),
            "right": (across, behind),
            "top": (-behind, across),
            "bottom": (behind, across),
        }[self.edge]
        return (
            self.base[0] + down / self.spacing_mm[0],
            self.base[1] + right / self.spacing_mm[1],
        )


def frame_of(reading: Reading, settings: Settings | None = None) -> Frame | None:
    """Return the frame of a view; None without a nipple or without millimetres."""
    settings = settings or Settings()
    nipple, grid = reading.scene.nipple, reading.view.image.grid
    if nipple is None or not grid.has_millimetres:
        return None
    tip = Frame(
        view=reading.index,
        base=(nipple.row, nipple.column),
        spacing_mm=grid.spacing_mm,
        edge=reading.scene.chest_wall,
        axis=_axis(reading, settings),
        pressing=None,
        nipple_sigma_mm=_nipple_sigma_mm(nipple.confidence),
        beam=_beam(reading, settings),
    )
    outline = _outline(reading, tip, settings)
    if outline is None:
        return tip
    length, half, deep, flank = outline
    out = _spread_mm(reading, deep, settings)
    deep -= out
    row, column = tip.pixel(np.asarray(length + out), np.asarray(0.0))
    pressing = Pressing(
        half_mm=half,
        deep_mm=deep,
        thickness_mm=reading.view.thickness_mm or USUAL_THICKNESS_MM,
        flank=flank,
    )
    return replace(tip, base=(float(row), float(column)), pressing=pressing)


def _spread_mm(reading: Reading, deep_mm: float, settings: Settings) -> float:
    """Return how much too far out the maximum over slices shows the skin, mm.

    The rim of the breast lies half way up; slices above and below show it out of
    focus, moved along the rays that fan out from above the chest wall.
    """
    if reading.view.frames == 1:
        return 0.0
    half_up = (reading.view.thickness_mm or USUAL_THICKNESS_MM) / 2
    return settings.spread * deep_mm * half_up / (SOURCE_MM - half_up)


def _nipple_sigma_mm(confidence: float) -> float:
    """Return how far the nipple may lie off: 1 mm where it stands out, 6 mm if not.

    source: 6 to 7 mm mean error without a sign of it, Casti13, Mendez96 (found); 1 mm
    where it shows (measured on simulated dev studies, with a margin).
    """
    return float(np.interp(confidence, [0.35, 0.9], [6.0, 1.0]))


def _outline(
    reading: Reading, tip: Frame, settings: Settings
) -> tuple[float, float, float, float] | None:
    """Return nipple length, half-width, depth and flank in the picture, or None."""
    skin = reading.scene.skin
    if len(skin) < 20:
        return None
    behind, across = tip.picture(skin[:, 0], skin[:, 1])
    wall = _to_wall_mm(reading, tip)
    near, far = settings.beside_mm
    beside = (np.abs(across) > near) & (np.abs(across) < far)
    length = 0.0
    if min((across[beside] < 0).sum(), (across[beside] > 0).sum()) >= 5:
        fit = np.polyfit(across[beside], behind[beside], 2)
        length = float(np.clip(fit[2], 0, settings.longest_nipple_mm))
    deep = wall - length
    if deep < settings.least_part_mm:
        return None
    shape = _flanks(behind - length, across, deep, settings)
    return None if shape is None else (length, shape[0], deep, shape[1])


def _flanks(
    behind: Floats, across: Floats, deep_mm: float, settings: Settings
) -> tuple[float, float] | None:
    """Return half-width at the chest wall and flank of the nearest superellipse.

    Each side of the nipple is fitted by itself; a side that is much wider than the
    other (as where the axilla or the abdomen comes in) is not averaged in.
    """
    level = 1 - behind / deep_mm
    fits = []
    for side in (across < 0, across > 0):
        # Near the wall folds and the arm come in.
        part = side & (level > 0.15) & (level < 0.97)
        if part.sum() < 10 or np.ptp(across[part]) < settings.least_part_mm:
            continue
        fits.append(_fit(level[part], np.abs(across[part]), settings.flanks))
    if not fits:
        return None
    least, most = min(fits), max(fits)
    if most[0] > 1.4 * least[0]:
        return least
    return float(np.mean([f[0] for f in fits])), float(np.mean([f[1] for f in fits]))


def _fit(
    level: Floats, across: Floats, flanks: tuple[float, ...]
) -> tuple[float, float]:
    """Return half-width and flank: for each flank the width is a median."""
    best = (np.inf, 0.0, 2.0)
    for flank in flanks:
        out = (1 - level**flank) ** (1 / flank)
        half = float(np.median(across / out))
        off = float(np.mean(np.abs(across - half * out)))
        best = min(best, (off, half, flank))
    return best[1], best[2]


def _to_wall_mm(reading: Reading, tip: Frame) -> float:
    """Return the distance from the nipple to the image edge at the chest wall."""
    rows, columns = reading.view.image.pixels.shape
    corners = np.array([[-0.5, -0.5], [rows - 0.5, columns - 0.5]])
    return float(tip.picture(corners[:, 0], corners[:, 1])[0].max())


_STRAIGHT = {"CC": 0.0, "XCCL": 0.0, "XCCM": 0.0, "ML": 90.0, "LM": 90.0}
_OBLIQUE = {"MLO", "LMO"}


def _axis(reading: Reading, settings: Settings) -> tuple[float, float] | None:
    """Return the direction of growing rows (or columns) in (left, cranial)."""
    view = reading.view
    if view.orientation is None or view.position is None:
        return None
    across = view.orientation[1 if reading.scene.chest_wall in ("left", "right") else 0]
    left = ("L" in across) - ("R" in across)
    up = ("H" in across) - ("F" in across)
    if view.position in _STRAIGHT:
        # A straight view may be written with a second letter that means little.
        flat = _STRAIGHT[view.position] == 0
        if flat:
            return (float(left), 0.0) if left else None
        return (0.0, float(up)) if up else None
    if view.position not in _OBLIQUE or not up:
        return None
    if not left:
        if view.laterality not in (Laterality.LEFT, Laterality.RIGHT):
            return None
        # Obliques show the axilla above: up goes with lateral.
        left = up if view.laterality is Laterality.LEFT else -up
    angle = np.radians(_angle_deg(view.angle_deg, settings))
    return float(left * np.cos(angle)), float(up * np.sin(angle))


def _beam(reading: Reading, settings: Settings) -> tuple[float, float] | None:
    """Return the direction toward the source in (left, cranial)."""
    view = reading.view
    if view.position in _STRAIGHT and _STRAIGHT[view.position] == 0:
        return 0.0, 1.0
    if view.laterality not in (Laterality.LEFT, Laterality.RIGHT):
        return None
    lateral = 1.0 if view.laterality is Laterality.LEFT else -1.0
    if view.position in ("ML", "LM"):
        return (-lateral if view.position == "ML" else lateral), 0.0
    if view.position in _OBLIQUE:
        # Of an MLO the source is medial and above, of an LMO opposite to it.
        turn = np.radians(_angle_deg(view.angle_deg, settings))
        sign = 1.0 if view.position == "MLO" else -1.0
        return float(-sign * lateral * np.sin(turn)), float(sign * np.cos(turn))
    return None


def _angle_deg(stated: float | None, settings: Settings) -> float:
    """Return the angle of an oblique view, in 20..80; the usual one if it cannot be."""
    if stated is None:
        return settings.oblique_deg
    folded = abs(stated) if abs(stated) <= 90 else 180 - abs(stated)
    return folded if 20 <= folded <= 80 else settings.oblique_deg
