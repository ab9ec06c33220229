"""Findings, readings and presentations small enough to write by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from galactograph.values.codes import Adequacy, FindingKind
from galactograph.values.geometry import Grid
from galactograph.values.image import DuctMap, Image
from galactograph.values.patient import Colour, Discharge, Presentation
from galactograph.values.report import (
    AdequacyVerdict,
    Finding,
    Place,
    Reading,
    Scene,
)
from galactograph.values.study import View

_FLAT = np.zeros((4, 4), np.float32)


def finding(kind: FindingKind, confidence: float = 0.9, **fields: object) -> Finding:
    """Return a finding of `kind` in the first view."""
    place = Place(view=0, row=1.0, column=1.0, duct=0)
    made = Finding(kind=kind, places=(place,), confidence=confidence)
    return replace(made, **fields)  # type: ignore[arg-type]


def reading(status: Adequacy = Adequacy.ADEQUATE, index: int = 0) -> Reading:
    """Return a reading without ducts."""
    grid = Grid(shape=_FLAT.shape, spacing_mm=(0.07, 0.07))
    return Reading(
        index=index,
        view=View(image=Image(pixels=_FLAT, grid=grid), source="painted"),
        scene=Scene(
            excess=_FLAT,
            breast=_FLAT == 0,
            skin=np.zeros((2, 2)),
            chest_wall="right",
            nipple=None,
            noise=0.02,
        ),
        duct_map=DuctMap(
            probability=_FLAT,
            centreline=_FLAT > 0,
            scale_px=_FLAT,
            orientation_rad=_FLAT,
        ),
        ducts=(),
        strips=(),
        adequacy=AdequacyVerdict(status=status),
    )


def presentations() -> Iterator[Presentation]:
    """Yield presentations with and without everything that a rule may ask for."""
    flags = (None, True, False)
    colours = (None, Colour.BLOODY, Colour.SEROUS, Colour.MILKY, Colour.PURULENT)
    for colour, infection, suspicious, visible, breastfeed, age in itertools.product(
        colours, flags, flags, flags, flags, (None, 25, 45, 66)
    ):
        yield Presentation(
            age=age,
            discharge=Discharge(colour=colour),
            infection=infection,
            suspicious_imaging=suspicious,
            visible_elsewhere=visible,
            wishes_to_breastfeed=breastfeed,
        )
