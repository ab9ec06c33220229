"""What each image of a study is for: filled, scout or magnification, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.dicom.air import thinned
from galactograph.dicom.tags import Tags
from galactograph.values.codes import Laterality
from galactograph.values.study import Role

MAGNIFIED = 1.25
"""Magnification above which a view was taken on a stand; contact views reach 1.1
(source: domain 3.6 and 1.6; threshold assumed)"""

TELLING = 1.3
"""How many times more opaque fine structure tells filled from scout.

source: measured on two real mammograms for display (found): moved and brightened
copies gave 1.05 and 1.07; trees of 1.5 mm drawn into them 1.1 at 0.35 of the display
range, 1.3 to 1.4 at half of it, 1.7 to 1.8 at 0.7. Fainter ones stay undecided.
"""

_FINE_MM = 3.0
"""Width of structures that count as fine: large ducts reach it (domain 2.3)"""

_MAGNIFICATION_CODES = {"399163009", "R-102D6"}
_DUCTOGRAM = "18102001"
_IMAGE_WORDS = (
    "SeriesDescription",
    "ProtocolName",
    "AcquisitionDeviceProcessingDescription",
    "AcquisitionProtocolName",
    "ImageComments",
    "ImageType",
)
_STUDY_WORDS = (
    "StudyDescription",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
)
_GALACTO = re.compile(r"DUCTO|GALACTO|GALAKTO|DUKTO|POST.?CONTRAST", re.IGNORECASE)
_SCOUT = re.compile(
    r"SCOUT|(?<![A-Z])(PRE|NATIV|NATIVE|UNENHANCED|LEER|W/?O)(?![A-Z])"
    r"|PRE.?CONTRAST|WITHOUT.?CONTRAST|NO.?CONTRAST|NON.?CONTRAST",
    re.IGNORECASE,
)
_MAG = re.compile(r"(?<![A-Z])(MAG|MAGN|MAGNIF|MAGNIFICATION)(?![A-Z])", re.IGNORECASE)
_NOTHING = {"", "NO", "NONE", "N", "N/A", "NA", "0", "NOT APPLICABLE", "KEINE", "KEIN"}


@dataclass(frozen=True, kw_only=True)
class Clues:
    """What one image says that bears on its role.

    Attributes
    ----------
    contrast
        Its contrast attributes name an agent.
    words, study_words
        Descriptions of the image, and of the whole study.
    magnification
        Stated or computed; None if not known.
    magnified
        A view modifier says so.
    scale
        What its values are; only images of one scale can be compared.
    """

    laterality: Laterality | None = None
    position: str | None = None
    contrast: bool = False
    words: str = ""
    study_words: str = ""
    magnification: float | None = None
    magnified: bool = False
    scale: str = ""


@dataclass(frozen=True)
class Verdict:
    """A role and its reason, one sentence."""

    role: Role
    reason: str


def clues_of(
    tags: Tags,
    laterality: Laterality | None,
    position: str | None,
    magnification: float | None,
) -> Clues:
    """Take the clues out of a header."""
    names = (
        "ContrastBolusAgent",
        "ContrastBolusIngredient",
        "ContrastBolusAgentSequence.CodeMeaning",
    )
    modifiers = {
        *tags.words("ViewCodeSequence.ViewModifierCodeSequence.CodeValue"),
        *tags.words("ViewModifierCodeSequence.CodeValue"),
    }
    study = " ".join(word for name in _STUDY_WORDS for word in tags.words(name))
    if _DUCTOGRAM in tags.words("ProcedureCodeSequence.CodeValue"):
        study += " MAMMARY DUCTOGRAM (GALACTOGRAM)"
    return Clues(
        laterality=laterality,
        position=position,
        contrast=any(tags.word(name) not in _NOTHING for name in names)
        or (tags.number("ContrastBolusVolume") or 0) > 0,
        words=" ".join(word for name in _IMAGE_WORDS for word in tags.words(name)),
        study_words=study,
        magnification=magnification,
        magnified=bool(modifiers & _MAGNIFICATION_CODES),
    )


def roles_of(
    clues: Sequence[Clues], score: Callable[[int], float]
) -> tuple[Verdict, ...]:
    """Tell the role of each image of a study.

    Parameters
    ----------
    clues
        One for each image.
    score
        Opacity of the fine structure of image `i`; asked only as the last resort.
    """
    verdicts = [_from_words(one) for one in clues]
    known = list(verdicts)
    for i, one in enumerate(clues):
        if known[i] is None:
            verdicts[i] = _from_others(i, one, clues, known)
    open_ones = [i for i, verdict in enumerate(verdicts) if verdict is None]
    for i, verdict in _from_pixels(open_ones, clues, known, score).items():
        verdicts[i] = verdict
    return tuple(
        verdict or _default(one) for verdict, one in zip(verdicts, clues, strict=True)
    )


def _from_words(one: Clues) -> Verdict | None:
    native = _SCOUT.search(one.words)
    if native and not one.contrast:
        return Verdict(Role.SCOUT, f"Described as {native[0].strip().upper()}.")
    magnified = _magnified(one)
    if magnified:
        return Verdict(Role.MAGNIFICATION, magnified)
    if one.contrast:
        return Verdict(Role.FILLED, "Its contrast attributes name an agent.")
    filled = _GALACTO.search(one.words)
    return (
        Verdict(Role.FILLED, f"Described as {filled[0].upper()}.") if filled else None
    )


def _magnified(one: Clues) -> str:
    """Return why an image is a magnification; empty if it is none."""
    if one.magnified:
        return "A view modifier says magnification."
    if one.magnification is not None and one.magnification > MAGNIFIED:
        return f"Magnified {one.magnification:.2f} times by geometry."
    described = _MAG.search(one.words)
    return f"Described as {described[0].upper()}." if described else ""


def _from_others(
    i: int, one: Clues, clues: Sequence[Clues], known: Sequence[Verdict | None]
) -> Verdict | None:
    """Judge an image that says nothing by what its neighbours say."""
    others = [
        (other, verdict)
        for j, (other, verdict) in enumerate(zip(clues, known, strict=True))
        if j != i
    ]
    if any(other.contrast for other, _ in others):
        return Verdict(
            Role.SCOUT,
            "It names no contrast agent, and other images of the study do.",
        )
    twins = [v for other, v in others if v is not None and _same_view(one, other)]
    if any(twin.role is Role.FILLED for twin in twins):
        return Verdict(
            Role.SCOUT, "Another image of the same side and view is the filled one."
        )
    if any(twin.role is Role.SCOUT for twin in twins):
        return Verdict(
            Role.FILLED, "Another image of the same side and view is the scout."
        )
    return None


def _from_pixels(
    open_ones: list[int],
    clues: Sequence[Clues],
    known: Sequence[Verdict | None],
    score: Callable[[int], float],
) -> dict[int, Verdict]:
    """Compare images of one side and view that no word tells apart."""
    found: dict[int, Verdict] = {}
    for i in open_ones:
        if i in found or known[i] is not None:
            continue
        group = [
            j
            for j in open_ones
            if _same_view(clues[i], clues[j]) and clues[i].scale == clues[j].scale
        ]
        if len(group) < 2:
            continue
        scores = {j: score(j) for j in group}
        most = max(scores, key=lambda j: scores[j])
        for j in group:
            ratio = scores[most] / max(scores[j], 1e-9)
            if j == most:
                least = max(min(scores.values()), 1e-9)
                if scores[most] / least >= TELLING:
                    reason = (
                        f"It shows {scores[most] / least:.1f} times as much opaque "
                        "fine structure as another image of this side and view."
                    )
                    found[j] = Verdict(Role.FILLED, reason)
            elif ratio >= TELLING:
                reason = (
                    f"Another image of this side and view shows {ratio:.1f} times as "
                    "much opaque fine structure."
                )
                found[j] = Verdict(Role.SCOUT, reason)
    return found


def _same_view(a: Clues, b: Clues) -> bool:
    known = a.laterality is not None and a.position is not None
    return known and (a.laterality, a.position) == (b.laterality, b.position)


def _default(one: Clues) -> Verdict:
    if _GALACTO.search(one.study_words):
        return Verdict(Role.FILLED, "The study is described as a galactogram.")
    return Verdict(Role.FILLED, "Nothing says otherwise: taken as the filled view.")


def opacity(pixels: NDArray[np.float32], pixel_mm: float) -> float:
    """Measure how opaque the fine structure of a breast is.

    Mean of the strongest 0.4 % of the responses to a white top-hat of `_FINE_MM` well
    inside the breast: of the tallest narrow ridges. Skin, markers and letters do not
    count. In the image's own unit, so that only images of one scale can
    be compared.
    """
    small = np.ascontiguousarray(thinned(pixels, 900), np.float32)
    step = pixels.shape[0] / small.shape[0]
    width = max(3, round(_FINE_MM / (pixel_mm * step)) | 1)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    smooth = cv2.blur(small, (3, 3))
    ground = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, element)
    low, high = np.quantile(ground, [0.02, 0.98])
    breast = (ground > low + 0.1 * (high - low)).astype(np.uint8)
    # Three widths in from the edge: the skin is a strong fine line of every breast.
    inner = cv2.erode(breast, element, iterations=3).astype(bool)
    ridges = (smooth - ground)[inner]
    count = ridges.size // 250
    if not count:
        return 0.0
    return float(np.partition(ridges, -count)[-count:].mean())
