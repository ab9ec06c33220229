"""Draw what is bright and long, but no duct: what a segmenter must learn to leave.

All pictures are attenuation to be added to a piece of tissue, (S, S), in units of
-ln; lengths are in pixels of `pixel_mm`. Strengths and widths are assumed; soft tissue
attenuates at most 0.03 per mm more than fat at these energies (derived).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

F4 = NDArray[np.float32]
Floats = NDArray[np.float64]
Draw = Callable[[int, float, np.random.Generator], F4]

SUB = 4
"""Fractional bits of drawn points."""


def course(
    size: int, rng: np.random.Generator, *, wander: float, length: float
) -> Floats:
    """Return a smooth line (N, 2) of x and y through the piece.

    Parameters
    ----------
    wander
        Turn from one step of 4 pixels to the next, rad.
    length
        In pixels.
    """
    steps = max(4, int(length / 4))
    bend = np.convolve(rng.normal(0, wander, steps + 8), np.ones(9) / 3, "valid")
    turn = rng.uniform(0, 2 * np.pi) + np.cumsum(bend[:steps])
    way = np.cumsum(4 * np.column_stack([np.cos(turn), np.sin(turn)]), axis=0)
    middle = way[len(way) // 2]
    found: Floats = way - middle + rng.uniform(0, size, 2)
    return found


def stroke(size: int, line: Floats, wide_px: float) -> F4:
    """Return how thick a cylinder along `line` is, relative to its calibre, (S, S)."""
    picture = np.zeros((size, size), np.uint8)
    points = np.rint(line * (1 << SUB)).astype(np.int32)
    across = max(1, round(wide_px))
    # Nested strokes stand for the chord of a cylinder: 0.6 and 1 of it.
    cv2.polylines(picture, [points], False, 150, across, cv2.LINE_AA, SUB)
    if across >= 3:
        inner = max(1, round(0.75 * across))
        cv2.polylines(picture, [points], False, 255, inner, cv2.LINE_AA, SUB)
    else:
        picture = np.minimum(picture.astype(np.uint16) * 17 // 10, 255).astype(np.uint8)
    return picture.astype(np.float32) / 255


def vessels(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw blood vessels: broad, soft, forking seldom, often artery beside vein."""
    out = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        wide = rng.uniform(0.6, 3.0) / pixel_mm
        level = rng.uniform(0.012, 0.035) * wide * pixel_mm
        line = course(size, rng, wander=rng.uniform(0.01, 0.12), length=size * 1.6)
        out += level * stroke(size, line, wide)
        if rng.random() < 0.4:
            aside = rng.uniform(1.1, 2.5) * wide * np.array([1.0, -0.6])
            out += 0.8 * level * stroke(size, line + aside, 0.7 * wide)
        if rng.random() < 0.6:
            start = line[int(rng.integers(len(line)))]
            arm = course(size, rng, wander=0.06, length=size)
            out += 0.7 * level * stroke(size, arm - arm[0] + start, 0.6 * wide)
        if rng.random() < 0.12:
            _calcify(out, line, wide, rng)
    soft: F4 = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.8, 3.0))
    return soft


def _calcify(out: F4, line: Floats, wide: float, rng: np.random.Generator) -> None:
    """Set beads of chalk on both walls of a vessel."""
    across = np.gradient(line, axis=0)[:, ::-1] * [1, -1]
    across /= np.maximum(np.hypot(*across.T), 1e-6)[:, None]
    for side in (-0.5, 0.5):
        for x, y in line + side * wide * across:
            if rng.random() < 0.4:
                spot = (round(float(x)), round(float(y)))
                cv2.circle(
                    out, spot, int(rng.integers(1, 3)), rng.uniform(0.05, 0.4), -1
                )


def ligaments(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw Cooper's ligaments: thin arcs that cross one another and never fork."""
    out = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(3, 14))):
        wide = rng.uniform(0.1, 0.7) / pixel_mm
        line = course(
            size, rng, wander=rng.uniform(0.005, 0.06), length=rng.uniform(40, 400)
        )
        level = rng.uniform(0.015, 0.09)
        out += level * stroke(size, line, wide)
    soft: F4 = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 2.0))
    return soft


