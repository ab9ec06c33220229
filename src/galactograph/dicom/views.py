"""From a DICOM file to a view: one picture that a reader can measure on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galactograph.dicom.air import find_air, thinned
from galactograph.dicom.codec import Codec
from galactograph.dicom.frames import frames_of, layout_of
from galactograph.dicom.greyscale import meaning_of
from galactograph.dicom.headers import Record
from galactograph.dicom.labels import Labels, labels_of, overridden
from galactograph.dicom.modality import check_mammogram
from galactograph.dicom.roles import Clues, clues_of
from galactograph.dicom.spacing import Spacing, spacing_of
from galactograph.dicom.stacks import Lie, counted_down, load_stack
from galactograph.dicom.tags import Tags
from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid
from galactograph.values.image import Image
from galactograph.values.study import View

_SIMULATED = "SIMULATED"

_THICK_MM = (10.0, 150.0)
"""Compressed breasts measure 21 to 102 mm (found, UK screening), with a margin."""

_SLICE_MM = (0.2, 12.0)
"""Slices are 0.5 to 1 mm apart, slabs 5 to 10 mm (remembered), with a margin."""

_TURN_DEG = (-180.0, 180.0)
"""What a positioner can turn; DICOM PS3.3 C.8.11.7 (found)."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user said: it goes before what the files say."""

    spacing: Spacing | None = None
    force: bool = False
    laterality: Laterality | None = None
    position: str | None = None


@dataclass(frozen=True)
class Seen:
    """A view, and what bears on its role."""

    view: View
    clues: Clues


def load_view(record: Record, wishes: Wishes, codec: Codec) -> Seen:
    """Decode one DICOM image.

    Raises
    ------
    Unreadable
        If it is no mammogram, or damaged.
    """
    tags = record.tags
    mammogram = check_mammogram(record, force=wishes.force)
    layout = layout_of(record)
    spacing = wishes.spacing or spacing_of(tags, record.source)
    labels = overridden(labels_of(tags), wishes.laterality, wishes.position)
    factor, step = spacing.magnification, _slice_step(tags, layout.frames)
    slice_mm = 1.0 if step is None else float(np.linalg.norm(step))
    pixel_mm = float(np.sqrt(spacing.mm[0] * spacing.mm[1]))
    if layout.frames > 1:
        lie = Lie(pixel_mm, slice_mm, counted_down(step, labels))
        stack = load_stack(record, layout, codec, lie, mammogram=mammogram)
        pixels, meaning = stack.pixels, stack.meaning
    else:
        stack = None
        (cells,) = frames_of(record, layout, codec)
        meaning = meaning_of(tags, layout, thinned(cells), mammogram=mammogram)
        pixels = meaning.table[cells]
    notes = [*spacing.notes, *labels.notes, *meaning.notes]
    notes += _lies_wrong(pixels, labels)
    if not mammogram:
        notes.insert(0, "Not a mammogram: read because it was forced.")
    if layout.frames > 1:
        notes.append(f"The largest value of {layout.frames} slices at each pixel.")
    view = View(
        image=Image(
            pixels=pixels,
            grid=Grid(
                shape=pixels.shape,
                spacing_mm=spacing.mm,
                spacing_kind=spacing.kind,
                slice_mm=slice_mm,
            ),
        ),
        source=record.source,
        grey_scale=meaning.scale,
        laterality=labels.laterality,
        position=labels.position,
        sop_instance_uid=tags.word("SOPInstanceUID") or None,
        sop_class_uid=tags.word("SOPClassUID") or None,
        orientation=labels.orientation,
        modality=tags.word("Modality") or None,
        description=" ".join(tags.words("SeriesDescription")),
        frames=layout.frames,
        depth=None if stack is None else stack.depth,
        reliefs=None if stack is None else stack.reliefs,
        shadow=None if stack is None else stack.shadow,
        magnification=factor,
        simulated=is_simulated(tags),
        window=meaning.window,
        thickness_mm=_believable(tags, "BodyPartThickness", *_THICK_MM)
        or _believable(tags, "XRay3DAcquisitionSequence.BodyPartThickness", *_THICK_MM),
        slice_step_mm=step,
        angle_deg=_believable(tags, "PositionerPrimaryAngle", *_TURN_DEG),
        notes=tuple(dict.fromkeys(notes)),
    )
    return Seen(view, clues_of(tags, labels.laterality, labels.position, factor))


def _believable(tags: Tags, name: str, least: float, most: float) -> float | None:
    """Return a number of the header; None if it is not there or cannot be."""
    stated = tags.number(name)
    return stated if stated is not None and least <= stated <= most else None


def _slice_step(tags: Tags, frames: int) -> tuple[float, float, float] | None:
    """Return the way from one slice to the next in the patient; None if not told."""
    if frames < 2:
        return None
    places = tags.numbers(tags.group("PlanePositionSequence.ImagePositionPatient"))
    if len(places) != 3 * frames:
        return None
    step = (np.array(places[-3:]) - np.array(places[:3])) / (frames - 1)
    if not _SLICE_MM[0] <= float(np.linalg.norm(step)) <= _SLICE_MM[1]:
        return None
    return float(step[0]), float(step[1]), float(step[2])


def is_simulated(tags: Tags) -> bool:
    """Tell whether the file says that no patient was exposed."""
    names = ("PatientName", "ImageComments", "DerivationDescription")
    return any(_SIMULATED in tags.word(name) for name in names)


def _lies_wrong(pixels: NDArray[np.float32], labels: Labels) -> list[str]:
    """Compare Patient Orientation with where the air lies: opposite the chest wall."""
    if labels.orientation is None:
        return []
    air = find_air(thinned(pixels).astype(np.float64))
    towards = labels.orientation[0][:1]
    if air is None or towards not in ("A", "P") or air.side not in ("left", "right"):
        return []
    stated = "right" if towards == "A" else "left"
    if air.side == stated:
        return []
    note = (
        f"Patient Orientation puts the nipple at the {stated} edge, and the pixels "
        f"show air at the {air.side} edge."
    )
    return [note]
