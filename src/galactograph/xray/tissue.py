"""How much fat and gland lies on the way to each pixel."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.kernels import hulls, sheets
from galactograph.values.parenchyma import Hull, Runs
from galactograph.values.truth import Slab
from galactograph.xray.materials import SKIN_AS_GLAND
from galactograph.xray.panel import Panel
from galactograph.xray.projection import obliquity, spread

Pixels = NDArray[np.float32]

_BACK = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

MARGIN = 0.05
"""How much wider a level panel is that stands in for a tilted one."""

# What a millimetre of air, fat or skin, and of fat, gland, wall or muscle instead of
# fat, adds to fat and to gland. source: muscle attenuates much as gland does, walls
# as skin does (design).
_WHOLE = np.array([[0, 0], [1, 0], [0, SKIN_AS_GLAND]], np.float32)
_INSTEAD = np.array([[0, 0], [-1, 1], [-1, SKIN_AS_GLAND], [-1, 1]], np.float32)


def carved(
    hull: Hull, runs: Runs, panel: Panel, whole: Pixels, instead: Pixels
) -> Pixels:
    """Return what a carved slab weighs along each ray: float32, (C, rows, columns).

    Parameters
    ----------
    hull, runs
        Of the slab.
    panel
        Where it is seen; parallel to the slab.
    whole
        (3, C) what a millimetre outside, inside and in the skin adds.
    instead
        (4, C) what a millimetre of each label of `runs` adds to that.
    """
    e = panel.exposure
    out = np.zeros((whole.shape[1], e.rows, e.columns), np.float32)
    source, frame = panel.source_mm, panel.frame_mm
    hulls.enclose(hull.numbers, panel.under_mm, whole, source, frame, out)
    layout = np.array(
        [runs.slice_mm, runs.row_mm, runs.top_mm, runs.unit_mm, panel.under_mm]
    )
    sheets.project(
        runs.offsets,
        runs.starts,
        runs.labels,
        layout,
        *runs.shape,
        instead,
        source,
        frame,
        out,
    )
    return out


def _levelled(panel: Panel) -> tuple[Panel, Pixels]:
    """Return a level panel under the same source, and where tilted pixels lie on it.

    The second is a homography, (3, 3), from columns and rows of the tilted panel.
    """
    e = panel.exposure
    rows, columns = (int(n * (1 + 2 * MARGIN)) for n in (e.rows, e.columns))
    wider = replace(e, panel_deg=0.0, rows=rows, columns=columns)
    x0, y0 = panel.corner_mm
    corner = (x0, y0 - MARGIN * e.rows * e.pixel_mm)
    level = replace(panel, exposure=wider, corner_mm=corner)
    source, tilt = level.source_mm, np.deg2rad(e.panel_deg)
    here = np.array([[c, r] for r in (0, e.rows - 1) for c in (0, e.columns - 1)])
    x, along = (here.T + 0.5) * e.pixel_mm + np.array([[x0], [y0]])
    y, z = along * np.cos(tilt), -along * np.sin(tilt)
    m = source[2] / (source[2] - z)
    x = source[0] + (x - source[0]) * m
    y = source[1] + (y - source[1]) * m
    there = np.column_stack([x - corner[0], y - corner[1]]) / e.pixel_mm - 0.5
    turn: Pixels = cv2.getPerspectiveTransform(
        here.astype(np.float32), there.astype(np.float32)
    )
    return level, turn


def tissue_paths(slab: Slab, panel: Panel) -> Pixels:
    """Return fat and gland along each ray, mm: float32, (2, rows, columns)."""
    if slab.hull is None or slab.runs is None:
        slant = obliquity(panel)
        gland = slab.gland_mm + SKIN_AS_GLAND * slab.skin_mm
        both = (slab.adipose_mm, gland)
        return np.stack([spread(slab, raster, panel) * slant for raster in both])
    if not panel.exposure.panel_deg:
        paths = carved(slab.hull, slab.runs, panel, _WHOLE, _INSTEAD)
        return np.maximum(paths, 0, out=paths)
    level, turn = _levelled(panel)
    paths = carved(slab.hull, slab.runs, level, _WHOLE, _INSTEAD)
    e = panel.exposure
    return np.stack(
        [
            np.maximum(
                cv2.warpPerspective(p, turn, (e.columns, e.rows), flags=_BACK), 0
            )
            for p in paths
        ]
    )
