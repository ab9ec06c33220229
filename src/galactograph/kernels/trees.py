"""Grow one tree of ducts through a territory, by halving the territory.

Compiled; plain arrays in, plain arrays out. The frame is the breast's: the nipple
at the origin, y towards the chest wall, mm.

A territory is given by seeds: each is where a terminal duct will end. A branch heads
for the middle of its seeds, stops part of the way, halves them, and hands each half
to a child (as Tawhai's method grows airways). So a tree fills its territory, thins as
it goes, and no branch enters the seeds of another.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from galactograph.kernels.branches import dot, lay, lobule, parted, unit
from galactograph.kernels.halving import middle_of, split

PART_MM = 2.5
"""How far the wider child at a fork goes aside at least; the other twice that."""

LATE = 2.0
"""The taper beyond Murray's law grows with this power of the way to the tips, by order
of size; 1 is even, more spares the wide ducts."""

LAST_ANGLE = 1.9
"""Most that the way to a seed may differ from the direction of its fork, rad."""


@njit(cache=True, nogil=True)
def _longer(
    points: NDArray[np.float64],
    parents: NDArray[np.int32],
    radii: NDArray[np.float64],
    n: int,
    room: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Return copies of the first n points, with room for more."""
    p, q, r = np.empty((room, 3)), np.empty(room, np.int32), np.empty(room)
    for k in range(n):
        for a in range(3):
            p[k, a] = points[k, a]
        q[k], r[k] = parents[k], radii[k]
    return p, q, r


@njit(cache=True, nogil=True)
def grow(
    rng: np.random.Generator,
    orifice: NDArray[np.float64],
    heading: NDArray[np.float64],
    fork: NDArray[np.float64],
    home: NDArray[np.float64],
    seeds: NDArray[np.float64],
    trunk_radius: float,
    tip_radius: float,
    least_radius: float,
    murray: float,
    curl: float,
    most_angle: float,
    ductules: int,
    step: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Grow a dichotomous tree that ends at every seed.

    Parameters
    ----------
    rng
        The source of chance.
    orifice, heading
        (3,) mm and unit: where and in what direction the trunk begins.
    fork, home
        (3,) mm and unit: where and in what direction the trunk ends.
    seeds
        (S, 3) mm: ends of terminal ducts.
    trunk_radius, tip_radius
        mm; a branch that serves n seeds is trunk (n / S)^(1 / g) wide at its fork
        (Murray's law holds there) and tapers so that terminal ducts end at the tip
        radius, give or take a sixth.
    least_radius
        mm; ducts are no thinner; ductules are always thinner.
    murray
        Exponent g of r0^g = r1^g + r2^g.
    curl
        Wander of a duct, relative to its length.
    most_angle
        Most that a branch turns at a fork, rad.
    ductules
        Blind ductules in the lobule at each seed; 0 for none.
    step
        Distance between points, mm.

    Returns
    -------
    points (N, 3), parents (N,), radii (N,)
        Parents first; point 0 is the orifice.
    """
    total = len(seeds)
    seeds = seeds.copy()
    room = 4096
    points = np.empty((room, 3))
    parents = np.empty(room, np.int32)
    radii = np.empty(room)
    for a in range(3):
        points[0, a] = orifice[a]
    parents[0], radii[0] = -1, trunk_radius
    wide = 0.96 * trunk_radius
    n = lay(
        rng,
        points,
        parents,
        radii,
        1,
        0,
        heading,
        home,
        fork,
        trunk_radius,
        wide,
        0.5 * curl,
        step,
    )
    # Murray's law alone leaves terminal ducts this many times too wide.
    extra = max(wide * total ** (-1.0 / murray) / tip_radius, 1.0)
    scale = 1.0 / math.log(max(total, 2))
    # Waiting: fork, its direction, the range of seeds beyond it.
    node = np.zeros(total + 8, np.int64)
    low = np.zeros(total + 8, np.int64)
    high = np.zeros(total + 8, np.int64)
    course = np.zeros((total + 8, 3))
    node[0], low[0], high[0] = n - 1, 0, total
    for a in range(3):
        course[0, a] = home[a]
    waiting = 1
    middle, ahead, away = np.empty(3), np.empty(3), np.empty(3)
    while waiting > 0:
        waiting -= 1
        at, lo, hi = node[waiting], low[waiting], high[waiting]
        for a in range(3):
            ahead[a] = course[waiting, a]
        held = hi - lo
        cut = split(rng, seeds, lo, hi, points[at], ahead)
        for child in range(2 if cut < hi else 1):
            first, last = (lo, cut) if child == 0 else (cut, hi)
            few = last - first
            middle_of(seeds, first, last, middle)
            for a in range(3):
                away[a] = middle[a] - points[at, a]
            part = 1.0
            if few > 1:
                part = rng.uniform(0.3, 0.48) + 0.25 / math.sqrt(few)
            if few == held and few > 1:
                # No fork yet: the duct just goes on.
                part = rng.uniform(0.1, 0.2)
            # Murray's calibre at the fork; the rest is taper along the branch.
            ripe = wide * (few / total) ** (1.0 / murray)
            begin = ripe / extra ** (1.0 - scale * math.log(held)) ** LATE
            end = ripe / extra ** (1.0 - scale * math.log(few)) ** LATE
            if few == 1:
                end = min(end * math.exp(rng.normal(0.0, 0.16)), begin)
            begin, end = max(begin, least_radius), max(end, least_radius)
            length = part * math.sqrt(dot(away, away))
            length = min(max(length, 1.2, 2.4 * begin), 26.0)
            aside = 0.0
            if 1 < few < held:
                aside = min(0.35, PART_MM / length) * (2.0 if 2 * few < held else 1.0)
            # A last branch may bend back to its seed; it leaves its fork forward.
            most = max(most_angle, LAST_ANGLE) if few == 1 else most_angle
            towards = parted(unit(away), ahead, aside, most)
            leaves = parted(towards, ahead, 0.0, most_angle)
            for a in range(3):
                middle[a] = points[at, a] + length * towards[a]
                away[a] = leaves[a] + 0.45 * ahead[a]
            need = n + int(length / step) + 8 + 3 * ductules
            if need > room:
                room = 2 * need
                points, parents, radii = _longer(points, parents, radii, n, room)
            n = lay(
                rng,
                points,
                parents,
                radii,
                n,
                at,
                unit(away),
                towards,
                middle,
                begin,
                end,
                curl,
                step,
            )
            if few > 1:
                node[waiting], low[waiting], high[waiting] = n - 1, first, last
                for a in range(3):
                    course[waiting, a] = towards[a]
                waiting += 1
            elif ductules > 0:
                n = lobule(
                    rng,
                    points,
                    parents,
                    radii,
                    n,
                    n - 1,
                    towards,
                    ductules,
                    least_radius,
                )
    points, parents, radii = _longer(points, parents, radii, n, n)
    return points, parents, radii
