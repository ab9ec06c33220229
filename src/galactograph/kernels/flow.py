"""Fill a tree of elastic tubes through its root: one time step after another.

Compiled; plain arrays in, plain arrays out. Volumes in mm3, pressures in mmHg, time in
s, viscosities in mPa s. N is the number of tree points, parents first; what belongs to
point n is the tube between it and its parent. Every tube holds contrast and secretion.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from galactograph.kernels.fluids import carry, exchange, passages

STIFFENING = 3.0
"""How fast a wall stiffens up to its full calibre; source: assumed."""

OVER_MMHG = 400.0
"""Pressure that would double a full lumen: collagen holds it; source: assumed."""

_E = math.exp(STIFFENING) - 1.0
TOLERANCE_MMHG = 0.005
MOST_TRIALS = 12


@njit(cache=True, nogil=True)
def held(p: float, room: float, rest: float, snug: float) -> float:
    """Return the volume of a tube at pressure `p`.

    It holds `rest` of its room at no pressure and all of it at `snug`.
    """
    y = p / snug
    if y < 0.0:
        return room * (rest + (1.0 - rest) * _E * y / STIFFENING)
    if y <= 1.0:
        return room * (rest + (1.0 - rest) * math.log(1.0 + _E * y) / STIFFENING)
    return room * (1.0 + (p - snug) / OVER_MMHG)


@njit(cache=True, nogil=True)
def yielding(p: float, room: float, rest: float, snug: float) -> float:
    """Return how much volume a tube gains per mmHg at pressure `p`."""
    y = p / snug
    if y > 1.0:
        return room / OVER_MMHG
    return room * (1.0 - rest) * _E / (STIFFENING * snug * (1.0 + _E * max(y, 0.0)))


@njit(cache=True, nogil=True)
def _pressures(
    parents: NDArray[np.int32],
    room: NDArray[np.float64],
    snug: NDArray[np.float64],
    rest: float,
    volume: NDArray[np.float64],
    pass_: NDArray[np.float64],
    sink: NDArray[np.float64],
    against: NDArray[np.float64],
    rate: float,
    dt: float,
    p: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Find the pressures at the end of a step, by Newton's method; `p` is changed.

    What flows in less what flows out is what each tube gains. The matrix is a tree,
    so one sweep from the tips and one from the root solve it. `sink` drains a point
    by (p - against) where that is positive.
    """
    count = len(parents)
    diagonal, residue = work[0], work[1]
    for _ in range(MOST_TRIALS):
        for n in range(count):
            diagonal[n] = yielding(p[n], room[n], rest, snug[n])
            residue[n] = held(p[n], room[n], rest, snug[n]) - volume[n]
            if sink[n] > 0.0 and p[n] > against[n]:
                diagonal[n] += dt * sink[n]
                residue[n] += dt * sink[n] * (p[n] - against[n])
        residue[0] -= dt * rate
        for n in range(1, count):
            up, g = parents[n], dt * pass_[n]
            moved = g * (p[up] - p[n])
            residue[n] -= moved
            residue[up] += moved
            diagonal[n] += g
            diagonal[up] += g
        for n in range(count - 1, 0, -1):
            up, g = parents[n], dt * pass_[n]
            k = g / diagonal[n]
            diagonal[up] -= k * g
            residue[up] += k * residue[n]
        most = 0.0
        for n in range(count):
            change = -residue[n]
            if n > 0:
                # residue[up] was used up: it holds the parent's change now.
                change += dt * pass_[n] * residue[parents[n]]
            change /= diagonal[n]
            residue[n] = change
            p[n] += change
            most = max(most, abs(change))
        if most < TOLERANCE_MMHG:
            break


