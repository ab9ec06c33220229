"""Grow one tree of ducts inside an ellipsoid.

Compiled; plain arrays in, plain arrays out. The frame is the breast's: the nipple
at the origin, y towards the chest wall, mm.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

CELL_MM = 4.0
"""Side of the cells in which grown duct is counted, so that twigs seek free room."""


@njit(cache=True)
def _depth(p: NDArray[np.float64], body: NDArray[np.float64]) -> float:
    """Return the ellipsoidal radius of a point: 0 at the chest wall, 1 at the skin."""
    x, z = p[0] / body[0], p[2] / body[0]
    y = (body[1] - p[1]) / body[1]
    return math.sqrt(x * x + y * y + z * z)


@njit(cache=True)
def _outside(p: NDArray[np.float64], body: NDArray[np.float64], most: float) -> bool:
    """Tell whether a point is too near the skin or the chest wall.

    Behind the nipple the skin is near by nature: within 5 mm of its axis all is well.
    """
    if p[1] > body[1] - 3.0:
        return True
    aside = math.sqrt(p[0] * p[0] + p[2] * p[2])
    return _depth(p, body) > most and (aside > 5.0 or p[1] > 14.0)


@njit(cache=True)
def _norm(v: NDArray[np.float64]) -> float:
    """Return the length of a vector."""
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


@njit(cache=True)
def _turned(d: NDArray[np.float64], angle: float, around: float) -> NDArray[np.float64]:
    """Turn a unit vector away by `angle`, in the plane at azimuth `around`."""
    u = np.zeros(3)
    if abs(d[1]) < 0.9:
        u[0], u[2] = d[2], -d[0]
    else:
        u[1], u[2] = -d[2], d[1]
    length = _norm(u)
    c, s = math.cos(around) / length, math.sin(around) / length
    turned = np.empty(3)
    for a in range(3):
        b, e = (a + 1) % 3, (a + 2) % 3
        across = d[b] * u[e] - d[e] * u[b]
        turned[a] = math.cos(angle) * d[a] + math.sin(angle) * (c * u[a] + s * across)
    return turned


@njit(cache=True)
def _cell(p: NDArray[np.float64], crowd: NDArray[np.float32]) -> int:
    """Return the flat index of the cell of a point."""
    half = crowd.shape[0] // 2
    i = min(max(math.floor(p[0] / CELL_MM) + half, 0), crowd.shape[0] - 1)
    j = min(max(math.floor(p[1] / CELL_MM), 0), crowd.shape[1] - 1)
    k = min(max(math.floor(p[2] / CELL_MM) + half, 0), crowd.shape[2] - 1)
    return int((i * crowd.shape[1] + j) * crowd.shape[2] + k)


@njit(cache=True)
def _appeal(
    p: NDArray[np.float64],
    d: NDArray[np.float64],
    length: float,
    home: NDArray[np.float64],
    body: NDArray[np.float64],
    crowd: NDArray[np.float32],
) -> float:
    """Say how good a direction is: free room, inside the breast, not backwards."""
    score = 0.0
    flat = crowd.reshape(-1)
    q = np.empty(3)
    for k in range(1, 5):
        for a in range(3):
            q[a] = p[a] + d[a] * (length * 0.35 * k + 1.0)
        score -= flat[_cell(q, crowd)]
        if _outside(q, body, 0.86):
            score -= 4.0 + 60.0 * (_depth(q, body) - 0.86)
        if q[1] > body[1] - 6.0 or q[1] < 4.0:
            score -= 6.0
    along, homeward = 0.0, 0.0
    for a in range(3):
        along += d[a] * p[a]
        homeward += d[a] * home[a]
    along /= _norm(p) + 1e-9
    if along < 0.35:
        score -= 25.0 * (0.35 - along)
    return score + 3.0 * homeward


@njit(cache=True)
def _angle(r0: float, r1: float, r2: float) -> float:
    """Return Murray's angle of child 1 to its parent: least work at a fork."""
    c = (r0**4 + r1**4 - r2**4) / (2.0 * r0 * r0 * r1 * r1)
    return math.acos(min(max(c, -1.0), 1.0))