def spicules(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw a mass with spicules."""
    out: F4 = np.zeros((size, size), np.float32)
    x, y = rng.uniform(0, size, 2)
    radius = rng.uniform(2, 8) / pixel_mm
    for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(8, 30))):
        reach = radius * rng.uniform(1.2, 3.0)
        bend = angle + rng.normal(0, 0.15)
        at = np.linspace(0.2 * radius, reach, 20)
        mix = np.linspace(0, 1, 20)
        turn = angle * (1 - mix) + bend * mix
        line = np.column_stack([x + at * np.cos(turn), y + at * np.sin(turn)])
        out += rng.uniform(0.02, 0.08) * stroke(size, line, rng.uniform(1.5, 6))
    grid = np.mgrid[:size, :size]
    far = np.hypot(grid[1] - x, grid[0] - y) / radius
    out += rng.uniform(0.03, 0.3) * np.exp(-(far**2)).astype(np.float32)
    soft: F4 = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.6, 1.6))
    return soft


def edges(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw the edge of a muscle, a skin fold, or the shadow of a paddle."""
    grid = np.mgrid[:size, :size].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    x, y = rng.uniform(0, size, 2)
    far = (grid[1] - x) * np.cos(angle) + (grid[0] - y) * np.sin(angle)
    along = -(grid[1] - x) * np.sin(angle) + (grid[0] - y) * np.cos(angle)
    far = far + rng.normal(0, 0.0006) * along**2
    soft = rng.uniform(0.8, 8.0)
    step = 1 / (1 + np.exp(-np.clip(far / soft, -30, 30)))
    out = rng.uniform(0.03, 0.35) * step
    if rng.random() < 0.5:
        wide = rng.uniform(0.5, 4.0) / pixel_mm
        out = out * 0.3 + rng.uniform(0.03, 0.25) * np.exp(-0.5 * (far / wide) ** 2)
    return np.asarray(out, np.float32)


def objects(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw what lies on the skin or the panel: letters, a wire, rings, a grid."""
    out = np.zeros((size, size), np.float32)
    kind = rng.random()
    level = float(rng.uniform(0.2, 2.5))
    if kind < 0.35:
        text = "".join(rng.choice(list("RLCCMLO123-"), int(rng.integers(1, 6))))
        spot = tuple(int(v) for v in rng.integers(0, size, 2))
        scale, wide = float(rng.uniform(0.6, 4)), int(rng.integers(1, 12))
        drawn = np.zeros((size, size), np.uint8)
        face = int(rng.integers(0, 4))
        cv2.putText(drawn, text, spot, face, scale, 255, wide, cv2.LINE_AA)
        out += level * drawn.astype(np.float32) / 255
    elif kind < 0.6:
        line = course(size, rng, wander=rng.uniform(0, 0.012), length=size * 2)
        out += level * stroke(size, line, rng.uniform(0.3, 1.2) / pixel_mm)
    elif kind < 0.75:
        spot = tuple(int(v) for v in rng.integers(0, size, 2))
        radius = int(rng.uniform(1, 8) / pixel_mm)
        cv2.circle(out, spot, radius, level, int(rng.integers(1, 8)), cv2.LINE_AA)
    else:
        angle, pitch = rng.uniform(0, np.pi), rng.uniform(4, 40)
        grid = np.mgrid[:size, :size]
        wave = np.cos(
            2 * np.pi / pitch * (grid[1] * np.cos(angle) + grid[0] * np.sin(angle))
        )
        out += (rng.uniform(0.005, 0.05) * np.maximum(wave, 0) ** 3).astype(np.float32)
    return out


def calcifications(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw chalk: a cluster of specks, rods, or a few coarse ones."""
    out = np.zeros((size, size), np.float32)
    centre = rng.uniform(0, size, 2)
    spread = rng.uniform(1, 12) / pixel_mm
    for _ in range(int(rng.integers(2, 30))):
        x, y = centre + rng.normal(0, spread, 2)
        level = float(rng.uniform(0.04, 0.6))
        if rng.random() < 0.3:
            length = rng.uniform(0.3, 3.0) / pixel_mm
            line = course(size, rng, wander=0.02, length=max(length, 16))
            line = (line - line.mean(axis=0)) * length / max(length, 16) + [x, y]
            out += level * stroke(size, line, rng.uniform(1, 6))
        else:
            spot = (round(float(x)), round(float(y)))
            cv2.circle(out, spot, int(rng.integers(1, 5)), level, -1, cv2.LINE_AA)
    return out


def strays(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw curved lines that belong to no tree, as faint as a thin duct."""
    out = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 5))):
        line = course(
            size, rng, wander=rng.uniform(0.01, 0.15), length=rng.uniform(15, 110)
        )
        level = rng.uniform(0.02, 0.12)
        out += level * stroke(size, line, rng.uniform(0.15, 0.9) / pixel_mm)
    return out


def septa(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw the mesh between lobules of fat, or the bundles of lines under the skin.

    Lines of level of smooth noise: they wind, cross those of another noise, and
    never fork. Stretched noise gives bundles that run one way.
    """
    out = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        wide = float(np.exp(rng.uniform(np.log(0.25), np.log(1.6)))) / pixel_mm
        long = wide * float(np.exp(rng.uniform(0, np.log(10))))
        field = rng.standard_normal((size, size), dtype=np.float32)
        field = cv2.GaussianBlur(field, (0, 0), min(long, 90), sigmaY=wide)
        middle = (size / 2, size / 2)
        turn = cv2.getRotationMatrix2D(middle, float(rng.uniform(0, 360)), 1.45)
        field = cv2.warpAffine(field, turn, (size, size), borderMode=cv2.BORDER_REFLECT)
        slope = np.hypot(*np.gradient(field))
        thick = float(rng.uniform(0.5, 1.8))
        line = np.exp(-0.5 * (field / (thick * slope + 1e-6)) ** 2)
        fade = cv2.resize(
            rng.uniform(-0.6, 1.0, (7, 7)).astype(np.float32),
            (size, size),
            interpolation=cv2.INTER_CUBIC,
        )
        level = float(np.exp(rng.uniform(np.log(0.015), np.log(0.15))))
        out += level * line * np.clip(fade, 0, 1)
    return out


KINDS: tuple[tuple[Draw, float], ...] = (
    (vessels, 0.45),
    (ligaments, 0.45),
    (septa, 0.5),
    (spicules, 0.08),
    (edges, 0.2),
    (objects, 0.1),
    (calcifications, 0.2),
    (strays, 0.25),
)
"""What may be drawn, and how often where confounders are wanted (assumed)."""


def confounders(size: int, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Draw a mixture of them, (S, S)."""
    out = np.zeros((size, size), np.float32)
    for draw, chance in KINDS:
        if rng.random() < chance:
            out += draw(size, pixel_mm, rng)
    return out
