"""Plates as HTML: each picture stands once in the page and is used where needed."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape

from galactograph.values.plates import Legend, Plate, ViewPlates

_LAYERS = ("calibre", "generation", "nipple", "findings", "frame")


def store(views: Iterable[ViewPlates]) -> str:
    """Put the pictures of all views into one hidden drawing, to be used by name."""
    parts = []
    for number, view in enumerate(views, 1):
        plate = view.picture
        x, y, width, height = plate.view_box
        parts.append(
            f'<image id="view-{number}" x="{x:g}" y="{y:g}" width="{width:g}" '
            f'height="{height:g}" href="{_data(plate)}"/>'
        )
        parts.extend(
            f'<g id="view-{number}-{name}">{plate.layers[name]}</g>'
            for name in _LAYERS
            if name in plate.layers
        )
    return (
        '<svg class="store" aria-hidden="true" focusable="false"><defs>'
        f"{''.join(parts)}</defs></svg>"
    )


def view_figure(number: int, plate: Plate, layers: tuple[str, ...]) -> str:
    """Show view `number` of the store with some of its layers."""
    x, y, width, height = plate.view_box
    box = f"{x:g} {y:g} {width:g} {height:g}"
    uses = "".join(
        f'<use class="layer-{name}" href="#view-{number}-{name}"/>'
        for name in layers
        if name in plate.layers
    )
    return (
        f'<svg viewBox="{box}" style="aspect-ratio:{width:g}/{height:g};'
        f'--ratio:{width / height:.4f}" role="img" '
        f'aria-label="{escape(plate.alt)}">'
        f'<use href="#view-{number}"/>{uses}</svg>'
    )


def figure(plate: Plate) -> str:
    """Show a plate by itself, with all its layers."""
    x, y, width, height = plate.view_box
    image = ""
    if plate.pixels:
        image = (
            f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'href="{_data(plate)}"/>'
        )
    layers = "".join(
        f'<g class="layer-{escape(name)}">{layer}</g>'
        for name, layer in plate.layers.items()
    )
    return (
        f'<svg viewBox="{x:g} {y:g} {width:g} {height:g}" role="img" '
        f'aria-label="{escape(plate.alt)}">{image}{layers}</svg>'
    )


def true_figure(plate: Plate) -> str:
    """Show a plate whose units are millimetres of paper, true to size in print."""
    x, y, width, height = plate.view_box
    return (
        f'<figure><svg viewBox="{x:g} {y:g} {width:g} {height:g}" '
        f'style="width:{width:g}mm;height:{height:g}mm" role="img" '
        f'aria-label="{escape(plate.alt)}">{"".join(plate.layers.values())}</svg>'
        "</figure>"
    )


def standalone(plate: Plate, shown_mm: float | None = None) -> str:
    """Return a plate as a drawing of its own, with its picture inside.

    Parameters
    ----------
    shown_mm
        Width on paper. Lines that keep their width on a screen are drawn as wide as
        they would be there, at 96 pixels an inch; None for a drawing without any.
    """
    x, y, width, height = plate.view_box
    image = ""
    if plate.pixels:
        image = (
            f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'href="{_data(plate)}"/>'
        )
    layers = "".join(plate.layers.values())
    if shown_mm is not None:
        factor = width / (shown_mm * 96 / 25.4)
        layers = _STROKE.sub(lambda m: _scaled(m[0], factor), layers)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{x:g} {y:g} {width:g} {height:g}">{image}{layers}</svg>'
    )


_STROKE = re.compile(r"<[^>]*non-scaling-stroke[^>]*>")
_WIDTH = re.compile(r'stroke-width="([\d.]+)"')


def _scaled(element: str, factor: float) -> str:
    return _WIDTH.sub(lambda m: f'stroke-width="{float(m[1]) * factor:.3f}"', element)


def legend(name: str, shown: Legend) -> str:
    """Show what the colours of a layer stand for."""
    entries = "".join(
        f'<li><i style="background:{colour}"></i>{escape(words)}</li>'
        for colour, words in shown.entries
    )
    title = f"<li>{escape(shown.title)}:</li>"
    return f'<ul class="legend legend-{name}">{title}{entries}</ul>'


def _data(plate: Plate) -> str:
    return f"data:{plate.media};base64,{b64encode(plate.pixels).decode()}"
