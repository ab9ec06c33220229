"""Small bodies as deficits: which fitted balls count, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from galactograph.finders._balls import HOLE_MM, Ball, balls
from galactograph.finders._column import STEP_MM, Column, levelled
from galactograph.finders._deficit import Basin, Deficit
from galactograph.finders._shape import shape_of
from galactograph.kernels import blurs
from galactograph.values.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Which balls count.

    Attributes
    ----------
    least_snr
        Amplitude over its standard error. On development studies intact ducts stay
        below 5 apart from forks (measured).
    least_share, overlap_share, nipple_share
        Of what an intact duct does not explain, the part that the ball does: in free
        duct, at forks and crossings, and near the nipple. Forks and the gaps between
        ducts reach 0.31 on development studies without a lesion (measured).
    least_amplitude, most_amplitude
        A solid or a bubble displaces its own diameter: 1. A body that is no perfect
        ball, and a size between those tried, keep within these. source: assumed.
    tried_snr, tried_share, tried_amplitude
        What does not hold is weighed with all evidence if it reaches the first two and
        displaces no more than the last. source: lower ones add false places and no
        bodies on development studies (measured).
    least_calibre_mm
        Of the duct. source: design page (0.4 mm).
    nipple_mm
        How near the nipple the background steps. source: as for larger defects.
    """

    least_snr: float = 5.0
    least_share: float = 0.33
    overlap_share: float = 0.4
    nipple_share: float = 0.5
    least_amplitude: float = 0.5
    most_amplitude: float = 1.75
    tried_snr: float = 4.0
    tried_share: float = 0.15
    tried_amplitude: float = 2.5
    least_calibre_mm: float = 0.4
    nipple_mm: float = 9.0


def bodies(column: Column, settings: Settings | None = None) -> Iterator[Deficit]:
    """Yield the small bodies of a column, the clearest first."""
    yield from (body for body, held in tried(column, settings) if held)


def tried(
    column: Column, settings: Settings | None = None
) -> Iterator[tuple[Deficit, bool]]:
    """Yield what may be a small body, and whether it is one by its ball alone."""
    settings = settings or Settings()
    some = [
        (ball, held)
        for ball in balls(column)
        if (held := _holds(column, ball, settings)) or _may_be(ball, settings)
    ]
    if not some:
        return
    even = levelled(column, HOLE_MM)
    missing = even.model_mm - even.thickness_mm
    smooth = blurs.gaussian(missing, (0.8, 0.06 / column.du_mm))
    for ball, held in some:
        yield _deficit(even, ball, missing, smooth), held


def _may_be(ball: Ball, settings: Settings) -> bool:
    """Return True if a ball is worth weighing with all evidence."""
    return (
        ball.snr >= settings.tried_snr
        and ball.share >= settings.tried_share
        and ball.amplitude <= settings.tried_amplitude
    )


def _holds(column: Column, ball: Ball, settings: Settings) -> bool:
    """Return True if a ball is a body, and no fork, gap or noise."""
    about = _rows(column, ball, margin_mm=0.3)
    asked = settings.least_share
    if column.overlap[about].mean() > 0.5:
        asked = settings.overlap_share
    if column.strip.from_nipple_mm[column.station[ball.station]] < settings.nipple_mm:
        asked = settings.nipple_share
    return (
        ball.snr >= settings.least_snr
        and ball.share >= asked
        and settings.least_amplitude <= ball.amplitude <= settings.most_amplitude
        and 2 * column.radius_mm[ball.station] >= settings.least_calibre_mm
        and bool(column.walled[about].mean() > 0.5)
    )


def _rows(column: Column, ball: Ball, *, margin_mm: float = 0.0) -> slice:
    """Return the stations of a ball."""
    half = max(1, round((ball.diameter_mm / 2 + margin_mm) / STEP_MM))
    return slice(
        max(ball.station - half, 0), min(ball.station + half + 1, len(column.s_mm))
    )


def _deficit(column: Column, ball: Ball, missing: Floats, smooth: Floats) -> Deficit:
    """Return what is known of the body that a ball stands for."""
    rows = _rows(column, ball)
    radius = float(column.radius_mm[ball.station])
    away = np.hypot(
        (column.s_mm - column.s_mm[ball.station])[:, None],
        (column.u_mm - ball.u_mm)[None, :],
    )
    body = away <= max(0.55 * ball.diameter_mm, 1.5 * STEP_MM)
    lanes = np.abs(column.u_mm - ball.u_mm) <= 0.4 * ball.diameter_mm
    asked = np.where(lanes, column.model_mm[ball.station], 0).sum()
    lost = np.where(lanes, missing[ball.station], 0).sum()
    whole = max(float(column.model_mm[ball.station].sum()), 1e-9)
    depth = ball.amplitude * ball.diameter_mm
    return Deficit(
        column=column,
        first=rows.start,
        last=rows.stop - 1,
        s_mm=float(column.s_mm[ball.station]),
        u_mm=ball.u_mm + float(column.middle_mm[ball.station]),
        length_mm=ball.diameter_mm,
        width_mm=ball.diameter_mm,
        lumen_fraction=float(np.clip(missing[ball.station].sum() / whole, 0, 1)),
        drop=float(np.clip(lost / max(float(asked), 1e-9), 0, 1)),
        z=ball.snr,
        depth_mm=depth,
        attached=abs(ball.u_mm) + 0.5 * ball.diameter_mm > 1.1 * radius,
        in_overlap=float(column.overlap[rows].mean()),
        basin=Basin(depth_mm=0.0, share=0.0, area_mm2=0.0, rim=0.0),
        shape=shape_of(column, body, smooth, depth),
        ball=ball,
    )