@njit(cache=True)
def grow(
    rng: np.random.Generator,
    start: NDArray[np.float64],
    heading: NDArray[np.float64],
    home: NDArray[np.float64],
    body: NDArray[np.float64],
    trunk_radius: float,
    trunk_length: float,
    branch_length: float,
    murray: float,
    least_radius: float,
    curl: float,
    most: int,
    step: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Grow a dichotomous tree, widest branch first.

    Parameters
    ----------
    rng
        The source of chance.
    start, heading
        (3,) mm and unit: orifice and direction of the trunk.
    home
        (3,) unit: axis of the lobe's territory.
    body
        (2,) mm: radius at the chest wall and depth of the ellipsoid.
    trunk_radius, trunk_length
        mm.
    branch_length
        mm, of a branch as wide as the trunk; thinner ones are shorter.
    murray
        Exponent g of r0^g = r1^g + r2^g.
    least_radius
        mm; no thinner children.
    curl
        Wander of the direction, rad per root mm.
    most
        Branches wanted.
    step
        Distance between points, mm.

    Returns
    -------
    points (N, 3), parents (N,), radii (N,)
        Parents first; point 0 is the orifice.
    """
    across = 2 * int(body[0] / CELL_MM + 2)
    crowd = np.zeros((across, int(body[1] / CELL_MM) + 3, across), np.float32)
    flat = crowd.reshape(-1)
    # Room for every branch at its longest: 26 mm, or the trunk.
    longest = math.ceil(max(26.0, trunk_length) / step) + 2
    points = np.empty((most * longest + 1, 3))
    parents = np.empty(len(points), np.int32)
    radii = np.empty(len(points))
    points[0], parents[0], radii[0] = start, -1, trunk_radius
    n = 1
    # Waiting branches: node, direction, radius, length.
    node = np.zeros(2 * most + 8, np.int64)
    wish = np.zeros((2 * most + 8, 3))
    wide = np.zeros(2 * most + 8)
    long = np.zeros(2 * most + 8)
    node[0], wide[0], long[0] = 0, trunk_radius, trunk_length
    wish[0] = heading
    waiting, made = 1, 0
    d, p, bend, outward = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    while waiting > 0:
        b = 0
        for k in range(waiting):
            if wide[k] > wide[b]:
                b = k
        at, r, length = node[b], wide[b], long[b]
        waiting -= 1
        for a in range(3):
            d[a], p[a], bend[a] = wish[b, a], points[at, a], 0.0
            wish[b, a] = wish[waiting, a]
        node[b], wide[b], long[b] = node[waiting], wide[waiting], long[waiting]
        made += 1
        room = made + waiting + 2 <= most
        last = not room or r < 1.15 * least_radius
        end = max(r * 0.55, least_radius) if last else r * (1.0 - 0.07 * rng.random())
        count = max(math.ceil(length / step), 2)
        alive = True
        for s in range(count):
            q = _depth(p, body)
            aside = math.sqrt(p[0] * p[0] + p[2] * p[2])
            for a in range(3):
                outward[a] = p[a] + (6.0 + 0.3 * p[1]) * home[a]
            far = _norm(outward)
            pull = 0.010 if made > 1 else 0.004
            # Near the skin a branch turns inward.
            turn = 0.0
            if q > 0.80 and (p[1] > 14.0 or aside > 3.0):
                turn = step * 2.2 * (q - 0.80)
                deep = 0.25 * (body[1] - p[1])
                turn /= math.sqrt(aside * aside + deep * deep) + 1e-9
            ahead = 0.0
            for a in range(3):
                bend[a] = 0.93 * bend[a] + 0.37 * rng.normal(0.0, 1.0)
                out = outward[a] / far
                d[a] += curl * step * bend[a] + pull * step * (out - d[a])
                inward = 0.25 * (body[1] - p[1]) if a == 1 else -p[a]
                d[a] += turn * inward
                ahead += d[a] * out
            if p[1] > body[1] - 12.0:
                d[1] -= 0.05 * step
            speed = _norm(d)
            for a in range(3):
                d[a] /= speed
                p[a] += d[a] * (length / count)
            # A wide branch is turned by the skin; a thin one may end there.
            wall = 0.93 if r < 0.4 * trunk_radius else 0.985
            back = r < 0.4 * trunk_radius and ahead < 0.0
            if made > 1 and (back or _outside(p, body, wall)):
                alive = False
                break
            for a in range(3):
                points[n, a] = p[a]
            parents[n] = at
            radii[n] = r + (end - r) * (s + 1) / count
            at = n
            n += 1
            flat[_cell(p, crowd)] += step / 3.0
        if last or not alive:
            continue
        share = rng.uniform(0.45, 1.0)
        r0 = radii[at]
        r1 = r0 * (1.0 + share**murray) ** (-1.0 / murray)
        r2 = share * r1
        around, best = 0.0, -1e30
        a1 = _angle(r0, r1, r2) * rng.uniform(0.65, 1.05)
        a2 = _angle(r0, r2, r1) * rng.uniform(0.65, 1.05)
        if r2 < least_radius:
            # A twig too thin to grow: the branch just goes on, nearly straight.
            r2 = 0.0
            a1 *= 0.25
        l1 = branch_length * (r1 / trunk_radius) ** 0.8 * math.exp(rng.normal(0, 0.35))
        l2 = branch_length * (r2 / trunk_radius) ** 0.8 * math.exp(rng.normal(0, 0.35))
        for _ in range(8):
            trial = rng.uniform(0.0, 2.0 * math.pi)
            value = _appeal(p, _turned(d, a1, trial), l1, home, body, crowd)
            value += _appeal(p, _turned(d, a2, trial + math.pi), l2, home, body, crowd)
            if value > best:
                around, best = trial, value
        for child in range(2):
            rc = r1 if child == 0 else r2
            if rc < least_radius:
                continue
            node[waiting], wide[waiting] = at, rc
            long[waiting] = min(max(l1 if child == 0 else l2, 1.5), 26.0)
            turn = around if child == 0 else around + math.pi
            side_way = _turned(d, a1 if child == 0 else a2, turn)
            for a in range(3):
                wish[waiting, a] = side_way[a]
            waiting += 1
    return points[:n], parents[:n], radii[:n]
