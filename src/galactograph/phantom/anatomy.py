"""What kind of breast to grow: drawn from published ranges, each overridable."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.phantom.limits import LIMITS
from galactograph.phantom.population import draw_stature, volume_ml
from galactograph.values.codes import Laterality

LesionName = Literal[
    "normal",
    "papilloma",
    "ectasia",
    "dcis",
    "invasive",
    "air-bubbles",
    "extravasation",
    "papillomas",
    "focal-ectasia",
    "clot",
    "secretion",
    "kink",
    "underfilling",
]

LESION_NAMES: tuple[LesionName, ...] = get_args(LesionName)

LESION_SHARES = (
    *(0.25, 0.3, 0.12, 0.11, 0.06, 0.04, 0.03),
    *(0.03, 0.02, 0.01, 0.01, 0.01, 0.01),
)
"""How often each lesion is drawn; the order is that of LESION_NAMES.

source: papilloma leads, ectasia next, cancer 8 to 20 % of discharge (causes of
pathologic discharge, Dinkel 2000 and others; found); the split is assumed.
"""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """Settings of a breast; None means drawn. Ranges: `phantom.limits`.

    Attributes
    ----------
    lesion, lesion_size_mm
        What ails the injected lobe. The size is the length of the body (papilloma,
        clot, secretion), the greatest calibre (ectasia), the diameter of the mass
        (invasive), of the leak, or of one bubble, or half the length of a kink.
    obstructs
        Whether a papilloma stops the contrast.
    age_years, side
        Of the woman; side is L or R.
    density
        Glandular fraction by volume.
    volume_ml
        Of the breast; sets radius and depth where those are drawn.
    thickness_mm
        Compressed, CC.
    radius_mm, depth_mm
        Compressed in CC: half-width at the chest wall; nipple to chest wall.
    bubbles, debris
        Air bubbles in the ducts, besides the lesion; clumps in an ectasia.
    lobes, blind_ducts
        Duct systems that open on the nipple; ducts of the nipple that lead nowhere.
    share
        Of the gland that the injected lobe drains.
    branches, ductules
        Branches wanted in the injected lobe, not counting lobules; ductules in each
        of its lobules, 0 for a tree without leaves.
    trunk_mm, terminal_mm, sinus_mm
        Calibres of the injected trunk, of its terminal ducts, and of a lactiferous
        sinus (0 for none).
    murray
        Exponent of the calibres at forks.
    curl
        Wander of ducts, relative to their length.
    loops
        Anastomoses in the injected lobe.
    all_lobes
        Grow every lobe in full, not the injected one alone.
    strands
        How many times the usual number of Cooper's ligaments and vessels; 0 for
        none.
    texture
        How many times the usual strength of the parenchymal texture; 0 for none.
    """

    lesion: LesionName | None = None
    lesion_size_mm: float | None = None
    obstructs: bool | None = None
    age_years: int | None = None
    side: Literal["L", "R"] | None = None
    density: float | None = None
    volume_ml: float | None = None
    thickness_mm: float | None = None
    radius_mm: float | None = None
    depth_mm: float | None = None
    bubbles: int | None = None
    debris: int | None = None
    lobes: int | None = None
    blind_ducts: int | None = None
    share: float | None = None
    branches: int | None = None
    ductules: int | None = None
    trunk_mm: float | None = None
    terminal_mm: float | None = None
    sinus_mm: float | None = None
    murray: float | None = None
    curl: float | None = None
    loops: int | None = None
    all_lobes: bool = False
    strands: float = 1.0
    texture: float = 1.0

    def __post_init__(self) -> None:
        if self.lesion is not None and self.lesion not in LESION_NAMES:
            known = ", ".join(LESION_NAMES)
            raise InvalidValue(f"lesion must be one of {known}, got {self.lesion}")
        if self.side not in (None, "L", "R"):
            raise InvalidValue(f"side must be L or R, got {self.side}")
        for name, limit in LIMITS.items():
            limit.check(name, getattr(self, name))
        sizes = (self.volume_ml, self.radius_mm, self.depth_mm)
        if all(size is not None for size in sizes):
            raise InvalidValue(
                "volume_ml follows from radius_mm, depth_mm and thickness_mm: "
                "give at most two of volume_ml, radius_mm and depth_mm"
            )


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
    debris: int = 0
    age_years: int = 50
    side: Laterality = Laterality.LEFT
    blind_ducts: int = 12
    share: float = 0.15
    ductules: int = 4
    terminal_mm: float = 0.15
    sinus_mm: float = 0.0
    murray: float = 2.8
    curl: float = 0.03
    loops: int = 0
    all_lobes: bool = False

    @cached_property
    def volume_ml(self) -> float:
        """Volume of the breast, the same at rest and compressed."""
        return volume_ml(self.radius_mm, self.depth_mm, self.thickness_mm)


def _size_mm(lesion: LesionName, rng: np.random.Generator) -> float:
    """Draw the size of a lesion, mm.

    source: papilloma 2 to 10 mm typical, rarely over 20 (found), ectasia over 2 to 3
    mm (found); the rest assumed.
    """
    low, middle, high = {
        "papilloma": (1.0, 3.2, 20.0),
        "papillomas": (1.0, 2.0, 4.0),
        "ectasia": (2.5, 3.8, 6.0),
        "focal-ectasia": (2.3, 3.3, 6.0),
        "dcis": (0.6, 1.0, 1.6),
        "invasive": (8.0, 12.0, 20.0),
        "air-bubbles": (0.5, 0.9, 1.6),
        "extravasation": (6.0, 10.0, 18.0),
        "clot": (3.0, 6.0, 15.0),
        "secretion": (2.0, 4.0, 10.0),
        "kink": (1.5, 2.2, 3.5),
    }.get(lesion, (1.0, 1.0, 1.0))
    return float(np.clip(middle * np.exp(rng.normal(0, 0.45)), low, high))


def draw(anatomy: Anatomy, *, rng: np.random.Generator) -> Build:
    """Draw what `anatomy` leaves open.

    Every number is drawn whether or not it is overridden, so that an override
    moves nothing else, but for the radius and depth that a volume sets.

    source: 5 to 12 independent systems, Love (found); 23 ducts in a nipple, IQR 19
    to 28, Rusby 2007 (found); 440 segments in a large system, Going 2006 (found);
    trunk at most 2 mm when not ectatic (found); terminal ducts 0.1 to 0.3 mm
    (remembered); Murray exponent 2.5 to 3.2 and one loop in a quarter of lobes
    (assumed).
    """
    stature = draw_stature(rng)
    lesion = LESION_NAMES[rng.choice(len(LESION_NAMES), p=LESION_SHARES)]
    lesion = anatomy.lesion or lesion
    size = _size_mm(lesion, rng)
    lobes = int(np.clip(round(rng.normal(9, 2)), 5, 12))
    # The share of a lobe drawn in proportion to its share (see phantom.territories).
    share = float(np.clip(rng.beta(3.0, 2.0 * (lobes - 1)), 0.03, 0.45))
    many = 290 * (share / 0.15) ** 0.6 * np.exp(rng.normal(0, 0.25))
    drawn = Build(
        lesion=lesion,
        lesion_size_mm=size,
        obstructs=bool(rng.random() < (0.45 if size > 3.5 else 0.15)),
        density=stature["density"],
        thickness_mm=stature["thickness_mm"],
        radius_mm=stature["radius_mm"],
        depth_mm=stature["depth_mm"],
        age_years=int(stature["age_years"]),
        side=Laterality.LEFT if rng.random() < 0.5 else Laterality.RIGHT,
        bubbles=0,
        debris=int(rng.choice([0, 0, 0, 2, 4])),
        lobes=lobes,
        blind_ducts=int(np.clip(round(rng.normal(23, 6.5)) - lobes, 3, 25)),
        share=share,
        branches=int(np.clip(many, 80, 600)),
        ductules=int(rng.integers(3, 7)),
        trunk_mm=float(rng.uniform(1.1, 2.0)),
        terminal_mm=float(rng.uniform(0.11, 0.19)),
        murray=float(rng.uniform(2.5, 3.2)),
        curl=float(rng.uniform(0.02, 0.045)),
        loops=int(rng.choice(3, p=[0.75, 0.18, 0.07])),
        strands=anatomy.strands,
        texture=anatomy.texture,
    )
    return _override(drawn, anatomy)


def _override(drawn: Build, anatomy: Anatomy) -> Build:
    """Put what `anatomy` gives in place of what was drawn."""
    known = {field.name for field in fields(Build)}
    given = {
        name: value
        for name, value in vars(anatomy).items()
        if value is not None and name in known
    }
    if anatomy.side is not None:
        given["side"] = Laterality(anatomy.side)
    build = replace(drawn, **given)
    if anatomy.volume_ml is None:
        return build
    free = [n for n in ("radius_mm", "depth_mm") if getattr(anatomy, n) is None]
    for _ in range(30):
        scale = (anatomy.volume_ml / build.volume_ml) ** (1 / len(free))
        sizes = {name: getattr(build, name) * scale for name in free}
        build = replace(build, **sizes)
    for name in free:
        LIMITS[name].check(name, getattr(build, name))
    return build
