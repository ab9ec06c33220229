"""Find contrast that has left the ducts: clouds that are no tube."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.ducts.background import behind_pectoral
from galactograph.ducts.cloud_forms import Field, describe
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Cloud, Duct, Scene
from galactograph.values.study import View

F4 = NDArray[np.float32]
U1 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What stands out as a cloud; lengths in mm.

    Attributes
    ----------
    work_mm
        Pixel that clouds are looked for at. source: assumed.
    margin_mm
        Added to the calibre of a duct before it is hidden: blur and what calibre
        misses. source: assumed.
    least_opacity_mm
        A cloud attenuates like so much undiluted contrast. source: a leak of 0.04 mL
        spread over 1 cm2 is 0.4 mm of contrast (derived); half of it.
    above_tissue
        It stands out so many times further than the breast's own tissue does away
        from ducts. source: measured on simulated dev studies without a scout: leaks
        1.8 to 2.9, parenchyma beside ducts up to 1.9.
    tissue_share, away_mm, least_away_mm2
        That tissue: this quantile of what lies further from any duct; asked for only
        where there is so much of it. source: assumed.
    broad_mm
        With a scout subtracted, what is wider is background. source: a leak of 2 mL,
        more than is injected, is a ball of 16 mm (derived).
    grain_mm, lump_mm
        Without a scout only lumps between these widths (sigma) are told from
        parenchyma, which is as bright but broader. source: assumed.
    core_mm, least_mm2
        Radius of the least core, and the least area. source: filled lobules are 0.5
        to 4 mm across and sharp (domain page, assumed).
    skin_mm
        Not judged nearer to the skin, where contrast lies on it. source: assumed.
    joined_mm
        Clouds nearer to one another are one leak. source: assumed.
    widens, before_mm, least_depth
        A lumen is no more than so many times as wide as so far before, unless its
        contrast is as deep as this share of its width. source: assumed.
    """

    work_mm: float = 0.5
    margin_mm: float = 1.0
    least_opacity_mm: float = 0.2
    above_tissue: float = 2.3
    tissue_share: float = 0.999
    away_mm: float = 8.0
    least_away_mm2: float = 400.0
    broad_mm: float = 28.0
    grain_mm: float = 0.8
    lump_mm: float = 3.5
    core_mm: float = 0.5
    least_mm2: float = 8.0
    skin_mm: float = 4.0
    joined_mm: float = 3.0
    widens: float = 1.6
    before_mm: float = 8.0
    least_depth: float = 0.65


def find_clouds(
    view: View,
    scene: Scene,
    ducts: tuple[Duct, ...],
    gauge: float,
    settings: Settings | None = None,
) -> tuple[Cloud, ...]:
    """Find contrast that is no tube, the largest cloud first.

    Parameters
    ----------
    gauge
        Attenuation per mm of undiluted contrast in this view.

    Notes
    -----
    Ducts are hidden and filled in from beside them, so that a leak that lies over its
    duct is seen whole. With a scout all that stands out is contrast. Without one, what
    stands out must do so further than any tissue of the same breast does.
    """
    settings = settings or Settings()
    if not ducts or gauge <= 0:
        return ()
    field = _field(view, scene, ducts, gauge, settings)
    broad = scene.difference is not None
    stands = _above(field, settings, broad=broad)
    least = settings.least_opacity_mm * gauge
    elsewhere = field.judged & (field.away_mm > settings.away_mm)
    if elsewhere.sum() * field.mm**2 >= settings.least_away_mm2:
        tissue = float(np.quantile(stands[elsewhere], settings.tissue_share))
        least = max(least, settings.above_tissue * tissue)
    elif not broad:
        return ()
    return _clouds(view, scene, ducts, (field, stands, least), settings)


