"""Judge whether a view can be read, before anything is found in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from galactograph.ducts.breast import MAMMOGRAPHIC
from galactograph.ducts.tracing import Trace
from galactograph.values.arrays import Floats
from galactograph.values.codes import Adequacy
from galactograph.values.report import AdequacyVerdict, Cloud, Duct, Scene
from galactograph.values.study import GreyScale, View

_AROUND_MM, _COARSE_MM = 1.2, 0.6
"""How far around a line is taken as its surroundings (sigma), and the pixel that they
are taken at. source: wider than the ducts of pale views, assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is enough contrast; engineering defaults (assumed) unless marked."""

    least_worth_mm: float = 16.0
    """Certain duct that shows that contrast was given."""
    least_display_mm: float = 40.0
    """The same where grey has no unit and the ducts do not outshine all tissue: real
    mammograms hold strands that look like 10 to 35 mm of certain duct (measured)."""
    least_opacity_per_mm: float = 0.06
    """Attenuation per mm of lumen of contrast. Gland displaces fat with 0.028 per mm,
    300 mg/mL iodine with 0.76 per mm at 20 keV (xray.md 4.1, derived)."""
    usual_opacity_per_mm: float = 0.32
    """Half of undiluted contrast; strands of tissue reach 0.25 (measured on simulated
    scouts). Below it, more duct is asked for."""
    faint_factor: float = 4.0
    most_before: float = 0.3
    """Share of the relief along pale lines that the scout shows as well: what it shows
    is tissue that moved. source: of 7 views filled at a third of the contrast at most
    0.16, of one without contrast 0.39 (simulated dev studies, measured)."""
    glaring: float = 0.6
    """Attenuation above the surroundings that no tissue has: 21 mm of gland in place of
    fat (0.028 per mm, xray.md 4.1, derived)."""
    least_glaring_mm: float = 2.5
    """Length of such a line that shows contrast however short the duct is: one that is
    blocked behind the nipple fills no further (assumed)."""
    least_tree_mm: float = 40.0
    """A normal filled system is several times longer (domain.md 2.4, derived)."""
    least_thin_mm: float = 500.0
    """The same where contrast is no denser than `usual_opacity_per_mm`: it has mixed
    with what the ducts held and not filled them. source: 34 simulated dev studies;
    such contrast in a shorter tree was underfilled in 4 of 5 views (measured)."""
    least_generations: int = 2
    """Fewer than two branch levels is inadequate (domain.md 3.3, assumed)."""
    blurred_mm: float = 0.15
    """Blur beyond the pixel that the reader is told of: of a body of 0.5 mm 0.57 of
    the deficit is left (derived)."""
    cloud_mm2: float = 25.0
    """Contrast outside ducts of this area makes the view extravasated."""
    sharp_per_mm: float = 1.2
    """What ends this steeply, or more so, has a wall: no leak (derived, as for the
    finding)."""


def has_contrast(
    view: View,
    scene: Scene,
    traces: tuple[Trace, ...],
    gauge: float,
    settings: Settings | None = None,
) -> tuple[bool, str]:
    """Tell whether there is contrast in any duct, and why."""
    settings = settings or Settings()
    worth = sum(trace.worth for trace in traces)
    best = max((trace.worth for trace in traces), default=0.0)
    least = settings.least_worth_mm
    if view.grey_scale is GreyScale.DISPLAY and not _outshines(view, scene, traces):
        least = settings.least_display_mm
    faint = gauge < settings.usual_opacity_per_mm
    if view.grey_scale is GreyScale.ATTENUATION and faint:
        least *= settings.faint_factor
    glaring = _glaring_mm(view, scene, traces, settings)
    if glaring >= settings.least_glaring_mm:
        return True, f"{_told(view, glaring)} of line is denser than any tissue."
    if best < least:
        return False, (
            f"Lines that could be filled duct amount to {_told(view, best)}; "
            f"{_told(view, least)} in one tree would show contrast."
        )
    tissue = gauge < settings.least_opacity_per_mm
    if view.grey_scale is GreyScale.ATTENUATION and tissue:
        return False, (
            f"The lines attenuate {gauge:.3f} per mm, as tissue does; "
            f"iodine attenuates more than {settings.least_opacity_per_mm:g} per mm."
        )
    before = _shown_before(view, scene, traces) if faint else 0.0
    if before > settings.most_before:
        return False, (
            f"The scout shows {before:.0%} of the lines as well: they are tissue that "
            "moved."
        )
    return True, f"{_told(view, worth)} of certain contrast-filled duct."


def _shown_before(view: View, scene: Scene, traces: tuple[Trace, ...]) -> float:
    """Return the share of the relief along lines that the scout shows, 0 if none."""
    seen = [trace.points[trace.strength > 0] for trace in traces]
    if scene.difference is None or not sum(map(len, seen)):
        return 0.0
    mm = view.image.grid.pixel_mm
    relief = _relief(view.image.pixels, np.concatenate(seen), mm)
    left = _relief(scene.difference, np.concatenate(seen), mm)
    usual = float(np.median(relief))
    return float(np.median(relief - left)) / usual if usual > 0 else 0.0


def _relief(pixels: Floats, points: Floats, pixel_mm: float) -> Floats:
    """Return by how much a picture exceeds its surroundings at (N, 2) points."""
    step = max(1, round(_COARSE_MM / pixel_mm))
    size = (max(1, pixels.shape[1] // step), max(1, pixels.shape[0] // step))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(small, (0, 0), _AROUND_MM / (step * pixel_mm))
    most = np.array(pixels.shape) - 1
    rows, columns = np.clip(np.rint(points).astype(int), 0, most).T
    row = np.minimum(rows // step, size[1] - 1)
    column = np.minimum(columns // step, size[0] - 1)
    above: Floats = pixels[rows, columns] - around[row, column]
    return above


def _glaring_mm(
    view: View, scene: Scene, traces: tuple[Trace, ...], settings: Settings
) -> float:
    """Return the length of traced line that attenuates more than tissue can."""
    if view.grey_scale is not GreyScale.ATTENUATION:
        return 0.0
    length = 0.0
    most = np.array(scene.excess.shape) - 1
    for trace in traces:
        node = np.flatnonzero(trace.parents >= 0)
        place = np.clip(np.rint(trace.points[node]).astype(int), 0, most)
        bright = scene.excess[place[:, 0], place[:, 1]] >= settings.glaring
        step = trace.points[node] - trace.points[trace.parents[node]]
        length += float(np.hypot(*step[bright].T).sum()) * view.image.grid.pixel_mm
    return length


def _outshines(view: View, scene: Scene, traces: tuple[Trace, ...]) -> bool:
    """Tell whether the surest tree is brighter than nearly all tissue.

    Contrast adds to the tissue before and behind it, a strand is tissue itself.
    """
    if not traces:
        return False
    best = max(traces, key=lambda trace: trace.worth)
    seen = best.points[best.strength > 0]
    if not len(seen):
        return False
    pixels, mm = view.image.pixels, view.image.grid.pixel_mm
    rows, columns = np.clip(np.rint(seen).astype(int), 0, np.array(pixels.shape) - 1).T
    step = max(1, round(0.5 / mm))
    small = pixels[::step, ::step]
    inside = scene.breast[::step, ::step].astype(np.uint8)
    tissue = cv2.erode(inside, np.ones((3, 3), np.uint8), iterations=round(8 / 0.5))
    reach = round(2 / 0.5)
    for row, column in zip(rows // step, columns // step, strict=True):
        top, left = max(0, row - reach), max(0, column - reach)
        tissue[top : row + reach + 1, left : column + reach + 1] = 0
    values = small[tissue > 0]
    if values.size < 100:
        return False
    dark, bright = np.percentile(values, [5, 99.5])
    level = np.percentile(pixels[rows, columns], 75)
    return bool(level > bright + 0.1 * (bright - dark))


def _told(view: View, length_mm: float) -> str:
    """Say a length in millimetres, or in pixels where no spacing is known."""
    if view.image.grid.has_millimetres:
        return f"{length_mm:.0f} mm"
    return f"{length_mm / view.image.grid.pixel_mm:.0f} pixels"


def judge(
    view: View,
    scene: Scene,
    ducts: tuple[Duct, ...],
    clouds: tuple[Cloud, ...],
    contrast: tuple[bool, str],
    *,
    blur_mm: float = 0.0,
) -> AdequacyVerdict:
    """Judge one view: adequate, underfilled, extravasated, no contrast, or no view.

    `blur_mm` is the blur of the picture beyond its pixels, standard deviation.
    """
    settings = Settings()
    if view.modality not in MAMMOGRAPHIC:
        return AdequacyVerdict(
            status=Adequacy.NOT_A_GALACTOGRAM,
            reasons=(f"The modality is {view.modality}, not mammography.",),
        )
    if not scene.breast.any():
        return AdequacyVerdict(
            status=Adequacy.NOT_A_GALACTOGRAM,
            reasons=("No breast was found in the image.",),
        )
    filled, why = contrast
    if not filled:
        return AdequacyVerdict(status=Adequacy.NO_CONTRAST, reasons=(why,))
    status, reason = _filling(view, ducts, clouds, settings)
    reasons = [why, reason]
    if blur_mm >= settings.blurred_mm and view.image.grid.has_millimetres:
        reasons.append(
            f"Ducts are blurred by {blur_mm:.2f} mm (standard deviation), as motion "
            "or a wrong focus do; small lesions may not show."
        )
    return AdequacyVerdict(status=status, reasons=tuple(reasons))


def _filling(
    view: View, ducts: tuple[Duct, ...], clouds: tuple[Cloud, ...], settings: Settings
) -> tuple[Adequacy, str]:
    """Say how well a view with contrast is filled."""
    cloud = sum(
        cloud.area_mm2 for cloud in clouds if cloud.steep_per_mm < settings.sharp_per_mm
    )
    if cloud >= settings.cloud_mm2 and view.image.grid.has_millimetres:
        return Adequacy.EXTRAVASATED, f"{cloud:.0f} mm2 of contrast lies outside ducts."
    length = sum(duct.tree.total_length_mm for duct in ducts)
    levels = 1 + max(
        (b.generation for duct in ducts for b in duct.tree.branches), default=0
    )
    told = _told(view, length)
    if view.image.grid.has_millimetres and length < settings.least_tree_mm:
        return Adequacy.UNDERFILLED, f"Only {told} of duct is filled."
    if levels <= settings.least_generations:
        return Adequacy.UNDERFILLED, f"Only {levels} branch level(s) are filled."
    if (
        view.grey_scale is GreyScale.ATTENUATION
        and view.image.grid.has_millimetres
        and length < settings.least_thin_mm
        and _opacity(ducts) < settings.usual_opacity_per_mm
    ):
        return (
            Adequacy.UNDERFILLED,
            f"Contrast is thin, and only {told} of duct holds it.",
        )
    return Adequacy.ADEQUATE, f"{told} of duct in {levels} branch levels."


def _opacity(ducts: tuple[Duct, ...]) -> float:
    """Return the usual attenuation per mm of lumen; infinite without ducts."""
    if not ducts:
        return float("inf")
    return float(np.median(np.concatenate([duct.opacity_per_mm for duct in ducts])))
