"""Lift the tree of one view of slices: tomosynthesis tells the third direction."""

from __future__ import annotations

import numpy as np

from galactograph.ducts.space_depth import heights_of
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_lines import lines_of
from galactograph.ducts.space_places import errors_of
from galactograph.values.codes import Laterality
from galactograph.values.report import Duct3D, Reading
from galactograph.values.study import View
from galactograph.values.tree import DuctTree


def lift_stack(reading: Reading, frame: Frame, number: int) -> tuple[Duct3D, ...]:
    """Return a tree of one view of slices in three dimensions, if it tells enough.

    The height in the slab becomes a place at rest by the same map as the picture.
    """
    view, side = reading.view, reading.view.laterality
    step = slice_step_mm(view, frame)
    if (
        view.depth is None
        or step is None
        or frame.axis is None
        or frame.beam is None
        or frame.pressing is None
        or side not in (Laterality.LEFT, Laterality.RIGHT)
    ):
        return ()
    duct = reading.ducts[number]
    lines = lines_of(frame, duct)
    slices, errors = heights_of(view, duct, abs(step))
    height = (slices[lines.nodes] - (view.frames - 1) / 2) * step
    toward, each = frame.pressing.toward(lines.behind_mm, lines.across_mm, height)
    sigma_behind, sigma_across = errors_of(frame, lines.behind_mm, lines.across_mm)
    # Along the beam the stretch is as unsure as in the picture.
    sigma_toward = np.hypot(errors[lines.nodes] * abs(step) * each, 0.05 * toward + 1.0)
    sign = 1.0 if side is Laterality.LEFT else -1.0
    turn = np.array([frame.axis, frame.beam])
    flat = np.column_stack([lines.across_mm, toward]) @ turn
    sigma = np.sqrt(np.column_stack([sigma_across, sigma_toward]) ** 2 @ turn**2)
    return (
        Duct3D(
            tree=DuctTree(
                points_mm=np.column_stack(
                    [sign * flat[:, 0], lines.behind_mm, flat[:, 1]]
                ),
                parents=lines.parents,
                radii_mm=np.exp(lines.log_calibre) / 2,
            ),
            sigma_mm=np.column_stack([sigma[:, 0], sigma_behind, sigma[:, 1]]),
            ducts=((reading.index, number),),
            nodes=lines.nodes[:, None],
        ),
    )


def slice_step_mm(view: View, frame: Frame) -> float | None:
    """Return the way from slice to slice toward the source, mm; None if not known.

    A file that does not place its slices is taken to count them from the support, and
    to fill the thickness of the breast with them.
    """
    if view.frames < 2 or frame.beam is None:
        return None
    if view.slice_step_mm is not None:
        left, _, up = view.slice_step_mm
        toward = frame.beam[0] * left + frame.beam[1] * up
        return toward if abs(toward) > 0 else None
    if view.thickness_mm is None:
        return None
    return view.thickness_mm / view.frames