@njit(cache=True, nogil=True)
def fill(
    parents: NDArray[np.int32],
    tubes: NDArray[np.float64],
    thick: NDArray[np.float64],
    thin: float,
    rest: float,
    film: float,
    mixing: float,
    rate: float,
    most: float,
    step: float,
    lobule_mmhg: float,
    lobule_s: float,
    seal_mmhg: float,
    seal_ease: float,
    burst_mmhg: float,
    leak_ease: float,
    tissue_mmhg: float,
    stop_mmhg: float,
    stop_reflux: float,
    stop_leak: float,
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]
]:
    """Inject up to `most` mm3 through the root, at `rate`.

    Parameters
    ----------
    parents : (N,)
    tubes : (8, N)
        length mm; room (lumen at full calibre) mm3; snug, the pressure of full
        calibre, mmHg; ease (flow x viscosity per mmHg at full calibre), 0 if closed;
        lobule, secretion that the lobules at a tip take, mm3; wall, mm3/s/mmHg of
        secretion absorbed; weak, 0 to 1 for the weakest wall; stir, volume that sinks
        past the lighter fluid x viscosity.
    thick : (N,)
        Viscosity of the contrast at each point.
    thin
        Viscosity of secretion.
    rest, film, mixing
        Shares, see `held` and `fluids.give`; `film` is a share of the room.
    rate, most, step
        mm3/s, mm3 to give at most, mm3 a time step.
    lobule_mmhg, lobule_s
        Pressure at which lobules are full, and how fast they take.
    seal_mmhg, seal_ease
        Pressure above which contrast escapes beside the cannula, mm3/s/mmHg.
    burst_mmhg, leak_ease, tissue_mmhg
        Pressure that tears the weakest wall; the tear's passage; tissue pressure.
    stop_mmhg, stop_reflux, stop_leak
        What ends the injection early: pressure, mm3 seen at the nipple, mm3 leaked.

    Returns
    -------
    course : (T, 6)
        s, mmHg at the root, mm3 given, mm of duct filled, mm3 refluxed, mm3 leaked.
    contrast, secretion : (N,)
        mm3 in each tube at the end.
    ends : (2,)
        Why it ended: 0 volume, 1 pressure, 2 reflux, 3 leak; point of the tear or -1.
    """
    length, room, snug, ease, lobule, wall, weak, stir = tubes
    count = len(parents)
    contrast, secretion = np.zeros(count), rest * room
    coat = film * room
    p, taken = np.zeros(count), np.zeros(count)
    pass_, flow, drink = np.empty(count), np.empty(count), np.empty(count)
    swap = np.empty(count)
    lost, sink, against = np.empty(count), np.empty(count), np.empty(count)
    work = np.empty((3, count))
    # Up to here at the given step; what is far more than there is room, in 200 more.
    bulk = 4.0 * room.sum()
    steps = int(min(most, bulk) / step) + 202
    course = np.zeros((steps + 1, 6))
    given, refluxed, leaked, time = 0.0, 0.0, 0.0, 0.0
    site, reason, t = -1, 0, 0
    while given < most * (1.0 - 1e-12) and t < steps:
        bite = step if given < bulk else max(step, (most - bulk) / 200.0)
        bite = min(bite, most - given)
        dt = bite / rate
        passages(ease, stir, room, thick, thin, contrast, secretion, pass_, swap)
        for n in range(count):
            whole = contrast[n] + secretion[n]
            part = max(secretion[n] - coat[n], 0.0) / whole if whole > 0.0 else 0.0
            sink[n], against[n] = wall[n] * part, 0.0
            if lobule[n] > 0.0:
                soft = lobule_mmhg / lobule[n]
                sink[n] = part / (soft * (lobule_s + dt))
                against[n] = soft * taken[n]
        sink[0], against[0] = seal_ease, seal_mmhg
        if site >= 0:
            sink[site], against[site] = leak_ease, tissue_mmhg
        volume = contrast + secretion
        _pressures(
            parents, room, snug, rest, volume, pass_, sink, against, rate, dt, p, work
        )
        for n in range(count):
            drain = dt * sink[n] * max(p[n] - against[n], 0.0)
            outside = n in (0, site)
            lost[n] = drain if outside else 0.0
            drink[n] = 0.0 if outside else drain
            flow[n] = dt * pass_[n] * (p[parents[n]] - p[n]) if n > 0 else 0.0
        contrast[0] += bite
        carry(parents, flow, drink, coat, mixing, contrast, secretion, lost, work)
        exchange(parents, swap, coat, dt, contrast, secretion, work)
        given += bite
        time += dt
        refluxed += lost[0]
        filled, worst, weakest = 0.0, 0.0, -1
        for n in range(1, count):
            if lobule[n] > 0.0:
                taken[n] += drink[n]
            if contrast[n] > 0.1 * room[n]:
                filled += length[n]
            if weak[n] * p[n] > worst:
                worst, weakest = weak[n] * p[n], n
        if site >= 0:
            leaked += lost[site]
        elif worst >= burst_mmhg:
            site = weakest
        t += 1
        course[t, 0], course[t, 1], course[t, 2] = time, p[0], given
        course[t, 3], course[t, 4], course[t, 5] = filled, refluxed, leaked
        if leaked > stop_leak:
            reason = 3
        elif refluxed > stop_reflux:
            reason = 2
        elif p[0] >= stop_mmhg:
            reason = 1
        if reason > 0:
            break
    return course[: t + 1], contrast, secretion, np.array([reason, site])
