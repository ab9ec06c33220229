"""Abrupt terminations: wide, sharp, and nothing beyond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactograph.finders._past import flare
from galactograph.finders.termination import find
from galactograph.values.report import Finding, Reading
from galactograph.values.study import GreyScale
from strips import MARGIN_MM, PIXEL_MM, Other, World, reading_of

ENDED = World(calibre_mm=1.4, length_mm=40.0, ends_mm=25.0)


def ends(world: World) -> list[Finding]:
    """Return the terminations of a painted duct."""
    return list(find(reading_of(world)))


@pytest.mark.parametrize("calibre", [0.85, 1.2, 2.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_wide_duct_that_stops_is_found_at_its_end(calibre: float, seed: int) -> None:
    (found,) = ends(replace(ENDED, calibre_mm=calibre, seed=seed))
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(25, abs=0.6)
    assert found.width_mm == pytest.approx(calibre, abs=0.15)
    assert found.along_duct_mm == pytest.approx(35, abs=0.8)
    assert "no duct carries on" in found.explanation


def test_a_thin_tip_is_no_termination() -> None:
    assert not ends(replace(ENDED, calibre_mm=0.35))
    assert not ends(replace(ENDED, calibre_mm=0.6))
    assert not ends(replace(ENDED, calibre_mm=1.4, taper_per_mm=0.08))


def test_a_dilution_front_is_no_termination() -> None:
    assert not ends(World(calibre_mm=1.4, length_mm=30, fade_mm=8))


def cut(reading: Reading, column: int) -> Reading:
    """Return a reading whose image ends before `column`."""
    scene, view = reading.scene, reading.view
    pixels = view.image.pixels[:, :column]
    grid = replace(view.image.grid, shape=pixels.shape)
    return replace(
        reading,
        scene=replace(
            scene, excess=scene.excess[:, :column], breast=scene.breast[:, :column]
        ),
        view=replace(view, image=replace(view.image, pixels=pixels, grid=grid)),
    )


def test_a_tip_at_the_border_is_no_termination() -> None:
    reading = reading_of(ENDED)
    for left, seen in ((10.0, True), (4.0, False)):
        edge = round((MARGIN_MM + 25 + left) / PIXEL_MM)
        assert bool(list(find(cut(reading, edge)))) is seen


def test_a_wide_duct_that_hands_on_to_a_thin_one_is_blocked() -> None:
    thin = Other(0.0, 0.55, 0, 0.25, starts_mm=0.0)
    (found,) = ends(replace(ENDED, calibre_mm=2.2, others=(thin,)))
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(25, abs=0.6)
    assert 0 < found.evidence["goes_on"] < 0.4
    assert "goes on beyond" in found.explanation


def test_a_wide_duct_that_hands_on_to_daughters_is_not() -> None:
    daughters = tuple(Other(18.0, 0.0, a, 0.75, starts_mm=18.0) for a in (-22, 22))
    world = replace(ENDED, calibre_mm=2.0, length_mm=26.0, ends_mm=20.5)
    assert not ends(replace(world, others=daughters))


def test_a_front_is_found_however_the_trace_wanders_at_it() -> None:
    reading = reading_of(replace(ENDED, calibre_mm=3.0))
    (strip,) = reading.strips
    s = strip.s_mm
    off = 1.3 * np.clip((s - s[-1] + 3) / 3, 0, 1) / PIXEL_MM
    astray = replace(strip, rows=strip.rows + off)
    (found,) = find(replace(reading, strips=(astray,)))
    assert found.places[0].column * PIXEL_MM - MARGIN_MM == pytest.approx(25, abs=0.6)
    assert found.width_mm == pytest.approx(3.0, abs=0.25)


def test_where_contrast_is_as_thin_as_tissue_thin_ends_are_not_judged() -> None:
    reading = reading_of(replace(ENDED, calibre_mm=0.85))
    assert reading.view.grey_scale is GreyScale.ATTENUATION
    assert list(find(reading))
    thin = replace(
        reading,
        opacity_per_mm=0.25,
        scene=replace(reading.scene, excess=reading.scene.excess * 0.4),
    )
    assert not list(find(thin))


@pytest.mark.parametrize(("ends_mm", "length_mm"), [(25.0, 40.0), (6.0, 9.7)])
def test_a_trace_that_runs_on_past_the_end_is_seen_through(
    ends_mm: float, length_mm: float
) -> None:
    world = replace(ENDED, calibre_mm=1.1, ends_mm=ends_mm, length_mm=length_mm)
    reading = reading_of(world)
    whole = reading_of(replace(world, ends_mm=None))
    (strip,) = whole.strips
    rows = round(strip.rows[0])
    across = np.arange(len(strip.u_mm)) - len(strip.u_mm) // 2 + rows
    seen = reading.scene.excess[np.ix_(across, strip.columns.astype(int))].T
    long = replace(strip, excess=seen)
    found = list(find(replace(reading, strips=(long,), ducts=whole.ducts)))
    assert [f.places[0].column * PIXEL_MM - MARGIN_MM for f in found] == pytest.approx(
        [ends_mm], abs=1.0
    )


def test_a_duct_that_carries_on_untraced_is_no_termination() -> None:
    whole = reading_of(replace(ENDED, ends_mm=None))
    short = reading_of(ENDED)
    cut = replace(short, scene=whole.scene)
    assert not list(find(cut))


def test_a_tip_that_lies_on_another_duct_is_no_termination() -> None:
    world = replace(ENDED, others=(Other(25.5, 0, 80, 0.8),))
    assert not ends(world)


def test_a_faint_wide_band_is_no_duct() -> None:
    reading = reading_of(ENDED)
    faint: Reading = replace(reading, opacity_per_mm=5 * reading.opacity_per_mm)
    assert not list(find(faint))


def test_what_swells_a_duct_that_it_blocks_lies_beyond_the_front() -> None:
    swollen = replace(ENDED, calibre_mm=1.0, widenings=((25.0, 8.0, 1.2),))
    (found,) = ends(swollen)
    assert found.width_mm is not None
    beyond = found.places[0].column * PIXEL_MM - MARGIN_MM - 25
    assert found.evidence["of_parent"] > 1.2
    assert beyond == pytest.approx(found.width_mm, abs=0.7)


def test_confidence_lies_in_bounds_and_grows_with_calibre() -> None:
    thin, wide = (ends(replace(ENDED, calibre_mm=c))[0].confidence for c in (0.85, 1.8))
    assert 0 <= thin <= wide <= 1


@pytest.mark.parametrize(
    ("taper_per_mm", "least", "most"),
    [(0.0, 0.93, 1.07), (-0.1, 1.1, 1.5), (0.1, 0.6, 0.9)],
)
def test_a_lumen_flares_as_it_widens_towards_its_front(
    taper_per_mm: float, least: float, most: float
) -> None:
    world = World(
        calibre_mm=2.4 * np.exp(20 * taper_per_mm),
        taper_per_mm=taper_per_mm,
        length_mm=30.0,
    )
    reading = reading_of(world)
    middle = reading.scene.excess.shape[0] // 2 * PIXEL_MM
    where = (np.array([middle, MARGIN_MM + 20.0]), np.array([0.0, 1.0]))
    contrast = 2.4 * world.opacity_per_mm
    assert least < flare(reading, where, 2.4, contrast) < most


def test_where_a_swelling_ends_and_its_duct_goes_on_thin_is_no_cut_off() -> None:
    thin = Other(0.0, 0.3, 4.0, 0.25, starts_mm=20.0)
    swelling = replace(ENDED, calibre_mm=0.8, ends_mm=24.0, others=(thin,))
    assert not ends(replace(swelling, widenings=((19.0, 10.5, 2.4),)))
