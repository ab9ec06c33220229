"""Pictures: nothing is lost, nothing lies elsewhere than the numbers say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from galactograph.pictures import compose, draw, lumen_mask
from galactograph.pictures.charts import profile
from galactograph.pictures.colours import CALIBRE_COLOURS, calibre_class, rgb
from galactograph.pictures.grey import shrink, to_grey
from galactograph.pictures.hero import MOST_BYTES
from galactograph.pictures.marks import breast_box, marks, whole
from galactograph.pictures.overlays import paint
from galactograph.pictures.runs import By, runs
from galactograph.values.clock import hour, quadrant
from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.report import Reading
from galactograph.values.tree import DuctTree

WHOLE = reports.report()
ONE = WHOLE.readings[0]


def straight(
    start: tuple[float, float], stop: tuple[float, float], calibre_px: float
) -> Reading:
    """Return a view whose one duct is a straight tube; pixels of 1 mm."""
    grid = Grid(shape=(80, 100), spacing_mm=(1.0, 1.0))
    ends = np.array([[start[1], start[0], 0.0], [stop[1], stop[0], 0.0]])
    tree = DuctTree(
        points_mm=ends, parents=np.array([-1, 0]), radii_mm=np.full(2, calibre_px / 2)
    )
    image = replace(ONE.view.image, pixels=np.zeros((80, 100), np.float32), grid=grid)
    view = replace(ONE.view, image=image)
    return replace(ONE, view=view, ducts=(reports.duct(tree, grid),))


@given(
    radius=st.floats(1.0, 6.0),
    angle=st.floats(0, np.pi),
    row=st.floats(30, 50),
    column=st.floats(40, 60),
)
@settings(max_examples=40, deadline=None)
def test_the_mask_is_every_pixel_whose_centre_lies_in_the_tube(
    radius: float, angle: float, row: float, column: float
) -> None:
    half = 15 * np.array([np.sin(angle), np.cos(angle)])
    middle = np.array([row, column])
    start, stop = middle - half, middle + half
    mask = lumen_mask(straight((start[0], start[1]), (stop[0], stop[1]), 2 * radius))
    assert set(np.unique(mask)) <= {0, 255}
    place = np.moveaxis(np.mgrid[:80, :100], 0, -1)
    along = np.clip(((place - start) @ (stop - start)) / 900, 0, 1)
    away = np.linalg.norm(place - (start + along[..., None] * (stop - start)), axis=-1)
    # Discs half a pixel apart leave their union at most this much thinner.
    slack = radius - np.sqrt(radius**2 - 0.25**2) + 1e-9
    assert (mask[away <= radius - slack] == 255).all()
    assert (mask[away > radius + 1e-9] == 0).all()


def test_a_duct_thinner_than_a_pixel_stays_connected() -> None:
    mask = lumen_mask(straight((10.3, 5.2), (66.7, 91.4), 0.2))
    count, _ = cv2.connectedComponents((mask > 0).astype(np.uint8), connectivity=4)
    assert count == 2


def test_a_mask_follows_a_shift_of_the_duct() -> None:
    still = lumen_mask(straight((20, 20), (40, 60), 5))
    moved = lumen_mask(straight((27, 31), (47, 71), 5))
    np.testing.assert_array_equal(moved[7:, 11:], still[:-7, :-11])


def test_a_duct_that_leaves_the_image_is_cut_not_wrapped() -> None:
    mask = lumen_mask(straight((40, 60), (40, 140), 6))
    assert mask[40, 99] == 255
    assert mask[:, :50].max() == 0


@pytest.mark.parametrize("column", [7, 500, 1001])
def test_a_line_of_one_pixel_survives_shrinking_in_every_row(column: int) -> None:
    pixels = np.zeros((1200, 1100), np.float32)
    pixels[:, column] = 1
    small, factor = shrink(pixels, 300)
    assert max(small.shape) == 300
    assert (small.max(axis=1) > 0.2).all()
    np.testing.assert_allclose(small.mean(), pixels.mean(), rtol=0.02)
    np.testing.assert_allclose(factor, 0.25)


@given(st.floats(-5, 5), st.floats(0.01, 5), st.floats(0.5, 2))
def test_more_attenuation_is_never_darker(
    low: float, width: float, gamma: float
) -> None:
    ramp = np.linspace(-12, 12, 97, dtype=np.float32)[None]
    grey = to_grey(ramp, (low, low + width), gamma).astype(int)
    assert (np.diff(grey) >= 0).all()
    assert grey[0, 0] == 0
    assert grey[0, -1] == 255


def test_every_centreline_is_drawn_in_full_and_where_it_is() -> None:
    ways: tuple[By, ...] = ("calibre", "generation")
    for by in ways:
        drawn = np.concatenate([run.points for run in runs(ONE, by)])
        traced = np.concatenate(
            [np.column_stack([d.columns, d.rows]) + 0.5 for d in ONE.ducts]
        )
        away = np.linalg.norm(drawn[:, None] - traced[None], axis=-1).min(axis=1)
        assert away.max() < 1e-3
        length = sum(
            np.linalg.norm(np.diff(run.points, axis=0), axis=1).sum()
            for run in runs(ONE, by)
        )
        whole_px = ONE.total_length_mm / ONE.view.image.grid.pixel_mm
        np.testing.assert_allclose(length, whole_px, rtol=0.01)


@pytest.mark.parametrize(
    ("mm", "place"), [(0.2, 0), (0.3, 1), (0.7, 2), (1.5, 3), (2.5, 4), (4.0, 5)]
)
def test_ectatic_ducts_have_colours_of_their_own(mm: float, place: int) -> None:
    assert calibre_class(np.array([mm]), in_mm=True)[0] == place
    assert len(set(CALIBRE_COLOURS)) == 6


def test_the_overlay_shows_the_colours_of_its_ducts() -> None:
    image = paint(ONE, (), longest=1300)
    shown = {tuple(c) for c in image.reshape(-1, 3)}
    used = {run.colour for run in runs(ONE, "calibre")}
    assert all(rgb(colour) in shown for colour in used)


@pytest.mark.parametrize("box", [None, (10, 20, 80, 100)])
def test_a_centreline_is_painted_on_its_own_pixels(
    box: tuple[int, int, int, int] | None,
) -> None:
    tube = straight((24, 30), (44, 30), 1.5)
    bare = replace(tube, scene=replace(tube.scene, **empty_scene(80, 100)))
    top, left, *_ = box or (0, 0)
    image = paint(bare, (), longest=100 if box is None else 80, box=box)
    # All else is grey: how colourful a pixel is says how much line it holds.
    colourful = np.ptp(image.astype(float), axis=-1)
    rows, columns = np.mgrid[: len(image), : image.shape[1]]
    middle = [(colourful * k).sum() / colourful.sum() for k in (rows, columns)]
    np.testing.assert_allclose(np.add(middle, [top, left]), [34, 30], atol=0.3)


def empty_scene(rows: int, columns: int) -> dict[str, Any]:
    """Return what a scene needs to fit an image of another size."""
    return {
        "excess": np.zeros((rows, columns), np.float32),
        "breast": np.ones((rows, columns), bool),
        "nipple": None,
    }


def test_labels_do_not_overlap_and_stay_in_the_picture() -> None:
    box, height = whole(ONE), 20.0
    found = WHOLE.findings[:1] * 5
    places = marks(ONE, found, height, box)
    assert len(places) == 5
    corners = [m.label_at for m in places]
    for n, (x, y) in enumerate(corners):
        assert 0 <= x <= box[3]
        assert height <= y <= box[2]
        for a, b in corners[:n]:
            assert abs(a - x) >= 0.6 * height or abs(b - y) >= height


def test_the_box_holds_breast_ducts_and_nipple() -> None:
    top, left, bottom, right = breast_box(ONE)
    down, along = np.nonzero(ONE.scene.breast)
    assert top <= down.min()
    assert bottom > down.max()
    assert left <= along.min()
    for duct in ONE.ducts:
        assert duct.columns.max() < right
        assert duct.rows.max() < bottom


def test_masks_and_overlays_have_the_size_they_promise() -> None:
    plates = draw(WHOLE)
    for reading, drawn in zip(WHOLE.readings, plates.views, strict=True):
        mask = cv2.imdecode(
            np.frombuffer(drawn.mask_png, np.uint8), cv2.IMREAD_UNCHANGED
        )
        np.testing.assert_array_equal(mask, lumen_mask(reading))
        overlay = cv2.imdecode(
            np.frombuffer(drawn.overlay_png, np.uint8), cv2.IMREAD_COLOR
        )
        assert mask is not None
        assert overlay is not None
        assert overlay.shape[0] / overlay.shape[1] == pytest.approx(
            mask.shape[0] / mask.shape[1], rel=0.01
        )


def test_the_vector_overlay_is_sound_xml_in_stored_pixels() -> None:
    plates = draw(WHOLE)
    root = ET.fromstring(plates.views[0].overlay_svg)  # noqa: S314  our own
    groups = {g.get("id") for g in root.iter("{http://www.w3.org/2000/svg}g")}
    assert {"calibre", "generation", "nipple", "findings", "frame"} <= groups
    x, y, width, height = map(float, (root.get("viewBox") or "").split())
    rows, columns = WHOLE.readings[0].view.image.grid.shape
    assert x >= 0
    assert y >= 0
    assert x + width <= columns
    assert y + height <= rows


def test_no_vector_holds_a_number_that_is_none() -> None:
    plates = draw(WHOLE)
    drawn = [v.picture.layers for v in plates.views]
    drawn += [c.layers for f in plates.findings for c in f.crops]
    drawn += [f.profile.layers for f in plates.findings if f.profile]
    text = "".join(layer for layers in drawn for layer in layers.values())
    assert "nan" not in text
    assert "inf" not in text
    assert "None" not in text


def test_a_profile_without_spacing_is_in_pixels() -> None:
    finding = WHOLE.findings[0]
    in_mm = profile(finding, "F1", pixel_mm=None)
    in_px = profile(finding, "F1", pixel_mm=0.08)
    assert in_mm is not None
    assert in_px is not None
    assert "(mm)" in in_mm.layers["profile"]
    assert "mm" not in in_px.layers["profile"]


def test_the_summing_picture_is_small_enough_for_a_first_screen() -> None:
    assert 20_000 < len(compose(WHOLE, "F1", ["one", "two"])) <= MOST_BYTES
    assert len(compose(reports.no_contrast(), "No findings", [])) <= MOST_BYTES


def test_without_millimetres_no_place_is_drawn() -> None:
    assert draw(WHOLE).location is not None
    assert draw(reports.report(spacing_kind=SpacingKind.NONE)).location is not None
    bare = tuple(replace(f, depth=None) for f in WHOLE.findings)
    none = replace(reports.report(spacing_kind=SpacingKind.NONE), findings=bare)
    assert draw(none).location is None


@given(st.integers(1, 12), st.sampled_from(list(Laterality)))
def test_a_mirrored_clock_lies_in_the_same_quadrant_of_the_other_breast(
    h: int, side: Laterality
) -> None:
    other = Laterality.RIGHT if side is Laterality.LEFT else Laterality.LEFT
    assert quadrant(str(h), side) == quadrant(str((12 - h) % 12 or 12), other)


@pytest.mark.parametrize(
    ("words", "value"), [("10", 10.0), ("10:30", 10.5), ("12 o'clock", 0.0), ("", None)]
)
def test_clock_positions_are_understood(words: str, value: float | None) -> None:
    assert hour(words) == value
