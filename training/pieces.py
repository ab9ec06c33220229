"""Compose training pieces: tissue, contrast, what is no duct, noise, and a look.

A piece is made as a view is: attenuation, blur, noise, then perhaps the look of a
picture made for display; and it is prepared as the reader prepares a view, by the same
functions, so that training and reading see the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.ducts.background import excess_above, noise_of
from training.bank import STEPS, Bare
from training.confounders import confounders

F4 = NDArray[np.float32]
Floats = NDArray[np.float64]

BANK_MM = 0.066
"""Pitch of the bank's pixels in the breast: 0.07 on the panel, magnified by 1.06."""

SUB = 4


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How pieces are drawn; ranges are (low, high); assumed unless said.

    Attributes
    ----------
    size
        Edge of a piece.
    margin
        Drawn around it, for the background to be made from, then cut off.
    bare_share
        Pieces without any contrast.
    confounded_share
        Of the pieces with contrast, those with confounders too; bare ones always.
    strength
        Contrast, relative to what the simulator injects; log-uniform.
    tissue
        Attenuation of the tissue, relative to the simulator's; log-uniform. Real
        parenchyma made for display stands several times higher above its noise
        (measured on two mammograms).
    noise
        Spread of -ln from pixel to pixel; 0.02 at 2700 photons a pixel (derived).
    display_share
        Pieces that look as pictures made for display.
    """

    size: int = 256
    margin: int = 64
    bare_share: float = 0.36
    confounded_share: float = 0.4
    scale: tuple[float, float] = (0.7, 1.5)
    strength: tuple[float, float] = (1 / 6, 1.1)
    tissue: tuple[float, float] = (0.5, 2.5)
    blur_px: tuple[float, float] = (0.3, 1.2)
    noise: tuple[float, float] = (0.007, 0.035)
    correlated_share: float = 0.5
    display_share: float = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """What the network sees, and what it should answer.

    Attributes
    ----------
    seen : float32, (S, S)
        See `galactograph.ducts.network.seen_by`.
    lumen, line : float32, (S, S)
        1 inside filled duct; 1 on its centreline, two pixels wide.
    weight : float32, (S, S)
        Small where a duct is too faint for anyone to see.
    """

    seen: F4
    lumen: F4
    line: F4
    weight: F4


def compose(bank: list[Bare], rng: np.random.Generator, recipe: Recipe) -> Piece:
    """Draw one piece."""
    whole = recipe.size + 2 * recipe.margin
    scale = float(np.exp(rng.uniform(*np.log(recipe.scale))))
    pixel_mm = BANK_MM / scale
    tissue_of = bank[int(rng.integers(len(bank)))]
    bare = rng.random() < recipe.bare_share
    ducts_of = tissue_of
    if not bare and rng.random() < 0.5:
        ducts_of = bank[int(rng.integers(len(bank)))]
    there = _turn(_tissue_spot(tissue_of, rng), scale, whole, rng)
    here = there
    if not bare:
        here = _turn(_duct_spot(ducts_of, rng, whole / scale), scale, whole, rng)
        if ducts_of is tissue_of:
            there = here
    tissue = _warped(tissue_of.tissue, there, whole, cv2.BORDER_REPLICATE)
    inside = tissue > 0.1
    strength = float(np.exp(rng.uniform(*np.log(recipe.strength))))
    added = np.zeros_like(tissue)
    lumen = np.zeros_like(tissue)
    line = np.zeros_like(tissue)
    if not bare:
        added = strength * _warped(ducts_of.added, here, whole) * inside
        lumen = _warped(ducts_of.lumen_mm, here, whole) * inside
        line = _drawn(ducts_of.lines, here, whole) * inside
    texture = float(np.exp(rng.uniform(*np.log(recipe.tissue))))
    picture = texture * tissue + added
    if bare or rng.random() < recipe.confounded_share:
        picture = picture + confounders(whole, pixel_mm, rng) * inside
    picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(*recipe.blur_px)))
    spread = float(np.exp(rng.uniform(*np.log(recipe.noise))))
    picture = picture + _grain(picture, spread, recipe.correlated_share, rng)
    if rng.random() < recipe.display_share:
        picture = look(picture, pixel_mm, rng)
    excess = excess_above(picture.astype(np.float32), inside, pixel_mm)
    noise = noise_of(excess, inside) * float(np.exp(rng.normal(0, 0.15)))
    signal = cv2.GaussianBlur(added, (0, 0), 1.0) / spread
    faint = np.clip(signal, 0.05, 1.0)
    cut = slice(recipe.margin, recipe.margin + recipe.size)
    full = lumen > 0.05
    return Piece(
        seen=np.arcsinh(excess[cut, cut] / (3 * noise)).astype(np.float32),
        lumen=full[cut, cut].astype(np.float32),
        line=(line[cut, cut] > 0.4).astype(np.float32),
        weight=np.where(full | (line > 0.4), faint, 1.0)[cut, cut].astype(np.float32),
    )


def _tissue_spot(bare: Bare, rng: np.random.Generator) -> Floats:
    """Choose a place in the breast, (row, column)."""
    rows, columns = bare.tissue.shape
    for _ in range(20):
        spot = rng.uniform(0, 1, 2) * [rows - 1, columns - 1]
        if bare.tissue[int(spot[0]), int(spot[1])] > 0.1 * STEPS:
            break
    found: Floats = spot
    return found


def _duct_spot(bare: Bare, rng: np.random.Generator, reach: float) -> Floats:
    """Choose a place with filled duct in sight; wide ones are as likely as thin."""
    chance = np.maximum(bare.lines[:, 4], 1.0) ** 0.7
    number = int(rng.choice(len(chance), p=chance / chance.sum()))
    found: Floats = bare.lines[number, :2] + rng.uniform(-0.3, 0.3, 2) * reach
    return found


def _turn(spot: Floats, scale: float, whole: int, rng: np.random.Generator) -> Floats:
    """Return the affine (2, 3), x and y, that brings `spot` to the middle, turned."""
    angle = rng.uniform(0, 2 * np.pi)
    mirror = 1.0 if rng.random() < 0.5 else -1.0
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[c * mirror, -s], [s * mirror, c]])
    middle = np.array([whole / 2, whole / 2])
    found: Floats = np.column_stack([turn, middle - turn @ spot[::-1]])
    return found


def _warped(
    picture: NDArray[np.uint16],
    turn: Floats,
    whole: int,
    border: int = cv2.BORDER_CONSTANT,
) -> F4:
    """Turn the part of a picture that is needed, (whole, whole)."""
    back = cv2.invertAffineTransform(turn)
    corners = np.array([[0, 0, 1], [whole, 0, 1], [0, whole, 1], [whole, whole, 1]])
    places = corners @ back.T
    rows, columns = picture.shape
    low = np.clip(
        np.floor(places.min(axis=0)).astype(int) - 2, 0, [columns - 2, rows - 2]
    )
    high = np.clip(
        np.ceil(places.max(axis=0)).astype(int) + 3, low + 2, [columns, rows]
    )
    part = picture[low[1] : high[1], low[0] : high[0]]
    shifted = turn.copy()
    shifted[:, 2] += turn[:, :2] @ low
    turned = cv2.warpAffine(
        part, shifted, (whole, whole), flags=cv2.INTER_LINEAR, borderMode=border
    )
    value: F4 = turned.astype(np.float32) * np.float32(1 / STEPS)
    return value


def _drawn(lines: F4, turn: Floats, whole: int) -> F4:
    """Draw the centrelines, two pixels wide, (whole, whole)."""
    picture = np.zeros((whole, whole), np.uint8)
    first = lines[:, 1::-1] @ turn[:, :2].T + turn[:, 2]
    last = lines[:, 3:1:-1] @ turn[:, :2].T + turn[:, 2]
    both = np.stack([first, last], axis=1)
    near = np.all((both.max(axis=1) > -20) & (both.min(axis=1) < whole + 20), axis=1)
    points = np.rint(both[near] * (1 << SUB)).astype(np.int32)
    if len(points):
        cv2.polylines(picture, list(points), False, 255, 2, cv2.LINE_AA, SUB)
    return picture.astype(np.float32) / 255


def _grain(
    picture: F4, spread: float, correlated_share: float, rng: np.random.Generator
) -> F4:
    """Return noise: stronger behind more, of one pixel or of several."""
    grain = rng.standard_normal(picture.shape, dtype=np.float32)
    if rng.random() < correlated_share:
        wide = float(rng.uniform(0.4, 1.0))
        grain = cv2.GaussianBlur(grain, (0, 0), wide)
        grain /= max(float(grain.std()), 1e-6)
    # Photons fall as exp(-picture): the spread of their logarithm grows as its root.
    behind = np.exp(np.clip((picture - np.median(picture)) / 2, -1, 1.5))
    noise: F4 = np.float32(spread) * grain * behind.astype(np.float32)
    return noise


def look(picture: F4, pixel_mm: float, rng: np.random.Generator) -> F4:
    """Make the picture look as one for display: edges, tones, smoothing, greys."""
    out = picture
    if rng.random() < 0.7:
        wide = float(np.exp(rng.uniform(np.log(0.15), np.log(4)))) / pixel_mm
        soft = _blurred(out, wide)
        out = out + float(rng.uniform(0.2, 1.5)) * (out - soft)
    if rng.random() < 0.3:
        soft = _blurred(out, 3 / pixel_mm)
        rough = _blurred((out - soft) ** 2, 3 / pixel_mm)
        power = float(rng.uniform(0.2, 0.7))
        out = soft + (out - soft) * (0.06 / np.sqrt(rough + 2e-4)) ** power
    if rng.random() < 0.3:
        out = cv2.bilateralFilter(out.astype(np.float32), 5, 0.04, 1.2)
    low, high = np.percentile(out, [1, 99.5])
    grey = np.clip((out - low) / max(float(high - low), 1e-3), 0, None)
    knee = float(rng.uniform(0.6, 1.2))
    room = float(rng.uniform(0.15, 0.6))
    above = np.maximum(grey - knee, 0)
    grey = np.where(grey < knee, grey, knee + room * (1 - np.exp(-above / room)))
    grey = grey ** float(rng.uniform(0.7, 1.5))
    if rng.random() < 0.2:
        grey = np.rint(grey * 255) / 255
    return grey.astype(np.float32)


def _blurred(picture: F4, wide_px: float) -> F4:
    """Blur; a wide blur on a small grid, which loses nothing and costs little."""
    factor = 4 if wide_px > 8 else 1
    size = (picture.shape[1] // factor, picture.shape[0] // factor)
    small = picture
    if factor > 1:
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), wide_px / factor)
    if factor > 1:
        soft = cv2.resize(soft, picture.shape[::-1], interpolation=cv2.INTER_LINEAR)
    blurred: F4 = soft
    return blurred
