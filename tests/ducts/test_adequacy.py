"""Whether a view can be read: each verdict and its reasons."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.scenes import TREE, Line, World, reading_of, view_of
from galactograph.ducts.adequacy import has_contrast, judge
from galactograph.ducts.tracing import Trace
from galactograph.reading import read_view
from galactograph.values.codes import Adequacy
from galactograph.values.report import Cloud, Reading
from galactograph.values.study import GreyScale

WORLD = World(lines=TREE)
DIM = replace(WORLD, opacity_per_mm=0.3)
FILLED = (True, "Enough.")
LEAK = Cloud(row=10.0, column=10.0, area_mm2=99.0, excess=1.0)


def verdict(reading: Reading, contrast: tuple[bool, str] = FILLED) -> Adequacy:
    """Return the status of a reading judged again."""
    return judge(
        reading.view, reading.scene, reading.ducts, reading.clouds, contrast
    ).status


def test_a_filled_tree_is_adequate() -> None:
    adequacy = reading_of(WORLD).adequacy
    assert adequacy.status is Adequacy.ADEQUATE
    assert all(reason.endswith(".") for reason in adequacy.reasons)


@pytest.mark.parametrize("seed", [3, 4])
def test_texture_alone_is_no_contrast(seed: int) -> None:
    reading = reading_of(World(texture=0.04, seed=seed))
    assert reading.adequacy.status is Adequacy.NO_CONTRAST
    assert reading.total_length_mm == 0


def test_a_trunk_alone_is_underfilled() -> None:
    world = World(lines=(replace(TREE[0], places=((3, 0), (24, 1))),))
    assert reading_of(world).adequacy.status is Adequacy.UNDERFILLED


def test_a_fork_alone_is_underfilled() -> None:
    reading = reading_of(World(lines=TREE[:3]))
    assert reading.total_length_mm > 40
    assert reading.adequacy.status is Adequacy.UNDERFILLED
    assert "2 branch level" in reading.adequacy.reasons[-1]


def test_lines_as_opaque_as_tissue_are_no_contrast() -> None:
    reading = reading_of(DIM)
    strong = one_trace(worth=100.0)
    for gauge, filled in ((0.03, False), (0.5, True)):
        told, why = has_contrast(reading.view, reading.scene, (strong,), gauge)
        assert told is filled
        assert why.endswith(".")


@pytest.mark.parametrize(("left", "filled"), [(0.4, False), (0.65, False), (0.9, True)])
def test_pale_lines_that_the_scout_shows_are_tissue_that_moved(
    left: float, *, filled: bool
) -> None:
    reading = reading_of(DIM)
    strong = one_trace(worth=200.0)
    scene = replace(reading.scene, difference=left * reading.view.image.pixels)
    told, why = has_contrast(reading.view, scene, (strong,), 0.1)
    assert told is filled
    assert ("scout shows" in why) is not filled
    dense, _ = has_contrast(reading.view, scene, (strong,), 0.5)
    assert dense


def one_trace(worth: float) -> Trace:
    """Return a trace of a given worth along the painted trunk."""
    (duct,) = reading_of(WORLD).ducts
    points = np.stack([duct.rows, duct.columns], axis=1)
    return Trace(
        points=points,
        parents=duct.tree.parents.astype(np.int32),
        half_px=np.full(len(points), 3.0),
        strength=np.full(len(points), 8.0),
        rooted=True,
        worth=worth,
    )


@pytest.mark.parametrize(("worth", "filled"), [(15.0, False), (17.0, True)])
def test_contrast_needs_enough_certain_duct_in_one_tree(
    worth: float, *, filled: bool
) -> None:
    reading = reading_of(DIM)
    traces = (one_trace(worth), one_trace(10.0))
    assert has_contrast(reading.view, reading.scene, traces, 0.5)[0] is filled


def test_no_lines_are_no_contrast() -> None:
    reading = reading_of(WORLD)
    assert has_contrast(reading.view, reading.scene, (), 0.0)[0] is False


def test_where_grey_has_no_unit_its_size_says_nothing() -> None:
    shown = replace(view_of(WORLD), grey_scale=GreyScale.PROPORTIONAL)
    scene = reading_of(WORLD).scene
    assert has_contrast(shown, scene, (one_trace(100.0),), 0.001)[0]


@pytest.mark.parametrize("modality", ["CT", "MR", "XA"])
def test_another_modality_is_no_galactogram(modality: str) -> None:
    reading = reading_of(WORLD)
    other = replace(reading, view=replace(reading.view, modality=modality))
    assert verdict(other) is Adequacy.NOT_A_GALACTOGRAM


@pytest.mark.parametrize("modality", ["MG", "CR", None])
def test_mammography_is_read(modality: str | None) -> None:
    reading = reading_of(WORLD)
    other = replace(reading, view=replace(reading.view, modality=modality))
    assert verdict(other) is Adequacy.ADEQUATE


def test_without_a_breast_there_is_no_galactogram() -> None:
    reading = reading_of(WORLD)
    scene = replace(reading.scene, breast=np.zeros_like(reading.scene.breast))
    assert verdict(replace(reading, scene=scene)) is Adequacy.NOT_A_GALACTOGRAM


def test_a_wide_duct_that_is_blocked_behind_the_nipple_shows_contrast() -> None:
    stump = Line(places=((2, 0), (12, -2)), calibre_mm=(2.0, 3.5))
    reading = read_view(view_of(replace(WORLD, lines=(stump,))))
    assert reading.adequacy.status is Adequacy.UNDERFILLED
    assert "denser than any tissue" in reading.adequacy.reasons[0]
    strand = replace(WORLD, lines=(stump,), opacity_per_mm=0.1)
    assert read_view(view_of(strand)).adequacy.status is Adequacy.NO_CONTRAST


def test_thin_contrast_in_few_ducts_is_underfilled() -> None:
    reading = reading_of(WORLD)
    for share, expected in ((1.0, Adequacy.ADEQUATE), (0.4, Adequacy.UNDERFILLED)):
        ducts = tuple(
            replace(duct, opacity_per_mm=share * duct.opacity_per_mm)
            for duct in reading.ducts
        )
        assert verdict(replace(reading, ducts=ducts)) is expected


def test_where_grey_has_no_unit_thin_contrast_is_not_told() -> None:
    reading = reading_of(WORLD)
    ducts = tuple(
        replace(duct, opacity_per_mm=0.1 * duct.opacity_per_mm)
        for duct in reading.ducts
    )
    view = replace(reading.view, grey_scale=GreyScale.PROPORTIONAL)
    assert verdict(replace(reading, ducts=ducts, view=view)) is Adequacy.ADEQUATE


def test_a_cloud_with_a_wall_is_no_extravasation() -> None:
    reading = replace(reading_of(WORLD), clouds=(replace(LEAK, steep_per_mm=4.0),))
    assert verdict(reading) is Adequacy.ADEQUATE


def test_no_contrast_goes_before_what_else_is_seen() -> None:
    reading = replace(reading_of(WORLD), clouds=(LEAK,))
    assert verdict(reading, (False, "None.")) is Adequacy.NO_CONTRAST
    assert verdict(reading) is Adequacy.EXTRAVASATED
