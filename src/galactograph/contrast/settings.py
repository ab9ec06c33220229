"""How ducts take contrast: every number that the injection rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How ducts take contrast.

    Attributes
    ----------
    rest_fraction
        Lumen at rest, full of secretion, as a share of the lumen in the tree (which is
        the calibre that galactograms show); assumed: ducts at rest are collapsed.
    wall_tension
        Pressure x radius that brings a duct to its calibre, mmHg mm; derived from walls
        of one thickness (Laplace), its size assumed.
    snug_mmhg
        Least and most of that pressure; assumed.
    lobule_share, lobule_spread
        Secretion that the lobules beyond a duct can take, as a share of what it holds
        at rest, and the spread of its logarithm from tip to tip; assumed. Where they
        take less, the twig's end keeps its secretion.
    lobule_mmhg, lobule_s
        Pressure at which they are full, and the time they need; assumed.
    absorption
        Secretion that walls absorb, mm3/s per mm2 and mmHg; source: of the order of
        the peritoneum's (remembered).
    secretion_mpas
        Viscosity of secretion; assumed: a little more than plasma's.
    least_mixing, most_mixing
        Range of the share of a filled lumen that contrast takes: a film of secretion
        stays on the wall; assumed.
    front_mixing
        Share of what leaves a tube that is mixed, the rest being pushed; assumed.
    sinking, sinking_radii
        Contrast is denser than secretion and sinks under it, with `sinking` x density
        difference x gravity x radius^2 / viscosity, over so many radii at a time; so it
        gets into dead ends too. Order of magnitude derived (two layers of Poiseuille
        flow on a slope: 0.01 to 0.03), less because not every duct leads down; assumed.
    wait_s
        From injection to exposure; assumed.
    seal_mmhg, seal_spread
        Median of the pressure above which contrast escapes beside the cannula, and the
        spread of its logarithm; assumed.
    seal_ease
        How fast it escapes, mm3/s per mmHg above; assumed.
    pain_mmhg
        Range of the pressure that hurts; source: 30 to 60 mmHg (design, assumed).
    burst_mmhg, burst_spread
        Median of the pressure that tears the weakest wall, and the spread of its
        logarithm; source: 100 to 200 mmHg (design, assumed).
    leak_ease, tissue_mmhg
        Passage of a tear, mm3/s per mmHg, and pressure of the tissue; assumed.
    drop_ml
        Reflux that is seen at the nipple; assumed.
    pain_ml
        Leak that hurts so that the injection ends; assumed.
    cannula_tip_mm
        How deep the tip lies; source: 3 to 20 mm (design, assumed).
    wall_spread
        Spread of the logarithm of wall strength; assumed.
    steps
        Time steps in which a tree is filled once; the results change by less than
        1 % beyond (measured).
    """

    rest_fraction: float = 0.25
    wall_tension: float = 3.0
    snug_mmhg: tuple[float, float] = (3.0, 60.0)
    lobule_share: float = 1.0
    lobule_spread: float = 0.4
    lobule_mmhg: float = 40.0
    lobule_s: float = 0.5
    absorption: float = 1.3e-6
    secretion_mpas: float = 1.5
    least_mixing: float = 0.85
    most_mixing: float = 1.0
    front_mixing: float = 0.15
    sinking: float = 0.004
    sinking_radii: float = 5.0
    wait_s: float = 60.0
    seal_mmhg: float = 80.0
    seal_spread: float = 0.3
    seal_ease: float = 1.0
    pain_mmhg: tuple[float, float] = (30.0, 60.0)
    burst_mmhg: float = 140.0
    burst_spread: float = 0.25
    leak_ease: float = 0.3
    tissue_mmhg: float = 8.0
    drop_ml: float = 0.03
    pain_ml: float = 0.06
    cannula_tip_mm: float = 8.0
    wall_spread: float = 0.25
    steps: int = 250
