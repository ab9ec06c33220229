"""Share the gland out among the lobes: unequal cones that meet at the nipple.

Each lobe is a convex cone about a common apex in the nipple; together they tile the
gland. A convex territory holds the straight way between any two of its points, so
ducts that stay in theirs never cross those of another lobe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galactograph.kernels import scatter
from galactograph.values.arrays import Bools, Floats

APEX_MM = -3.5
"""Where the cones meet, along y: in the nipple, so that trunks already stand apart at
its base, where the bundle is narrowest. source: waist at the base, Rusby 2007 (found);
place assumed."""

CONCENTRATION = 2.0
"""Of the Dirichlet law of the shares.

source: largest system about 23 % of the volume, half drained by 3, three quarters by
6, Going 2004 (remembered); 2.0 comes near with 5 to 12 systems (derived)."""

REACH = 0.86
"""Relative depth that gland reaches, 1 being the skin; source: assumed."""

CHEST_MM, FRONT_MM = 8.0, 5.0
"""Fat before the chest wall, and least depth behind the nipple's base; assumed."""

GROUP, GROUP_MM = 4.0, 1.7
"""Terminal ducts in a group, and how far they stand from its middle (deviation along
each axis); source: last segments 1 to 4 mm long (assumed)."""

SAMPLES = 4000
"""Points by which volumes are measured: a share of 2 % is known to 11 %."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Territories:
    """How the gland is shared out.

    Attributes
    ----------
    axes : float64, (K, 3)
        A point belongs to the lobe whose axis has the greatest inner product with
        its place from the apex. Their lengths set the shares.
    shares : float64, (K,)
        Of the gland's volume; measured.
    middles : float64, (K, 3)
        Mean direction of each territory from the apex, unit.
    body : float64, (5,)
        What `kernels.scatter.spread` takes, mm.
    """

    axes: Floats
    shares: Floats
    middles: Floats
    body: Floats

    @property
    def apex_mm(self) -> Floats:
        """Where the cones meet."""
        return np.array([0.0, APEX_MM, 0.0])

    def lobe_of(self, points_mm: Floats) -> Floats:
        """Return the lobe of each point (N, 3) of the breast frame, (N,)."""
        found: Floats = np.argmax((points_mm - self.apex_mm) @ self.axes.T, axis=1)
        return found

    def seeds(self, lobe: int, count: int, rng: np.random.Generator) -> Floats:
        """Scatter the ends of terminal ducts through one territory, (S, 3).

        They stand in small groups, and the groups evenly: last branches are short.
        """
        middles = scatter.spread(
            rng,
            max(round(count / GROUP), 1),
            self.body,
            self.apex_mm,
            self.axes,
            lobe,
            6,
        )
        own = np.arange(count) % len(middles)
        apart = rng.normal(0, GROUP_MM, (count, 3))
        placed: Floats = middles[own] + apart
        # What would lie in another lobe, or in the fat, moves to its group's middle.
        for _ in range(4):
            out = (self.lobe_of(placed) != lobe) | ~self.holds(placed)
            apart[out] *= 0.4
            placed = middles[own] + apart
        out = (self.lobe_of(placed) != lobe) | ~self.holds(placed)
        placed[out] = middles[own[out]]
        return placed

    def holds(self, points_mm: Floats) -> Bools:
        """Tell which points (N, 3) lie in the gland, (N,)."""
        radius, depth, reach, chest, front = self.body
        x, y, z = points_mm.T
        q = (x * x + z * z) / radius**2 + (1 - y / depth) ** 2
        inside: Bools = (q < reach**2) & (y > front) & (y < depth - chest)
        return inside


def directions(count: int, rng: np.random.Generator) -> Floats:
    """Spread lobe axes evenly around the nipple: (count, 3) unit vectors.

    source: catchments do not overlap and are evenly spaced, Moffat 1996 (found);
    central ducts go deep, peripheral ones supply sectors (found).
    """
    turn = 2 * np.pi * (np.arange(count) / count + rng.uniform())
    turn += rng.normal(0, 0.25 * 2 * np.pi / count / 2, count)
    lean = np.where(
        np.arange(count) % 3 == 2, rng.uniform(5, 20, count), rng.uniform(32, 58, count)
    )
    lean = np.radians(lean)
    return np.column_stack(
        [np.sin(lean) * np.cos(turn), np.cos(lean), np.sin(lean) * np.sin(turn)]
    )


def draw_shares(
    count: int, injected: int, share: float, rng: np.random.Generator
) -> Floats:
    """Draw the share of the gland that each lobe drains, (count,); they add up to 1.

    The injected lobe drains `share` (all if it is the only one); the rest is shared
    out by a Dirichlet law, no lobe getting less than 1 %.
    """
    if count == 1:
        return np.ones(1)
    others = np.maximum(rng.dirichlet(np.full(count - 1, CONCENTRATION)), 0.01)
    shares: Floats = np.insert(others / others.sum() * (1 - share), injected, share)
    return shares


def tile(
    axes: Floats, shares: Floats, rest_mm: tuple[float, float], rng: np.random.Generator
) -> Territories:
    """Stretch the axes till each lobe drains its share of the gland.

    Parameters
    ----------
    axes
        (K, 3) unit, as of `directions`.
    shares
        (K,) wanted.
    rest_mm
        Radius and depth of the breast at rest.
    rng
        Draws the points by which volumes are measured.
    """
    body = np.array([*rest_mm, REACH, CHEST_MM, FRONT_MM])
    apex = np.array([0.0, APEX_MM, 0.0])
    inside = scatter.spread(rng, SAMPLES, body, apex, axes, -1, 1) - apex
    towards = inside / np.linalg.norm(inside, axis=1, keepdims=True)
    cosines = towards @ axes.T
    stretch = np.ones(len(axes))
    best, least = stretch, np.inf
    for turn in range(300):
        held = np.bincount(np.argmax(cosines * stretch, axis=1), minlength=len(axes))
        miss = held / SAMPLES - shares
        if np.abs(miss).max() < least:
            best, least = stretch.copy(), float(np.abs(miss).max())
        stretch *= np.exp(-0.3 * miss / (1 + turn / 60))
        stretch /= stretch.mean()
    lobes = np.argmax(cosines * best, axis=1)
    held = np.bincount(lobes, minlength=len(axes))
    middles = np.array(
        [
            towards[lobes == k].mean(axis=0) if held[k] else axes[k]
            for k in range(len(axes))
        ]
    )
    return Territories(
        axes=axes * best[:, None],
        shares=held / SAMPLES,
        middles=middles / np.linalg.norm(middles, axis=1, keepdims=True),
        body=body,
    )
