"""What kind of breast to grow: drawn from published ranges, each overridable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from galactograph.errors import InvalidValue

LesionName = Literal[
    "normal",
    "papilloma",
    "ectasia",
    "dcis",
    "invasive",
    "air-bubbles",
    "extravasation",
]

LESION_NAMES: tuple[LesionName, ...] = (
    "normal",
    "papilloma",
    "ectasia",
    "dcis",
    "invasive",
    "air-bubbles",
    "extravasation",
)

LESION_SHARES = (0.25, 0.35, 0.14, 0.12, 0.06, 0.05, 0.03)
"""How often each lesion is drawn; the order is that of LESION_NAMES.

source: papilloma leads, ectasia next, cancer 8 to 20 % of discharge (causes of
pathologic discharge, Dinkel 2000 and others; found); the split is assumed.
"""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """Settings of a breast; None means drawn.

    Attributes
    ----------
    lesion, lesion_size_mm
        What ails the injected lobe. The size is the greatest diameter of the body
        (papilloma), of the duct (ectasia), of the mass (invasive) or of one bubble.
    obstructs
        Whether a papilloma stops the contrast.
    density
        Glandular fraction by volume, in (0, 0.9].
    thickness_mm
        Compressed, in (15, 110).
    radius_mm, depth_mm
        Compressed in CC: half-width at the chest wall; nipple to chest wall.
    bubbles
        Air bubbles in the ducts, besides the lesion.
    lobes
        Duct systems that open on the nipple.
    branches
        Branches wanted in the injected lobe.
    trunk_mm
        Calibre of the injected trunk.
    strands
        How many times the usual number of Cooper's ligaments and vessels; 0 for
        none.
    texture
        How many times the usual strength of the parenchymal texture; 0 for none.
    """

    lesion: LesionName | None = None
    lesion_size_mm: float | None = None
    obstructs: bool | None = None
    density: float | None = None
    thickness_mm: float | None = None
    radius_mm: float | None = None
    depth_mm: float | None = None
    bubbles: int | None = None
    lobes: int | None = None
    branches: int | None = None
    trunk_mm: float | None = None
    strands: float = 1.0
    texture: float = 1.0

    def __post_init__(self) -> None:
        if self.lesion is not None and self.lesion not in LESION_NAMES:
            known = ", ".join(LESION_NAMES)
            raise InvalidValue(f"lesion must be one of {known}, got {self.lesion}")
        bounds = {
            "lesion_size_mm": (0.2, 40.0),
            "density": (0.005, 0.9),
            "thickness_mm": (15.0, 110.0),
            "radius_mm": (15.0, 150.0),
            "depth_mm": (15.0, 150.0),
            "bubbles": (0, 50),
            "lobes": (1, 25),
            "branches": (1, 2000),
            "trunk_mm": (0.3, 6.0),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InvalidValue(f"{name} must be in {least}..{most}, got {value}")


@dataclass(frozen=True, kw_only=True)
class Build:
    """An `Anatomy` with every thing drawn."""

    lesion: LesionName
    lesion_size_mm: float
    obstructs: bool
    density: float
    thickness_mm: float
    radius_mm: float
    depth_mm: float
    bubbles: int
    lobes: int
    branches: int
    trunk_mm: float
    strands: float
    texture: float


def _size_mm(lesion: LesionName, rng: np.random.Generator) -> float:
    """Draw the size of a lesion, mm.

    source: papilloma 2 to 10 mm typical (found), ectasia over 2 to 3 mm (found);
    the rest assumed.
    """
    low, middle, high = {
        "papilloma": (1.2, 3.0, 8.0),
        "ectasia": (2.5, 3.6, 6.0),
        "dcis": (0.6, 1.0, 1.6),
        "invasive": (8.0, 12.0, 20.0),
        "air-bubbles": (0.5, 0.9, 1.6),
        "extravasation": (6.0, 10.0, 18.0),
    }.get(lesion, (1.0, 1.0, 1.0))
    return float(np.clip(middle * np.exp(rng.normal(0, 0.4)), low, high))


def draw(anatomy: Anatomy, *, rng: np.random.Generator) -> Build:
    """Draw what `anatomy` leaves open.

    Every number is drawn whether or not it is overridden, so that an override
    moves nothing else.

    source: thickness 59 +/- 16 mm, fraction mean 0.19, correlation -0.65 (found);
    nipple to chest wall 70 to 130 mm (assumed); 7 to 12 substantial lobes (found);
    trunk at most 2 mm when not ectatic (found).
    """
    thin, dense = rng.normal(size=2)
    dense = -0.65 * thin + np.sqrt(1 - 0.65**2) * dense
    depth = float(np.clip(rng.normal(88, 13), 62, 122))
    lesion = LESION_NAMES[rng.choice(len(LESION_NAMES), p=LESION_SHARES)]
    lesion = anatomy.lesion or lesion
    size = _size_mm(lesion, rng)
    drawn = Build(
        lesion=lesion,
        lesion_size_mm=size,
        obstructs=bool(rng.random() < (0.45 if size > 3.5 else 0.15)),
        density=float(np.clip(0.17 * np.exp(0.5 * dense), 0.05, 0.5)),
        thickness_mm=float(np.clip(54 + 12 * thin, 30, 85)),
        radius_mm=float(np.clip(depth * rng.normal(0.98, 0.08), 58, 106)),
        depth_mm=depth,
        bubbles=0,
        lobes=int(rng.integers(7, 13)),
        branches=int(np.clip(np.exp(rng.normal(5.4, 0.4)), 100, 450)),
        trunk_mm=float(rng.uniform(1.1, 2.0)),
        strands=anatomy.strands,
        texture=anatomy.texture,
    )
    given = {
        name: value
        for name, value in vars(anatomy).items()
        if value is not None and name in vars(drawn)
    }
    return replace(drawn, **given)
