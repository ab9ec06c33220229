"""Scatter points evenly through a part of the gland."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def cone_of(
    p: NDArray[np.float64], apex: NDArray[np.float64], axes: NDArray[np.float64]
) -> int:
    """Return which convex cone about the apex holds a point: the greatest p . axis."""
    best, found = -1e300, 0
    for k in range(len(axes)):
        value = 0.0
        for a in range(3):
            value += (p[a] - apex[a]) * axes[k, a]
        if value > best:
            best, found = value, k
    return found


@njit(cache=True, nogil=True)
def spread(
    rng: np.random.Generator,
    count: int,
    body: NDArray[np.float64],
    apex: NDArray[np.float64],
    axes: NDArray[np.float64],
    lobe: int,
    tries: int,
) -> NDArray[np.float64]:
    """Scatter seeds evenly through one territory of the gland.

    Parameters
    ----------
    rng
        The source of chance.
    count
        Seeds wanted.
    body
        (5,) mm: radius and depth of the half ellipsoid; relative depth (1 is the
        skin) that gland reaches; gap to the chest wall; least y.
    apex, axes, lobe
        (3,), (K, 3) and which of the K cones; lobe -1 means any.
    tries
        Candidates for each seed; the one furthest from the others stays.

    Returns
    -------
    seeds (count, 3)
    """
    seeds = np.empty((count, 3))
    p, best = np.empty(3), np.empty(3)
    for n in range(count):
        widest = -1.0
        for _ in range(tries):
            for _ in range(20000):
                p[0] = rng.uniform(-1.0, 1.0) * body[0] * body[2]
                p[2] = rng.uniform(-1.0, 1.0) * body[0] * body[2]
                p[1] = body[4] + rng.random() * (body[1] - body[3] - body[4])
                deep = 1.0 - p[1] / body[1]
                q = (p[0] * p[0] + p[2] * p[2]) / (body[0] * body[0]) + deep * deep
                if q < body[2] * body[2] and (
                    lobe < 0 or cone_of(p, apex, axes) == lobe
                ):
                    break
            apart = 1e300
            for m in range(n):
                d = 0.0
                for a in range(3):
                    d += (p[a] - seeds[m, a]) ** 2
                apart = min(apart, d)
            if apart > widest:
                widest = apart
                best[:] = p
        seeds[n] = best
    return seeds
