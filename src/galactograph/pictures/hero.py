"""One picture that shows it all: galactogram, overlay, and the chief finding."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from galactograph.pictures import grey, overlays
from galactograph.pictures.colours import CALIBRE, CALIBRE_PX, rgb
from galactograph.pictures.crops import crops
from galactograph.pictures.grey import Box
from galactograph.pictures.lettering import font, stamp
from galactograph.pictures.marks import breast_box, names
from galactograph.values.report import Finding, Profile, Reading, Report

Rgb = NDArray[np.uint8]
_HIGH, _GAP, _FOOT, _CARD = 640, 18, 60, 400
_PAPER, _INK, _DIM, _MARK = (
    (16, 18, 22),
    (240, 240, 240),
    (165, 170, 178),
    (255, 216, 74),
)
_BLUE = (96, 170, 255)

MOST_BYTES = 600_000
"""Size of the picture on the first screen of the project. (assumed)"""


def compose(report: Report, title: str, lines: Sequence[str]) -> bytes:
    """Compose galactogram, overlay and finding side by side.

    Parameters
    ----------
    report
        Its most confident finding is shown, or the first view if there is none.
    title, lines
        Words of the card at the right.

    Returns
    -------
    bytes
        PNG, about 1300 x 700 pixels and at most 600 kB.
    """
    best = max(report.findings, key=lambda f: f.confidence, default=None)
    reading = report.readings[best.places[0].view if best else 0]
    box = breast_box(reading)
    shown = grey.show(reading, box, _longest(box))
    plain = np.repeat(shown[..., None], 3, axis=2)
    painted = overlays.paint(reading, report.findings, longest=_longest(box), box=box)
    wide = plain.shape[1]
    sheet = Pillow.new("RGB", (2 * wide + _CARD + 4 * _GAP, _HIGH + _FOOT), _PAPER)
    sheet.paste(Pillow.fromarray(plain), (_GAP, _GAP))
    sheet.paste(Pillow.fromarray(painted), (wide + 2 * _GAP, _GAP))
    pen = ImageDraw.Draw(sheet)
    simulated = ", simulated" if report.simulated else ""
    foot = _HIGH + 8
    pen.text(
        (_GAP, foot), f"Galactogram {reading.view.name}{simulated}", _DIM, font(17)
    )
    pen.text(
        (wide + 2 * _GAP, foot), "Ducts found, coloured by calibre", _DIM, font(17)
    )
    _legend(pen, reading, (wide + 2 * _GAP, foot + 24))
    at = (2 * wide + 3 * _GAP, _GAP)
    _card(sheet, report, best, at, (title, *lines))
    pen.text((at[0], foot), "Research use only - not a medical device", _DIM, font(15))
    return _pack(sheet)


def _longest(box: Box) -> int:
    """Return the picture size at which the box is as high as the sheet."""
    high, wide = box[2] - box[0], box[3] - box[1]
    return max(1, round((_HIGH - _GAP) * max(high, wide) / high))


def _legend(pen: ImageDraw.ImageDraw, reading: Reading, at: tuple[int, int]) -> None:
    known = reading.view.image.grid.has_millimetres
    legend, unit = (CALIBRE, "mm") if known else (CALIBRE_PX, "px")
    x, y = at
    for colour, words in legend.entries:
        pen.rectangle((x, y + 5, x + 16, y + 12), rgb(colour))
        pen.text((x + 20, y), words, _DIM, font(13))
        x += 28 + int(pen.textlength(words, font(13)))
    pen.text((x, y), unit, _DIM, font(13))


def _card(
    sheet: Pillow.Image,
    report: Report,
    finding: Finding | None,
    at: tuple[int, int],
    words: Sequence[str],
) -> None:
    pen = ImageDraw.Draw(sheet)
    x, y = at
    if finding is not None:
        label = names(report.findings)[report.findings.index(finding)]
        plate = crops(finding, report.readings, label)[0]
        coded = np.frombuffer(plate.pixels, np.uint8)
        cut = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
        cut = cv2.resize(cut, (_CARD, _CARD), interpolation=cv2.INTER_AREA)
        cut = cut[_CARD // 8 : _CARD - _CARD // 8]
        if report.simulated:
            cut = stamp(cut, "SIMULATED", "bottom right", 13)
        sheet.paste(Pillow.fromarray(cut), (x, y))
        y += len(cut) + 14
    pen.text((x, y), words[0], _MARK if finding else _INK, font(22))
    y += 34
    for line in words[1:]:
        pen.text((x, y), line, _INK, font(16))
        y += 24
    if finding is not None and finding.profile is not None:
        room = (x, y + 10, x + _CARD, _HIGH - 2)
        _curve(pen, finding.profile, room)


def _curve(
    pen: ImageDraw.ImageDraw, along: Profile, room: tuple[int, int, int, int]
) -> None:
    """Draw the filled fraction along the duct into `room`."""
    left, top, right, bottom = room
    if bottom - top < 60:
        return
    top += 20
    s = np.array(along.s_mm) - along.s_mm[0]
    x = left + (right - left) * s / max(float(s[-1]), 1e-6)
    y = bottom - (bottom - top) * np.clip(along.filled_fraction, 0, 1)
    band = (float(x[along.first]), top, float(x[along.last]), bottom)
    pen.rectangle(band, (64, 54, 22))
    pen.line([(left, bottom), (right, bottom)], _DIM, 1)
    pen.line(list(zip(x.tolist(), y.tolist(), strict=True)), _BLUE, 3, joint="curve")
    pen.text(
        (left, top - 20), "Filled fraction of the lumen along the duct", _DIM, font(13)
    )


def _pack(sheet: Pillow.Image) -> bytes:
    """Encode with the colours kept; in fewer of them only if the file is large."""
    out = BytesIO()
    sheet.save(out, "PNG", optimize=True)
    if out.tell() <= MOST_BYTES:
        return out.getvalue()
    out = BytesIO()
    few = sheet.quantize(256, method=Pillow.Quantize.FASTOCTREE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
