"""Plant what ails the injected lobe: one lesion or imitator, and any bubbles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from galactograph.phantom.anatomy import Build, LesionName
from galactograph.phantom.cancers import dcis, invasive
from galactograph.phantom.ectasias import ectasia, focal
from galactograph.phantom.imitators import bubbles, clot, kink, leak, secretion
from galactograph.phantom.papillomas import papilloma, papillomas
from galactograph.phantom.planting import Planted

Planter = Callable[[Planted, Build, np.random.Generator], Planted]

PLANTERS: dict[LesionName, Planter] = {
    "papilloma": papilloma,
    "papillomas": papillomas,
    "ectasia": ectasia,
    "focal-ectasia": focal,
    "dcis": dcis,
    "invasive": invasive,
    "extravasation": leak,
    "clot": clot,
    "secretion": secretion,
    "kink": kink,
}
"""A normal lobe has no lesion, bubbles are planted last, and an underfilled lobe is a
normal one that gets too little contrast."""


def plant(planted: Planted, build: Build, rng: np.random.Generator) -> Planted:
    """Plant the lesion that `build` asks for, and its bubbles."""
    if build.lesion in PLANTERS:
        planted = PLANTERS[build.lesion](planted, build, rng)
    if build.bubbles > 0 or build.lesion == "air-bubbles":
        planted = bubbles(planted, build, rng)
    return planted
