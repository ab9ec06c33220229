"""What stored numbers mean: from cells to attenuation, larger for more of it.

Everything depends on the stored value alone, so the whole of it is one table of at
most 65536 entries, made once and looked up for every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.dicom.air import air_counts, find_air
from galactograph.dicom.frames import Layout
from galactograph.dicom.tags import Tags
from galactograph.values.study import GreyScale

Values = NDArray[np.float64]

_PROCESSING = {
    "1.2.840.10008.5.1.4.1.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.13.1.5",
}
_PRESENTATION = {
    "1.2.840.10008.5.1.4.1.1.1.2",
    "1.2.840.10008.5.1.4.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    "1.2.840.10008.5.1.4.1.1.13.1.4",
}
_FLUOROSCOPY = {"XA", "RF"}
"""Shown with contrast dark, unlike mammograms (PS3.3 C.8.7; found)."""


PADDED_AIR = 0.08
"""Share of the image that padding must cover to be air; assumed."""

AIR_BELOW = 0.05
"""How far below the rest it must lie, as a share of the scale; assumed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Meaning:
    """How to turn cells into an image.

    Attributes
    ----------
    table : float32, (2 ** bits allocated,)
        Value of each cell; larger is more attenuating.
    scale
        What the values are.
    window
        Values to show as black and as white, if the file asks for it.
    notes
        What was assumed.
    """

    table: NDArray[np.float32]
    scale: GreyScale
    window: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


def meaning_of(
    tags: Tags, layout: Layout, sample: NDArray[np.generic], *, mammogram: bool = True
) -> Meaning:
    """Decide what the cells of an image mean.

    Parameters
    ----------
    tags
        Its header.
    layout
        How cells are stored.
    sample : uint8 or uint16, (rows, columns)
        Cells, thinned: to find the air and check the direction.
    mammogram
        False for an image that was forced in: air is not looked for.
    """
    notes: list[str] = []
    stored = stored_values(layout)
    values = modality_values(stored, tags)
    padding = padding_mask(stored, tags)
    looked = np.where(padding, np.nan, values)[sample]
    scale = scale_of(tags, notes)
    rising = _rising(tags, scale, values, notes)
    air = find_air(looked) if mammogram else None
    if air is not None and air.low != rising:
        rising = air.low
        notes.append(
            f"The header says that air is {'dark' if not air.low else 'bright'} "
            "in the stored values and the pixels show the opposite: pixels believed."
        )
    if scale is GreyScale.ATTENUATION:
        counts = values.max() - values if rising else values
        seen = values.max() - looked if rising else looked
        table = _attenuation(counts, seen, notes)
        table[padding] = 0.0
        return Meaning(table=table.astype(np.float32), scale=scale, notes=tuple(notes))
    low, high = values.min(), max(values.max(), values.min() + 1)
    unit = 1 / (high - low)
    table = (values - low if rising else high - values) * unit
    level = None if air is None else (air.level - low) * unit
    level = level if rising or level is None else 1 - level
    if not _is_air(table, padding, sample, level):
        _fill(table, padding, sample, level)
    shown = shown_range(tags, values)
    window = None
    if shown is not None:
        ends = sorted((v - low) * unit if rising else (high - v) * unit for v in shown)
        window = (float(ends[0]), float(ends[1]))
        notes.append("Stored values are kept as they are before the file's window.")
    return Meaning(
        table=table.astype(np.float32), scale=scale, window=window, notes=tuple(notes)
    )


def stored_values(layout: Layout) -> Values:
    """Return the stored number of every possible cell, (2 ** bits allocated,).

    Bits outside the stored ones (old overlays) are dropped; the sign is spread.
    """
    cells = np.arange(1 << layout.allocated, dtype=np.int64)
    numbers = (cells >> (layout.high + 1 - layout.stored)) & ((1 << layout.stored) - 1)
    if layout.signed:
        numbers -= (numbers >> (layout.stored - 1)) << layout.stored
    return numbers.astype(np.float64)


def modality_values(stored: Values, tags: Tags) -> Values:
    """Apply the Modality LUT, or slope and intercept; else return `stored`."""
    lookup = tags.lookups.get("modality")
    if lookup is not None:
        return lookup.apply(stored)
    slope, intercept = tags.number("RescaleSlope"), tags.number("RescaleIntercept")
    if slope is None:
        macro = "PixelValueTransformationSequence."
        slope = tags.number(tags.group(macro + "RescaleSlope"))
        intercept = tags.number(tags.group(macro + "RescaleIntercept"))
    if not slope:
        return stored
    return stored * slope + (intercept or 0.0)


def padding_mask(stored: Values, tags: Tags) -> NDArray[np.bool_]:
    """Return which stored numbers are padding: one value, or a range of them."""
    one = tags.number("PixelPaddingValue")
    if one is None:
        return np.zeros(stored.shape, bool)
    other = tags.number("PixelPaddingRangeLimit")
    ends = sorted((one, one if other is None else other))
    return (stored >= ends[0]) & (stored <= ends[1])