def _field(
    view: View,
    scene: Scene,
    ducts: tuple[Duct, ...],
    gauge: float,
    settings: Settings,
) -> Field:
    """Shrink a view, and hide its ducts."""
    pixels = view.image.pixels if scene.difference is None else scene.difference
    step = max(1, round(settings.work_mm / view.image.grid.pixel_mm))
    mm = step * view.image.grid.pixel_mm
    height, width = (max(1, n // step) for n in pixels.shape)
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    inside = cv2.resize(
        scene.breast.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
    )
    tubes = _tubes(ducts, (height, width), (step, mm, gauge), settings)
    deep = cv2.erode(
        inside, np.ones((3, 3), np.uint8), iterations=round(settings.skin_mm / mm)
    )
    rows, columns = np.indices((height, width), np.float32) * step
    muscle = behind_pectoral(scene, rows, columns) * view.image.grid.pixel_mm
    return Field(
        step=step,
        mm=mm,
        bare=_bare(small, (tubes == 0) & (inside > 0), mm),
        tubes=tubes > 0,
        judged=(deep > 0) & (muscle <= -settings.skin_mm),
        away_mm=cv2.distanceTransform(1 - tubes, cv2.DIST_L2, 5) * np.float32(mm),
    )


def _tubes(
    ducts: tuple[Duct, ...],
    shape: tuple[int, int],
    scale: tuple[int, float, float],
    settings: Settings,
) -> U1:
    """Draw where ducts are, at the working pixel: 1 in and beside them."""
    step, mm, gauge = scale
    tubes: U1 = np.zeros(shape, np.uint8)
    for duct in ducts:
        place = np.rint(np.stack([duct.columns, duct.rows], axis=1) / step).astype(int)
        calibre = _lumen_mm(duct, gauge, settings)
        wide = np.maximum(1, np.rint((calibre + settings.margin_mm) / mm))
        for node, parent in enumerate(duct.tree.parents):
            if parent >= 0:
                ends = place[parent].tolist(), place[node].tolist()
                cv2.line(tubes, *ends, 1, int(wide[node]))
    return tubes


def _lumen_mm(duct: Duct, gauge: float, settings: Settings) -> Floats:
    """Return the calibre (N,) that may be lumen: a cloud can be traced as a duct.

    What is far wider than the duct it comes from, and not as deep as it is wide, is
    no wider than its contrast would fill.
    """
    points, parents = duct.tree.points_mm, duct.tree.parents
    above = np.maximum(parents, 0)
    step = np.linalg.norm(points - points[above], axis=1)
    at, gone = np.arange(len(parents)), np.zeros(len(parents))
    while ((gone < settings.before_mm) & (at > 0)).any():
        on = gone < settings.before_mm
        gone = np.where(on, gone + step[at], gone)
        at = np.where(on, above[at], at)
    deep = duct.contrast / (settings.least_depth * gauge)
    most = np.maximum(deep, settings.widens * duct.calibre_mm[at])
    lumen: Floats = np.minimum(duct.calibre_mm, most)
    return lumen


def _bare(small: F4, seen: Bools, mm: float) -> F4:
    """Fill in what is not `seen` from what is: near by, else further off."""
    weight = seen.astype(np.float32)
    bare = small.copy()
    left = ~seen
    for sigma in (1.0 / mm, 3.0 / mm, 9.0 / mm):
        held = cv2.GaussianBlur(small * weight, (0, 0), sigma)
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        good = left & (share > 0.1)
        bare[good] = held[good] / share[good]
        left &= ~good
    return bare


def _above(field: Field, settings: Settings, *, broad: bool) -> F4:
    """Return how far each place stands out, float32 (H, W)."""
    fine = cv2.GaussianBlur(field.bare, (0, 0), settings.grain_mm / field.mm)
    if not broad:
        coarse = cv2.GaussianBlur(field.bare, (0, 0), settings.lump_mm / field.mm)
        return np.asarray(fine - coarse, np.float32)
    radius = round(settings.broad_mm / 2 / field.mm)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    opened = cv2.GaussianBlur(cv2.morphologyEx(fine, cv2.MORPH_OPEN, disc), (0, 0), 4)
    return np.asarray(fine - opened, np.float32)


def _clouds(
    view: View,
    scene: Scene,
    ducts: tuple[Duct, ...],
    found: tuple[Field, F4, float],
    settings: Settings,
) -> tuple[Cloud, ...]:
    """Take what stands out by `least` as clouds, each out to half of it."""
    field, stands, least = found
    disc = _disc(settings.core_mm / field.mm)
    core = ((stands > least) & field.judged).astype(np.uint8)
    core = cv2.morphologyEx(core, cv2.MORPH_OPEN, disc)
    whole = ((stands > least / 2) & field.judged).astype(np.uint8) | core
    near = cv2.dilate(whole, _disc(settings.joined_mm / 2 / field.mm))
    count, labels = cv2.connectedComponents(near)
    clouds = []
    for number in range(1, count):
        member = (labels == number) & (whole > 0)
        inner = member & (core > 0)
        area = float(member.sum()) * field.mm**2
        if not inner.any() or area < settings.least_mm2:
            continue
        # Contrast came from a duct: what touches none is something else.
        if not (member & (field.away_mm <= settings.margin_mm)).any():
            continue
        clouds.append(describe(view, scene, ducts, field, (stands, member)))
    return tuple(sorted(clouds, key=lambda cloud: -cloud.area_mm2))


def _disc(radius: float) -> U1:
    """Return a disc for morphology."""
    size = 2 * max(1, round(radius)) + 1
    disc: U1 = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return disc
