"""Extravasation of contrast (DCM 111428).

What it finds
    A cloud of contrast that is no tube, at a duct, with a soft edge.
Why it matters
    Contrast has left the duct: the cannula has torn it, pressure was too high, or
    a carcinoma has breached the wall (Cho 2005). The study may have to be repeated
    after 7 to 14 days (Slawson 2001).
How
    The clouds of the view, found with its ducts hidden, so that one that lies over
    its duct counts whole; their area, the softness of the edge, and which ducts they
    hold: a leak comes from a duct that is wide, filled lobules sit at the tips of
    thin ones.
Limits
    Without a scout, parenchyma is as bright as contrast: only what stands out further
    than any other tissue of the breast is told. A communicating cyst has a sharp edge
    and lowers the confidence, filled lobules ("leaves") do so as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from galactograph.finders._places import (
    bounded,
    plain,
    readable,
    say,
    straight_mm,
    told,
)
from galactograph.values.codes import FindingKind
from galactograph.values.report import Cloud, Finding, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as a leak.

    Attributes
    ----------
    least_area_mm2
        source: lobules are 0.5 to 4 mm across (domain page), assumed.
    least_noise
        Mean excess over the noise of one pixel. source: assumed.
    soft_per_mm, sharp_per_mm
        Fall of contrast at the edge over its height: below the first a cloud, above
        the second a wall. source: derived; our blur alone gives 1.2 per mm, an edge
        blurred by 1 mm gives 0.4.
    lobular_calibre_mm, lobular_tips
        So many tips of ducts no wider than this fill lobules. source: terminal ducts
        are thinner (domain page 2.3), assumed.
    """

    least_area_mm2: float = 8.0
    least_noise: float = 1.0
    soft_per_mm: float = 0.6
    sharp_per_mm: float = 1.2
    lobular_calibre_mm: float = 0.4
    lobular_tips: int = 3


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the clouds of contrast of a reading that may have leaked."""
    if not readable(reading):
        return
    settings = settings or Settings()
    for cloud in reading.clouds:
        if cloud.area_mm2 < settings.least_area_mm2:
            continue
        if cloud.excess < settings.least_noise * reading.scene.noise:
            continue
        yield _finding(reading, cloud, settings)


def _finding(reading: Reading, cloud: Cloud, settings: Settings) -> Finding:
    """Return one cloud as a finding."""
    grid = reading.view.image.grid
    across = 2 * float(np.sqrt(cloud.area_mm2 / np.pi))
    softness = 1 - bounded(
        cloud.steep_per_mm, settings.soft_per_mm, settings.sharp_per_mm
    )
    size = bounded(cloud.area_mm2, settings.least_area_mm2, 60.0)
    lobular = (
        cloud.tips >= settings.lobular_tips
        and cloud.calibre_mm <= settings.lobular_calibre_mm
    )
    sure = 0.3 + 0.4 * softness + 0.25 * size
    if softness <= 0:
        # What has a wall is a cyst or a duct that was not traced.
        sure = 0.15
    return Finding(
        kind=FindingKind.EXTRAVASATION,
        places=(
            Place(
                view=reading.index,
                row=cloud.row,
                column=cloud.column,
                duct=_nearest_duct(reading, cloud.row, cloud.column),
                outline=cloud.outline,
            ),
        ),
        confidence=0.4 * sure if lobular else sure,
        length_mm=told(across, grid),
        width_mm=told(across, grid),
        straight_mm=straight_mm(reading, cloud.row, cloud.column),
        evidence=plain(
            grid,
            area_mm2=cloud.area_mm2,
            steepness_per_mm=cloud.steep_per_mm,
            excess=cloud.excess,
            softness=softness,
            duct_mm=cloud.calibre_mm,
            tips=float(cloud.tips),
        ),
        explanation=_told(reading, cloud, softness, lobular=lobular),
    )


def _told(reading: Reading, cloud: Cloud, softness: float, *, lobular: bool) -> str:
    """Say what was seen."""
    grid = reading.view.image.grid
    across = 2 * float(np.sqrt(cloud.area_mm2 / np.pi))
    said = (
        f"A cloud of contrast about {say(across, grid)} across that is no duct; "
        f"its edge is {'soft' if softness > 0.5 else 'rather sharp'}."
    )
    if lobular:
        said += f" It holds {cloud.tips} tips of thin ducts: filled lobules look so."
    if not reading.scene.subtracted:
        said += " Without a scout, dense tissue is not excluded."
    return said


def _nearest_duct(reading: Reading, row: float, column: float) -> int | None:
    """Return the index of the duct system nearest to a pixel, None without ducts."""
    if not reading.ducts:
        return None
    away = [np.hypot(d.rows - row, d.columns - column).min() for d in reading.ducts]
    return int(np.argmin(away))
