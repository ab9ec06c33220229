"""How likely a place that lacks contrast is a body: all evidence weighed together.

A rule asks for everything at once and loses what is odd in one respect. Here every
sign adds its own weight to the log odds, so that a body under another duct is still
seen if it is round, deep and enclosed. Beside this sum small trees are heard, which
know what signs mean together; told is the mean of both log odds. All was counted on
simulated studies (`python -m benchmarks.evidence`): the weights stand in
`evidence.toml`, one line a sign, the trees in `evidence.npz`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from galactograph.finders._around import LEAST_MM, REACHES, around
from galactograph.finders._chances import bound, log, odds, weights_in
from galactograph.finders._confidence import quality
from galactograph.finders._deficit import Deficit
from galactograph.finders._places import logistic, pixels_of
from galactograph.finders._trees import Forest, load
from galactograph.finders._twofold import twofold
from galactograph.kernels import ranks
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading

_ABOUT = 5
"""Stations on either side that tell of walls: 0.5 mm. source: assumed"""

_NEAR_NIPPLE_MM = 9.0
"""Here the background steps. source: as for the rules of larger defects"""

_LEAST_QUALITY = 0.1
"""Views are as faint as this at most. source: a third of the contrast at half the dose
is 0.24 of the usual (derived)"""

_WET = 0.35
"""Contrast that is left at a body, over the calibre: under less than this the place is
nearly dry, as between ducts. source: measured on simulated studies"""

_LOW = 10.0
"""Percentile of the innermost ring, its lowest but for noise: a body that does not fill
its duct has contrast under its edge, the gap between two ducts has none."""

_PARTS = ((0.0, "least"), (25.0, "quarter"), (75.0, "most"))
"""Percentiles of a ring that are told: its lowest, most of it, its ducts."""


def weigh(reading: Reading, deficits: Sequence[Deficit]) -> list[Deficit]:
    """Return the deficits of a reading, each with its chance to be a body."""
    told = signs(reading, deficits)
    return [
        replace(deficit, chance=chance(sort_of(deficit), one))
        for deficit, one in zip(deficits, told, strict=True)
    ]


def sort_of(deficit: Deficit) -> str:
    """Return which weights hold: of outlines, dots, or enclosed hollows."""
    if deficit.hollow is not None:
        return "enclosed"
    return "outlined" if deficit.dot is None else "dotted"


def chance(sort: str, told: Mapping[str, float]) -> float:
    """Return the chance to be a body, in [0, 1], from its signs."""
    return heard(weights_in("evidence.toml")[sort], _forests()[sort], told)


def heard(
    weights: Mapping[str, float], forest: Forest, told: Mapping[str, float]
) -> float:
    """Return the chance that a sum of signs and trees make together."""
    return logistic((odds(weights, told) + forest.odds(told)) / 2)


@cache
def _forests() -> dict[str, Forest]:
    with as_file(files("galactograph.finders").joinpath("evidence.npz")) as path:
        return load(path)


def signs(reading: Reading, deficits: Sequence[Deficit]) -> list[dict[str, float]]:
    """Return the signs of each deficit by name; each bounded, so that none rules."""
    if not deficits:
        return []
    grid = reading.view.image.grid
    spots = np.concatenate(
        [
            pixels_of(d.column.strip, np.array([(d.s_mm, d.u_mm)]), grid)
            for d in deficits
        ]
    )
    centre, rings = around(reading, spots, np.array([d.width_mm for d in deficits]))
    faint = -log(quality(reading), _LEAST_QUALITY, 1)
    return [
        {
            **_SIGNS[sort_of(deficit)](deficit),
            **_about(deficit, float(middle), ring),
            "faint": faint,
        }
        for deficit, middle, ring in zip(deficits, centre, rings, strict=True)
    ]


def _about(deficit: Deficit, centre: float, rings: Floats) -> dict[str, float]:
    """Return what the picture and the duct about a place say; `rings` is (R, D)."""
    column = deficit.column
    middle = (deficit.first + deficit.last) // 2
    stations = slice(max(middle - _ABOUT, 0), middle + _ABOUT + 1)
    station = int(column.station[middle])
    width = max(deficit.width_mm, LEAST_MM)
    usual = float(column.strip.expected_mm[station])
    least = min(centre, ranks.percentile(rings[0], _LOW))
    pair = twofold(column, deficit.first, deficit.last)
    more = {
        f"ring{number}_{name}": bound(
            (ranks.percentile(ring, part) - centre) / width, -1, 2
        )
        for number, ring in zip(range(len(REACHES)), rings, strict=True)
        for part, name in _PARTS
    }
    return {
        **more,
        "bright": bound(ranks.percentile(rings[-1], 90.0), 0, 3),
        "centre": bound(centre, -0.2, 2),
        "wet": bound(least / max(deficit.calibre_mm, 0.3), 0, 1),
        "dry": bound(_WET - centre / max(deficit.calibre_mm, 0.3), 0, _WET),
        "overlap": deficit.in_overlap,
        "calibre": log(deficit.calibre_mm, 0.3, 4),
        "usual": log(usual / max(deficit.calibre_mm, 0.2), 0.1, 4),
        "walls": float(column.support[:, stations].min(0).mean()),
        "twofold": -bound(pair.gain, -3, 3),
        "parted": bound(pair.better, 0, 3),
        "misfit": log(pair.misfit, 0.02, 0.5),
        "kept": bound(pair.kept, 0, 1.5),
        "uneven": bound(pair.uneven, 0, 1),
        "nipple": float(column.strip.from_nipple_mm[station] < _NEAR_NIPPLE_MM),
    }


def _outlined(deficit: Deficit) -> dict[str, float]:
    """Return the signs of a place that was outlined."""
    basin, shape = deficit.basin, deficit.shape
    return {
        "drop": bound(deficit.drop, 0, 1),
        "clear": log(deficit.z, 5, 300),
        "scatter": log(deficit.scatter, 0.03, 0.5),
        "enclosed": bound(basin.share, 0, 0.5),
        "depth": log(basin.depth_mm, 0.02, 1),
        "rim": bound(basin.rim, 0.2, 1.1),
        "roundness": bound(shape.roundness, 0, 1),
        "aspect": abs(log(shape.aspect, 0.25, 6)),
        "solidity": abs(log(shape.solidity_mm_per_mm, 0.2, 2)),
        "wider": bound(deficit.expansion - 1, 0, 1),
        "narrower": bound(1 - deficit.expansion, 0, 0.5),
        "match": bound(deficit.match, 0.3, 1),
        "bend": bound(deficit.bend_deg / 60, 0, 1),
        "aside": bound(deficit.aside, 0, 1),
        "concentric": float(deficit.concentric),
        "attached": float(deficit.attached),
        "length": log(deficit.length_mm, 0.4, 8),
        "lumen": bound(deficit.lumen_fraction, 0, 1),
    }


def _dotted(deficit: Deficit) -> dict[str, float]:
    """Return the signs of a place that curves up on every side."""
    dot = deficit.dot
    if dot is None:
        return {}
    calibre = max(deficit.calibre_mm, 0.1)
    return {
        "clear": log(dot.clear, 2, 20),
        "even": bound(dot.even, 0, 1),
        "snr": log(dot.depth_mm / deficit.column.noise_mm, 1, 100),
        "drop": bound(deficit.drop, 0, 1),
        "amplitude": abs(log(dot.depth_mm / dot.diameter_mm, 0.1, 10)),
        "roundness": bound(deficit.shape.roundness, 0, 1),
        "aspect": abs(log(deficit.shape.aspect, 0.25, 6)),
        "off_axis": bound(abs(dot.u_mm) / (calibre / 2), 0, 1.2),
        "diameter": log(dot.diameter_mm, 0.3, 2),
        "fills": log(dot.diameter_mm / calibre, 0.1, 1.2),
    }


def _enclosed(deficit: Deficit) -> dict[str, float]:
    """Return the signs of a place that thicker contrast encloses in the picture."""
    hollow = deficit.hollow
    if hollow is None:
        return {}
    return {
        "clear": log(deficit.z, 5, 300),
        "drop": bound(deficit.drop, 0, 1),
        "enclosed": bound(deficit.basin.share, 0, 1),
        "floor": log(hollow.floor_mm, 0.05, 2),
        "shore": log(hollow.shore_mm / hollow.diameter_mm, 0.1, 4),
        "tight": log(hollow.shore_mm / hollow.level_mm, 0.8, 3),
        "aspect": log(hollow.aspect, 1, 5),
        "solid": bound(hollow.solid, 0.5, 1),
        "roundness": bound(deficit.shape.roundness, 0, 1),
        "size": log(hollow.diameter_mm, 0.5, 8),
    }


_SIGNS = {
    "outlined": _outlined,
    "dotted": _dotted,
    "enclosed": _enclosed,
}
