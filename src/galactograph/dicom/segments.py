"""What is marked in a view: ducts, findings with an outline, a cannula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np

from galactograph.dicom import common
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Bools
from galactograph.values.codes import Code, FindingKind
from galactograph.values.report import Reading, Report

_STRUCTURE = Code("91723000", "SCT", "Anatomical Structure")
_ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
_OBJECT = Code("260787004", "SCT", "Physical object")
_LUMEN = Code("113342003", "SCT", "Lumen")
_CATHETER = Code("19923001", "SCT", "Catheter")
"""source: CID 7150, 5 and 6040 (found); a cannula has no code nearer than catheter"""

_NOT_OF_THE_BODY = frozenset({FindingKind.AIR_BUBBLE})


@dataclass(frozen=True, kw_only=True, eq=False)
class Segment:
    """One thing that is marked in a view.

    Attributes
    ----------
    mask : bool, (rows, columns)
        Where it is, in the rows and columns of the stored image.
    label
        Its name, as the report has it.
    category, kind
        What it is (CID 7150; CID 6057 and others).
    tracking_uid
        The same in every object that speaks of it.
    frame
        Slice of a tomosynthesis that shows it; None: at each pixel the slice where
        the view is brightest.
    """

    mask: Bools
    label: str
    category: Code
    kind: Code
    tracking_uid: str
    frame: int | None = None


def segments_of(
    report: Report, reading: Reading, lumen: Bools, made: datetime
) -> Iterator[Segment]:
    """Yield what is marked in a view: its ducts, its findings, a cannula."""
    lumen, view = np.asarray(lumen, bool), f"V{reading.index + 1}"
    shape = reading.view.image.grid.shape[-2:]
    if lumen.shape != shape:
        raise InvalidValue(f"a lumen mask must be {shape}, got {lumen.shape}")
    if lumen.any():
        yield Segment(
            mask=lumen,
            label="Contrast-filled ducts",
            category=_STRUCTURE,
            kind=_LUMEN,
            tracking_uid=common.tracked(report, f"{view} ducts", made),
        )
    yield from _findings(report, reading, made)
    for number, thing in enumerate(reading.scene.objects, 1):
        if thing.kind == "cannula":
            mask = np.zeros(shape, bool)
            mask[thing.box[0] : thing.box[2], thing.box[1] : thing.box[3]] = True
            yield Segment(
                mask=mask,
                label="Cannula (bounding box)",
                category=_OBJECT,
                kind=_CATHETER,
                tracking_uid=common.tracked(report, f"{view} cannula {number}", made),
            )


def _findings(report: Report, reading: Reading, made: datetime) -> Iterator[Segment]:
    shape = reading.view.image.grid.shape[-2:]
    for number, finding in enumerate(report.findings, 1):
        name = common.finding_name(finding, number)
        body = finding.kind not in _NOT_OF_THE_BODY
        for place in finding.places:
            mask = _inside(place.outline, shape)
            if place.view == reading.index and mask.any():
                yield Segment(
                    mask=mask,
                    label=f"{name} {finding.kind.code.meaning}",
                    category=_ABNORMAL if body else _OBJECT,
                    kind=finding.kind.code,
                    tracking_uid=common.tracked(report, f"finding {number}", made),
                    frame=place.frame,
                )


def _inside(outline: Sequence[tuple[float, float]], shape: tuple[int, ...]) -> Bools:
    """Fill a closed outline of (row, column), to an eighth of a pixel."""
    mask = np.zeros(shape, np.uint8)
    if len(outline) >= 3:
        corners = np.rint(np.array(outline)[:, ::-1] * 8).astype(np.int32)
        cv2.fillPoly(mask, [corners], (1,), cv2.LINE_8, 3)
    return mask.astype(bool)
