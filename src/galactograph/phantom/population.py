"""How large, dense and old: drawn together, since they go together."""

from __future__ import annotations

import numpy as np

from galactograph.phantom.outline import rest_scale

CORRELATIONS = np.array(
    # thickness, density, volume, age
    [
        [1.0, -0.72, 0.55, 0.05],
        [-0.72, 1.0, -0.45, -0.3],
        [0.55, -0.45, 1.0, 0.15],
        [0.05, -0.3, 0.15, 1.0],
    ]
)
"""Of the normal scores behind the draws.

source: thickness and density, such that the drawn figures correlate by -0.65, UK
stepwedge cohort (found; the score is derived); volume with both, and age with
density, assumed (density falls with age; remembered).
"""


def volume_ml(radius_mm: float, depth_mm: float, thickness_mm: float) -> float:
    """Return the volume of a breast from its compressed size.

    Examples
    --------
    >>> 500 < volume_ml(85, 90, 55) < 700
    True
    """
    rest = rest_scale(radius_mm, depth_mm, thickness_mm)
    return 2 / 3 * np.pi * rest**3 * radius_mm**2 * depth_mm / 1000


def draw_stature(rng: np.random.Generator) -> dict[str, float]:
    """Draw thickness, density, radius, depth and age together.

    source: thickness 59 +/- 16 mm and fraction mean 0.19, Yaffe 2009 (found); volume
    300 to 1500 mL, median 700 (remembered); age 50 +/- 11 of women with discharge,
    assumed. Kept within what a 24 x 30 cm panel takes.
    """
    scores = np.linalg.cholesky(CORRELATIONS) @ rng.normal(size=4)
    thin, dense, large, old = scores
    ratio = float(np.clip(rng.normal(0.98, 0.08), 0.8, 1.2))
    thickness = float(np.clip(59 + 14.5 * thin, 28, 95))
    wanted = float(np.clip(700 * np.exp(0.42 * large), 250, 1500))
    depth = 80.0
    for _ in range(12):
        depth *= (wanted / volume_ml(ratio * depth, depth, thickness)) ** 0.5
    return {
        "thickness_mm": thickness,
        "density": float(np.clip(0.17 * np.exp(0.5 * dense), 0.05, 0.5)),
        "depth_mm": float(np.clip(depth, 58, 122)),
        "radius_mm": float(np.clip(depth * ratio, 54, 106)),
        "age_years": int(np.clip(round(50 + 11 * old), 25, 85)),
    }
