"""Plates in another language: the words in drawings, beside them and in legends.

Drawings are made with English words; here they are exchanged as sentences are, so
that a word without a translation stays English. Words burned into pixels stay.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape

from galactograph.language import Tongue
from galactograph.values.plates import (
    FindingPlates,
    Legend,
    Plate,
    Plates,
    ViewPlates,
)

_TEXT = re.compile(r"(<text\b[^>]*>)([^<]+)(</text>)")


def spoken_plates(plates: Plates, tongue: Tongue) -> Plates:
    """Return the plates of a report with their words in a language."""
    if not tongue.patterns:
        return plates
    location = plates.location
    return replace(
        plates,
        views=tuple(_view(view, tongue) for view in plates.views),
        findings=tuple(_finding(found, tongue) for found in plates.findings),
        location=None if location is None else _plate(location, tongue),
        legends={name: _legend(it, tongue) for name, it in plates.legends.items()},
    )


def _plate(plate: Plate, tongue: Tongue) -> Plate:
    def told(found: re.Match[str]) -> str:
        words = tongue.inner(unescape(found[2]))
        return f"{found[1]}{escape(words)}{found[3]}"

    layers = {name: _TEXT.sub(told, drawn) for name, drawn in plate.layers.items()}
    return replace(plate, alt=tongue.sentence(plate.alt), layers=layers)


def _view(view: ViewPlates, tongue: Tongue) -> ViewPlates:
    return replace(view, picture=_plate(view.picture, tongue))


def _finding(found: FindingPlates, tongue: Tongue) -> FindingPlates:
    profile = found.profile
    return FindingPlates(
        crops=tuple(_plate(crop, tongue) for crop in found.crops),
        profile=None if profile is None else _plate(profile, tongue),
    )


def _legend(legend: Legend, tongue: Tongue) -> Legend:
    return Legend(
        title=tongue.inner(legend.title),
        entries=tuple(
            (colour, tongue.inner(words)) for colour, words in legend.entries
        ),
    )
