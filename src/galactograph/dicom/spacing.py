"""Millimetres: how far apart two pixels are in the breast, and how that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from galactograph.dicom.tags import Tags
from galactograph.errors import InvalidValue, Unreadable
from galactograph.values.geometry import NOMINAL_SPACING_MM, SpacingKind

LEAST_MM, MOST_MM = 0.01, 1.0
"""Spacings that a mammogram, film scan or preview can have (design, assumed)."""

MOST_MAGNIFICATION = 3.0
"""source: magnification stands go to 1.8 or 2 (domain 1.6); 3 leaves room (assumed)"""

_CLOSE = 0.02
"""Two statements of one length that differ less agree (assumed)."""


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """Distance between rows, and between columns, in the object plane."""

    mm: tuple[float, float]
    kind: SpacingKind
    magnification: float | None = None
    notes: tuple[str, ...] = ()


def user_spacing(given: float | tuple[float, float]) -> Spacing:
    """Return the spacing that the user gave: one length, or row and column."""
    pair = given if isinstance(given, tuple) else (given, given)
    if not all(_possible(length) for length in pair):
        raise InvalidValue(
            f"pixel_spacing_mm must be in {LEAST_MM}..{MOST_MM} mm, got {given}"
        )
    note = "Pixel spacing given by the user, taken as true in the plane of the ducts."
    return Spacing(
        mm=(float(pair[0]), float(pair[1])), kind=SpacingKind.USER, notes=(note,)
    )


def no_spacing(why: str = "") -> Spacing:
    """Return the stand-in for an image without millimetres."""
    note = "No pixel spacing is known: results are in pixels, not millimetres."
    return Spacing(
        mm=(NOMINAL_SPACING_MM, NOMINAL_SPACING_MM),
        kind=SpacingKind.NONE,
        notes=(why, note) if why else (note,),
    )


def spacing_of(tags: Tags, source: str) -> Spacing:
    """Tell the spacing in the object plane from a header.

    In order: pixel measures of tomosynthesis; Imager Pixel Spacing over the
    magnification; a calibrated Pixel Spacing; an uncalibrated one; the spacing of a
    film scan; none.

    Raises
    ------
    Unreadable
        If all that is stated is impossible, such as a spacing of zero.
    """
    notes: list[str] = []
    factor = magnification_of(tags, notes)
    measures = _length(tags, tags.group("PixelMeasuresSequence.PixelSpacing"), notes)
    imager = _length(tags, "ImagerPixelSpacing", notes)
    pixel = _length(tags, "PixelSpacing", notes)
    scanned = _length(tags, "NominalScannedPixelSpacing", notes)
    if measures:
        kind, mm = SpacingKind.MAGNIFICATION_CORRECTED, measures
        notes.append("Spacing of the reconstructed slices, in the object plane.")
    elif imager:
        kind, mm = _from_imager(tags, imager, pixel, factor, notes)
    elif pixel:
        kind, mm = _from_pixel(tags, pixel, notes)
    elif scanned:
        kind, mm = SpacingKind.DETECTOR, scanned
        notes.append("Spacing on the scanned film; magnification is not corrected.")
    elif notes and any("impossible" in note for note in notes):
        raise Unreadable(
            f"{source}: its {notes[-1].rstrip('.')}; give the true pixel spacing."
        )
    else:
        return no_spacing()
    if max(mm) / min(mm) > 1.0 + _CLOSE:
        notes.append(f"Pixels are not square: {mm[0]:g} by {mm[1]:g} mm.")
    return Spacing(mm=mm, kind=kind, magnification=factor, notes=tuple(notes))


def magnification_of(tags: Tags, notes: list[str]) -> float | None:
    """Tell the magnification of the ducts from a header; None if it does not say.

    The stated factor, or the source distances, holds at the support that the breast
    lies on. Where the breast's thickness is stated too, the plane is moved to the
    middle of the breast; a factor that differs from the ratio of the distances was
    worked out for a plane of the maker's choice, and is kept.
    """
    stated = tags.number("EstimatedRadiographicMagnificationFactor")
    detector_mm = tags.number("DistanceSourceToDetector") or 0.0
    support_mm = tags.number("DistanceSourceToPatient") or 0.0
    ratio = detector_mm / support_mm if min(detector_mm, support_mm) > 0 else None
    if ratio is not None and not 1.0 <= ratio <= MOST_MAGNIFICATION:
        notes.append(f"Source distances give a magnification of {ratio:.3g}: ignored.")
        ratio = None
    if stated is not None and not 1.0 <= stated <= MOST_MAGNIFICATION:
        notes.append(f"Magnification factor {stated:.3g} cannot be: ignored.")
        stated = None
    if stated is not None and ratio is not None and abs(stated / ratio - 1) > _CLOSE:
        notes.append(
            f"Magnification factor {stated:.3f} and source distances ({ratio:.3f}) "
            "disagree; the factor was used."
        )
        return stated
    thickness_mm = tags.number("BodyPartThickness") or 0.0
    if ratio is not None and 5.0 <= thickness_mm <= 150.0:
        middle = detector_mm / (support_mm - thickness_mm / 2)
        if middle <= MOST_MAGNIFICATION:
            notes.append(
                f"Millimetres hold in the middle of a breast of {thickness_mm:g} mm, "
                f"magnified {middle:.3f} times."
            )
            return middle
    return stated if stated is not None else ratio


def _from_imager(
    tags: Tags,
    imager: tuple[float, float],
    pixel: tuple[float, float] | None,
    factor: float | None,
    notes: list[str],
) -> tuple[SpacingKind, tuple[float, float]]:
    calibration = tags.word("PixelSpacingCalibrationType")
    corrected = pixel is not None and not _same(pixel, imager)
    if pixel and corrected and calibration in ("GEOMETRY", "FIDUCIAL"):
        return _calibrated(calibration), pixel
    if factor is not None:
        mm = (imager[0] / factor, imager[1] / factor)
        if pixel and corrected and not _same(pixel, mm, 0.1):
            notes.append(
                f"Pixel Spacing ({pixel[0]:g} mm) and Imager Pixel Spacing over the "
                f"magnification ({mm[0]:.4g} mm) disagree; the latter was used."
            )
        return SpacingKind.MAGNIFICATION_CORRECTED, mm
    if pixel and corrected and 1.0 <= imager[0] / pixel[0] <= MOST_MAGNIFICATION:
        notes.append("Pixel Spacing is corrected in a way that the file does not say.")
        return SpacingKind.CALIBRATED, pixel
    if pixel and corrected:
        notes.append(
            f"Pixel Spacing ({pixel[0]:g} mm) contradicts Imager Pixel Spacing "
            f"({imager[0]:g} mm), which was used."
        )
    notes.append("Spacing at the detector: lengths are too long by the magnification.")
    return SpacingKind.DETECTOR, imager


def _from_pixel(
    tags: Tags, pixel: tuple[float, float], notes: list[str]
) -> tuple[SpacingKind, tuple[float, float]]:
    calibration = tags.word("PixelSpacingCalibrationType")
    if calibration in ("GEOMETRY", "FIDUCIAL"):
        return _calibrated(calibration), pixel
    notes.append("Pixel Spacing is stated without its plane; taken as the detector's.")
    return SpacingKind.DETECTOR, pixel


def _calibrated(calibration: str) -> SpacingKind:
    geometry = calibration == "GEOMETRY"
    return SpacingKind.MAGNIFICATION_CORRECTED if geometry else SpacingKind.CALIBRATED


def _length(tags: Tags, name: str, notes: list[str]) -> tuple[float, float] | None:
    """Return row and column spacing that `name` states, or None and say why."""
    found = tags.numbers(name)[:2]
    if len(found) == 2 and all(_possible(length) for length in found):
        return found[0], found[1]
    if name in tags.values or name in tags.broken:
        said = "\\".join(tags.words(name)[:2]) or "damaged"
        title = _TITLES[name.rpartition(".")[2]]
        notes.append(f"{title} is impossible ({said[:40]}).")
    return None


_TITLES = {
    "ImagerPixelSpacing": "Imager Pixel Spacing",
    "PixelSpacing": "Pixel Spacing",
    "NominalScannedPixelSpacing": "Nominal Scanned Pixel Spacing",
}


def _possible(length: float) -> bool:
    return math.isfinite(length) and LEAST_MM <= length <= MOST_MM


def _same(
    a: tuple[float, float], b: tuple[float, float], tolerance: float = _CLOSE
) -> bool:
    return all(abs(x / y - 1) <= tolerance for x, y in zip(a, b, strict=True))
