"""Small bodies as missing contrast: what is known of each dot of a column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from galactograph.finders._column import STEP_MM, Column
from galactograph.finders._deficit import Basin, Deficit
from galactograph.finders._dots import Dot, dots, missing_beside
from galactograph.finders._shape import shape_of
from galactograph.kernels import blurs
from galactograph.values.arrays import Floats

_LANES = 0.4
"""Of the diameter, on either side of its middle, by which a dot's fall is told.
source: as good as all of it, and clear of its edge (assumed)"""

_OUTLINE = 0.55
"""Of the diameter: what belongs to a dot. source: half, and a little for the blur"""


def bodies(column: Column) -> Iterator[Deficit]:
    """Yield what lacks contrast as a dot, the clearest first, judged or not."""
    some = list(dots(column))
    if not some:
        return
    missing = missing_beside(column)
    smooth = blurs.gaussian(missing, (0.8, 0.06 / column.du_mm))
    for dot in some:
        yield _deficit(column, dot, missing, smooth)


def _deficit(column: Column, dot: Dot, missing: Floats, smooth: Floats) -> Deficit:
    """Return what is known of a dot."""
    half = max(1, round(dot.diameter_mm / 2 / STEP_MM))
    first = max(dot.station - half, 0)
    last = min(dot.station + half, len(column.s_mm) - 1)
    model = column.model_mm[dot.station]
    lanes = np.abs(column.u_mm - dot.u_mm) <= _LANES * dot.diameter_mm
    lost, whole = missing[dot.station], max(float(model.sum()), 1e-9)
    away = np.hypot(
        (column.s_mm - column.s_mm[dot.station])[:, None],
        (column.u_mm - dot.u_mm)[None, :],
    )
    body = away <= max(_OUTLINE * dot.diameter_mm, 1.5 * STEP_MM)
    radius = float(column.radius_mm[dot.station])
    return Deficit(
        column=column,
        first=first,
        last=last,
        s_mm=float(column.s_mm[dot.station]),
        u_mm=dot.u_mm + float(column.middle_mm[dot.station]),
        length_mm=dot.diameter_mm,
        width_mm=dot.diameter_mm,
        lumen_fraction=float(np.clip(lost.sum() / whole, 0, 1)),
        drop=float(np.clip(lost[lanes].sum() / max(model[lanes].sum(), 1e-9), 0, 1)),
        z=dot.clear,
        depth_mm=dot.depth_mm,
        attached=abs(dot.u_mm) + 0.5 * dot.diameter_mm > 1.1 * radius,
        in_overlap=float(column.overlap[first : last + 1].mean()),
        basin=Basin(depth_mm=0.0, share=0.0, area_mm2=0.0, rim=0.0),
        shape=shape_of(column, body, smooth, dot.depth_mm),
        dot=dot,
    )