def scale_of(tags: Tags, notes: list[str]) -> GreyScale:
    """Tell what the values are, from intent and pixel intensity relationship."""
    relation = tags.word("PixelIntensityRelationship")
    intent = tags.word("PresentationIntentType")
    kind = tags.word("SOPClassUID")
    if kind in _PROCESSING or (kind not in _PRESENTATION and "PROC" in intent):
        if relation == "LIN":
            return GreyScale.ATTENUATION
        if relation == "LOG":
            return GreyScale.PROPORTIONAL
        notes.append(
            "The file does not say whether its values are linear or logarithmic in "
            "X-ray intensity: only their order is used."
        )
        return GreyScale.DISPLAY
    notes.append(
        "Processed for display: only the order of grey levels is certain, and no "
        "calibre is taken from them."
    )
    return GreyScale.DISPLAY


def _rising(tags: Tags, scale: GreyScale, values: Values, notes: list[str]) -> bool:
    """Tell from the header whether a larger value is more attenuating.

    For an image to be processed the sign of the pixel intensity relationship rules;
    for one to be looked at, what is shown bright.
    """
    bright = _bright_is_large(tags, notes)
    if tags.word("Modality") in _FLUOROSCOPY:
        bright = not bright
    sign = tags.integer("PixelIntensityRelationshipSign")
    if sign not in (1, -1):
        if scale is GreyScale.ATTENUATION:
            notes.append("No sign of intensity: larger counts taken as more X-rays.")
            return False
        return bright
    falling_table = values[-1] < values[0] and values.argmax() < values.argmin()
    by_sign = (sign == -1) != falling_table
    if scale is GreyScale.DISPLAY and by_sign != bright:
        notes.append(
            "Sign of the pixel intensity relationship contradicts what is shown "
            "bright; the latter was used."
        )
        return bright
    return by_sign


def _bright_is_large(tags: Tags, notes: list[str]) -> bool:
    inverse = tags.word("PhotometricInterpretation") == "MONOCHROME1"
    shape = tags.word("PresentationLUTShape")
    if shape and (shape == "INVERSE") != inverse:
        notes.append(
            "Photometric Interpretation and Presentation LUT Shape contradict each "
            "other; the former was used."
        )
    lookup = tags.lookups.get("voi")
    if lookup is not None and lookup.entries[-1] < lookup.entries[0]:
        notes.append("The file's lookup table for display inverts; so did we.")
        inverse = not inverse
    return not inverse


def _attenuation(counts: Values, seen: Values, notes: list[str]) -> Values:
    """Return -ln(counts / air); counts below one are taken as one."""
    air = air_counts(seen)
    notes.append(f"Attenuation relative to an air level of {air:.0f}, from the image.")
    return np.log(air / np.maximum(counts, min(1.0, air)))


def _is_air(
    table: Values,
    padding: NDArray[np.bool_],
    sample: NDArray[np.generic],
    level: float | None,
) -> bool:
    """Tell whether padding is the air itself: much of the image, well below `level`.

    Makers that draw air as the padding value leave fat as the darkest of the rest.
    """
    if level is None or not padding.any():
        return False
    share = float(padding[sample].mean())
    return share >= PADDED_AIR and float(table[padding].max()) < level - AIR_BELOW


def _fill(
    table: Values,
    padding: NDArray[np.bool_],
    sample: NDArray[np.generic],
    level: float | None,
) -> None:
    """Give padding the level of air, in place.

    Without a known air level: if padding lies at the air end it is air as the maker
    draws it, and stays; else it gets the least of what the image shows.
    """
    cells = np.bincount(sample.ravel(), minlength=len(table)).astype(bool)
    rest = table[cells & ~padding]
    if not padding.any() or not rest.size:
        return
    least = float(np.quantile(rest, 0.001))
    if level is not None:
        table[padding] = level
    elif table[padding].max() > least:
        table[padding] = least


def windowed(values: Values, centre: float, width: float, function: str) -> Values:
    """Apply a window: values to brightness in [0, 1].

    Parameters
    ----------
    function
        LINEAR, LINEAR_EXACT or SIGMOID, as PS3.3 C.11.2.1.2 and C.11.2.1.3 define.
    """
    if function == "SIGMOID":
        exponent = np.clip(-4 * (values - centre) / width, -700, 700)
        return 1 / (1 + np.exp(exponent))
    if function == "LINEAR_EXACT":
        return np.clip((values - centre) / width + 0.5, 0, 1)
    if width <= 1:
        return (values > centre - 0.5).astype(np.float64)
    return np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)


def shown_range(tags: Tags, values: Values) -> tuple[float, float] | None:
    """Return the values that the file shows at 1 % and 99 % of its brightness range.

    A lookup table comes before a window; None if the file has neither.
    """
    domain = np.unique(values)
    lookup = tags.lookups.get("voi")
    if lookup is not None:
        shown = lookup.apply(domain)
        span = shown.max() - shown.min()
        shown = (shown - shown.min()) / span if span > 0 else shown
    else:
        macro = tags.group("FrameVOILUTSequence.WindowCenter").rpartition(".")[0]
        centre, width, function = (
            next(iter(tags.words(name) or tags.words(f"{macro}.{name}")), "")
            for name in ("WindowCenter", "WindowWidth", "VOILUTFunction")
        )
        try:
            middle, reach = float(centre), float(width)
        except ValueError:
            return None
        if not (reach > 0 and np.isfinite([middle, reach]).all()):
            return None
        shown = windowed(domain, middle, reach, function or "LINEAR")
    between = domain[(shown >= 0.01) & (shown <= 0.99)]
    return (float(between[0]), float(between[-1])) if len(between) > 1 else None
