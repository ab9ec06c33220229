"""Injections: what must hold for any duct system, and a few worked by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from galactograph.contrast import Settings, inject, settle, volumes_ml
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.codes import CauseName, FindingKind, Laterality
from galactograph.values.procedure import Injection, StopRule
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Bodies, Breast, Clouds, Filling, Lesion

few = hypothesis_settings(deadline=None, max_examples=25)
STEP = 0.5
GIVE_ALL = Injection(stop_at=StopRule.VOLUME)
TIGHT = Settings(seal_mmhg=1e5, burst_mmhg=1e6, seal_spread=0, burst_spread=0)
"""Nothing escapes beside the cannula, and no wall tears."""


def fork(thin_mm: float = 0.3, step: float = STEP) -> DuctTree:
    """Return a trunk of 50 mm with a wide and a thin branch of 75 mm each."""
    trunk_n, arm_n = round(50 / step), round(75 / step)
    y = np.arange(trunk_n) * step
    trunk = np.column_stack([np.zeros(trunk_n), y, np.zeros(trunk_n)])
    out = np.arange(1, arm_n + 1)[:, None] * step
    left = trunk[-1] + out * np.array([[-0.6, 0.8, 0]])
    right = trunk[-1] + out * np.array([[0.6, 0.8, 0]])
    last, middle = trunk_n - 1, trunk_n + arm_n
    parents = np.concatenate(
        [
            np.arange(-1, last),
            [last],
            np.arange(trunk_n, middle - 1),
            [last],
            np.arange(middle, middle + arm_n - 1),
        ]
    )
    radii = np.repeat([1.0, 0.8, thin_mm], [trunk_n, arm_n, arm_n])
    return DuctTree(
        points_mm=np.vstack([trunk, left, right]), parents=parents, radii_mm=radii
    )


TRUNK, LEFT, RIGHT = slice(1, 100), slice(100, 250), slice(250, 400)


def dichotomous(trunk_mm: float, levels: int = 8) -> DuctTree:
    """Return the plausible tree of the design: 2, 4, ... branches to 0.1 mm.

    A nipple of 10 mm, a trunk of 20 mm, then shorter and thinner branches: the
    calibre falls evenly (in the logarithm) from the trunk's.
    """
    calibres = np.geomspace(trunk_mm, 0.1 * trunk_mm / 1.5, levels + 1)
    lengths = np.concatenate([[20.0], np.geomspace(15.0, 3.0, levels)])
    points, parents, radii = [np.zeros(3)], [-1], [trunk_mm / 3]
    ends = [(0, 0.0)]
    first = 10.0
    for level in range(levels + 1):
        new = []
        for up, turn in ends:
            turns = [0.0] if level == 0 else [-1.0, 1.0]
            for side in turns:
                angle = turn + side * 0.9 / (level + 1)
                length = lengths[level] + first * (level == 0)
                count = max(round(length / STEP), 2)
                at = up
                way = np.array([np.sin(angle), np.cos(angle), 0.01 * side])
                for _ in range(count):
                    points.append(points[at] + way * length / count)
                    parents.append(at)
                    radii.append(calibres[level] / 2)
                    at = len(points) - 1
                new.append((at, angle))
        ends = new
    return DuctTree(
        points_mm=np.array(points),
        parents=np.array(parents),
        radii_mm=np.array(radii),
    )


def breast(
    tree: DuctTree | None = None, *lesions: Lesion, bodies: Bodies | None = None
) -> Breast:
    """Return a breast with that fork as its only lobe."""
    return Breast(
        laterality=Laterality.LEFT,
        thickness_mm=50,
        lobes=(tree or fork(),),
        lesions=lesions,
        bodies=bodies or Bodies(),
    )


def lesion(node: int, *, blocks: bool = True) -> Lesion:
    return Lesion(
        cause=CauseName.PAPILLOMA,
        kind=FindingKind.TERMINATION,
        lobe=0,
        node=node,
        centre_mm=fork().points_mm[node],
        size_mm=2,
        blocks=blocks,
    )


def fill(
    volume: float,
    of: Breast | None = None,
    *,
    seed: int = 1,
    settings: Settings = TIGHT,
    order: Injection = GIVE_ALL,
) -> Filling:
    """Inject `volume` mL."""
    return inject(
        of or breast(),
        replace(order, volume_ml=volume),
        rng=np.random.default_rng(seed),
        settings=settings,
    )


def milligrams(filling: Filling, tree: DuctTree) -> Floats:
    """Return the iodine between each point and its parent, mg."""
    as_left = settle(breast(tree), filling).tree
    held: Floats = filling.iodine_mg_ml * volumes_ml(as_left)
    return held


@few
@given(
    st.floats(0.005, 5.0),
    st.integers(0, 99),
    st.sampled_from(StopRule),
    st.floats(0.002, 0.1),
    st.floats(20.0, 200.0),
)
def test_no_iodine_is_made_and_none_is_lost(
    volume: float, seed: int, rule: StopRule, rate: float, seal: float
) -> None:
    order = Injection(stop_at=rule, rate_ml_s=rate, stop_mmhg=150)
    filling = fill(volume, seed=seed, settings=Settings(seal_mmhg=seal), order=order)
    told = filling.filled_mg + filling.refluxed_mg + filling.leaked_mg
    np.testing.assert_allclose(told, filling.injected_mg, rtol=1e-9)
    assert filling.injected_mg <= 300 * volume * (1 + 1e-9)
    # What the tree holds, point by point, is what it is said to hold.
    held = milligrams(filling, fork()).sum()
    np.testing.assert_allclose(held, filling.filled_mg, rtol=1e-6)
    assert (filling.iodine_mg_ml >= 0).all()
    assert filling.iodine_mg_ml.max() <= 300 * (1 + 1e-9)


@few
@given(st.floats(0.01, 0.3), st.floats(0.01, 0.3), st.integers(0, 50))
def test_more_volume_never_empties_a_point(a: float, b: float, seed: int) -> None:
    less, more = (fill(v, seed=seed).iodine_mg_ml for v in sorted((a, b)))
    # Walls that were stretched mix a little when they slacken: 1 % of 300 mg/mL.
    assert (more >= less - 3).all()
    assert more.sum() >= less.sum() - 1e-6


def test_contrast_comes_from_the_orifice_and_its_front_fades() -> None:
    at_once = replace(TIGHT, wait_s=0.0)
    iodine = fill(0.02, breast(fork(step=0.25)), settings=at_once).iodine_mg_ml
    trunk = iodine[1:200]
    assert trunk[0] > 30
    assert (np.diff(trunk) < 1e-6).all()
    assert trunk[-1] < 0.2 * trunk[0]
    # Smooth: from nine tenths to one tenth takes more than a few millimetres.
    fading = (trunk < 0.9 * trunk[0]) & (trunk > 0.1 * trunk[0])
    assert 0.25 * fading.sum() > 4


def test_a_duct_that_is_not_distended_is_thin_but_dense() -> None:
    some, all_ = fill(0.1), fill(0.3)
    assert 0.5 < some.calibre_fraction[20] < 0.9
    assert all_.calibre_fraction[20] > 0.97
    # Secretion from beyond mixed in a little; the lumen is about half as large.
    assert some.iodine_mg_ml[20] > 0.75 * all_.iodine_mg_ml[20]
    assert some.calibre_fraction[20] ** 2 < 0.65
    left = settle(breast(), some).tree
    np.testing.assert_allclose(left.radii_mm, fork().radii_mm * some.calibre_fraction)


def test_wide_branches_fill_before_thin_ones() -> None:
    iodine = fill(0.15).iodine_mg_ml
    reach = [(iodine[arm] > 15).mean() for arm in (LEFT, RIGHT)]
    assert reach[0] > 1.2 * reach[1]
    assert iodine[LEFT].mean() > 1.5 * iodine[RIGHT].mean()


def test_nothing_passes_a_block_and_what_lies_beyond_stays_dark() -> None:
    free = fill(0.3)
    blocked = fill(0.3, breast(None, lesion(150)), order=Injection())
    assert (blocked.iodine_mg_ml[150:250] == 0).all()
    # Secretion caught before the block mixes with contrast: it shows up to the edge.
    assert (blocked.iodine_mg_ml[100:150] > 100).all()
    assert (blocked.iodine_mg_ml[RIGHT] > 0).mean() > 0.9
    assert (free.iodine_mg_ml[150:250] > 0).mean() > 0.9
    assert blocked.course.given_ml < free.course.given_ml


def test_a_narrow_place_darkens_what_lies_beyond_without_closing_it() -> None:
    """A stenosis of a tenth of the calibre over 5 mm, in the wide branch."""
    tree = fork()
    radii = tree.radii_mm.copy()
    radii[120:130] = 0.03
    narrow = breast(replace(tree, radii_mm=radii))
    open_, tight = fill(0.15).iodine_mg_ml, fill(0.15, narrow).iodine_mg_ml
    assert tight[135:250].sum() < 0.7 * open_[135:250].sum()
    much = fill(0.4, narrow, order=replace(GIVE_ALL, rate_ml_s=0.002))
    assert much.iodine_mg_ml[135:160].min() > 50


def test_a_body_in_the_lumen_takes_the_room_of_contrast_and_some_pressure() -> None:
    node = 150
    body = Bodies(
        nodes=np.array([node]),
        offsets_mm=np.zeros((1, 3)),
        radii_mm=np.array([0.78]),
        air=np.array([False]),
    )
    with_, without = fill(0.3, breast(bodies=body)), fill(0.3)
    room = volumes_ml(settle(breast(), with_).tree)
    assert with_.iodine_mg_ml[node] <= 300
    np.testing.assert_allclose(
        with_.filled_mg + with_.refluxed_mg, with_.injected_mg, rtol=1e-9
    )
    # The ball lies in the lumen: iodine by lumen volume counts too much there.
    excess = (with_.iodine_mg_ml * room).sum() - with_.filled_mg
    ball_ml = 4 / 3 * np.pi * 0.78**3 / 1000
    around = with_.iodine_mg_ml[node - 2 : node + 3].mean()
    assert 0.5 * ball_ml < excess / around < 1.5 * ball_ml
    at = np.interp(0.15, with_.course.volume_ml, with_.course.pressure_mmhg)
    plain = np.interp(0.15, without.course.volume_ml, without.course.pressure_mmhg)
    assert at > plain


def test_a_body_in_a_wide_duct_does_not_close_the_branches_that_begin_there() -> None:
    node = 99  # the end of the trunk, where the thin branch begins
    body = Bodies(
        nodes=np.array([node]),
        offsets_mm=np.zeros((1, 3)),
        radii_mm=np.array([0.9]),
        air=np.array([False]),
    )
    filling = fill(0.4, breast(bodies=body))
    assert (filling.iodine_mg_ml[RIGHT] > 100).mean() > 0.9


def test_thicker_contrast_needs_more_pressure() -> None:
    def at(order: Injection, volume: float) -> float:
        course = fill(0.3, breast(fork(0.1)), order=order).course
        return float(np.interp(volume, course.volume_ml, course.pressure_mmhg))

    orders = [
        replace(GIVE_ALL, iodine_mg_ml=240.0),
        replace(GIVE_ALL, iodine_mg_ml=300.0),
        replace(GIVE_ALL, iodine_mg_ml=300.0, temperature_c=20.0),
        replace(GIVE_ALL, iodine_mg_ml=350.0, temperature_c=20.0),
    ]
    for thin, thick in pairwise(orders):
        for volume in (0.05, 0.15):
            assert at(thick, volume) > at(thin, volume)


def test_faster_injection_needs_more_pressure() -> None:
    slow, fast = (
        fill(0.2, order=replace(GIVE_ALL, rate_ml_s=r)).course for r in (0.005, 0.05)
    )
    for volume in (0.05, 0.1, 0.18):
        assert np.interp(volume, fast.volume_ml, fast.pressure_mmhg) > np.interp(
            volume, slow.volume_ml, slow.pressure_mmhg
        )


def test_pressure_rises_as_the_tree_fills() -> None:
    course = fill(0.4).course
    assert (np.diff(course.pressure_mmhg) > -0.05).all()
    assert (np.diff(course.filled_length_mm) >= -1e-9).all()
    np.testing.assert_allclose(course.times_s, course.volume_ml / 0.01, rtol=1e-9)


@few
@given(st.floats(15, 120), st.floats(0.003, 0.05), st.integers(0, 9))
def test_reflux_bounds_the_pressure(seal: float, rate: float, seed: int) -> None:
    settings = replace(TIGHT, seal_mmhg=seal)
    order = replace(GIVE_ALL, rate_ml_s=rate)
    filling = fill(1.5, seed=seed, settings=settings, order=order)
    bound = filling.course.seal_mmhg + 1000 * rate / settings.seal_ease
    assert filling.course.most_mmhg <= bound + 0.5
    assert filling.course.refluxed_ml[-1] > 0.5
    assert (np.diff(filling.course.refluxed_ml) >= 0).all()


def test_the_hand_stops_where_it_was_told_to() -> None:
    by_pressure = fill(1.5, order=Injection(stop_mmhg=25)).course
    assert by_pressure.stopped_by == "pressure"
    assert 25 <= by_pressure.most_mmhg < 32
    leaky = replace(TIGHT, seal_mmhg=20.0)
    order = Injection(stop_at=StopRule.REFLUX)
    by_reflux = fill(1.5, settings=leaky, order=order).course
    assert by_reflux.stopped_by == "reflux"
    assert 0.03 <= by_reflux.refluxed_ml[-1] < 0.035
    by_volume = fill(0.1).course
    assert by_volume.stopped_by == "volume"
    np.testing.assert_allclose(by_volume.given_ml, 0.1, rtol=1e-9)


def test_the_same_seed_fills_the_same_way() -> None:
    one, two, other = fill(0.2, seed=3), fill(0.2, seed=3), fill(0.2, seed=4)
    np.testing.assert_array_equal(one.iodine_mg_ml, two.iodine_mg_ml)
    np.testing.assert_array_equal(one.course.pressure_mmhg, two.course.pressure_mmhg)
    assert not np.array_equal(one.iodine_mg_ml, other.iodine_mg_ml)


def test_a_finer_tree_fills_alike() -> None:
    calm = replace(TIGHT, lobule_spread=0.0)
    coarse, fine = (
        fill(0.2, breast(fork(step=s)), settings=calm).course for s in (0.5, 0.125)
    )
    for volume in (0.02, 0.08, 0.15, 0.19):
        pair = [
            [
                np.interp(volume, c.volume_ml, y)
                for y in (c.pressure_mmhg, c.filled_length_mm)
            ]
            for c in (coarse, fine)
        ]
        np.testing.assert_allclose(pair[0][0], pair[1][0], rtol=0.02)
        np.testing.assert_allclose(pair[0][1], pair[1][1], rtol=0.05, atol=1.0)


def test_smaller_time_steps_change_nothing() -> None:
    few_, many = (
        fill(0.4, settings=replace(TIGHT, steps=n), order=Injection())
        for n in (250, 2000)
    )
    np.testing.assert_allclose(few_.filled_mg, many.filled_mg, rtol=0.01)
    seen = [(f.iodine_mg_ml > 15) @ fork().lengths_mm for f in (few_, many)]
    np.testing.assert_allclose(seen[0], seen[1], rtol=0.01)


def test_a_wall_that_gives_way_leaks_and_ends_the_injection() -> None:
    weak = replace(TIGHT, burst_mmhg=40.0)
    order = Injection(stop_at=StopRule.REFLUX)
    filling = fill(2.0, settings=weak, order=order)
    assert filling.course.stopped_by == "pain"
    assert 0.06 <= filling.course.leaked_ml[-1] < 0.07
    np.testing.assert_allclose(filling.clouds.iodine_mg.sum(), filling.leaked_mg)
    # Wall tension: a wide duct gives way, and more often near the cannula's tip.
    assert fork().radii_mm[filling.tear] >= 0.8
    hurt = breast()
    left = settle(hurt, filling)
    assert left.lesions[-1].kind is FindingKind.EXTRAVASATION
    assert left.lesions[-1].node == filling.tear
    np.testing.assert_allclose(left.clouds.iodine_mg.sum(), filling.leaked_mg)
    calm = fill(0.1, settings=weak)
    assert calm.tear == -1
    assert settle(hurt, calm).lesions == ()


def test_pressure_falls_when_the_wall_tears() -> None:
    weak = replace(TIGHT, burst_mmhg=60.0)
    course = fill(0.8, settings=weak).course
    torn = int(np.flatnonzero(course.leaked_ml > 0)[0])
    assert course.pressure_mmhg[torn] < course.most_mmhg
    assert course.most_mmhg > 60
    assert course.leaked_ml[-1] > 0.1


def test_a_planted_leak_is_paid_for_by_the_syringe() -> None:
    torn = Lesion(
        cause=CauseName.ARTEFACT,
        kind=FindingKind.EXTRAVASATION,
        lobe=0,
        node=40,
        centre_mm=np.array([0, 20, 0]),
        size_mm=8,
    )
    cloud = Clouds(
        centres_mm=np.array([[0, 20, 0]]),
        sigmas_mm=np.array([2.0]),
        iodine_mg=np.array([18.0]),
    )
    for volume, leaked in ((0.3, 18.0), (0.05, 0.6 * 300 * 0.05)):
        of = replace(breast(None, torn), clouds=cloud)
        filling = fill(volume, of)
        np.testing.assert_allclose(filling.leaked_mg, leaked, rtol=1e-9)
        told = filling.filled_mg + filling.leaked_mg + filling.refluxed_mg
        np.testing.assert_allclose(told, 300 * volume, rtol=1e-9)
        after = settle(of, filling)
        np.testing.assert_allclose(after.clouds.iodine_mg.sum(), leaked, rtol=1e-9)


def test_air_in_the_line_becomes_bubbles_in_the_ducts() -> None:
    filling = fill(0.3, order=replace(GIVE_ALL, air_ml=0.01))
    bubbles = filling.bubbles
    volume = 4 / 3 * np.pi * (bubbles.radii_mm**3).sum()
    assert 5 < volume <= 10.1
    assert bubbles.air.all()
    assert (bubbles.radii_mm < fork().radii_mm[bubbles.nodes]).all()
    after = settle(breast(), filling)
    assert len(after.bodies.radii_mm) == len(bubbles.radii_mm)
    kinds = {x.kind for x in after.lesions}
    assert kinds == {FindingKind.AIR_BUBBLE}
    assert len(fill(0.3).bubbles.radii_mm) == 0
    # A primed line shifts no other draw.
    assert fill(0.3).course.seal_mmhg == filling.course.seal_mmhg


def test_the_volumes_of_the_design_come_out() -> None:
    """A normal tree takes 0.1 to 0.5 mL, the same with a trunk of 4 mm above 1 mL."""
    volumes = []
    for trunk_mm in (1.5, 4.0):
        tree = dichotomous(trunk_mm)
        filling = inject(
            breast(tree),
            Injection(volume_ml=3.0),
            rng=np.random.default_rng(2),
            settings=Settings(seal_spread=0, burst_spread=0),
        )
        volumes.append(filling.course.given_ml)
        wide = tree.radii_mm >= 0.1
        seen = filling.iodine_mg_ml > 15
        lengths = tree.lengths_mm
        assert (lengths * (seen & wide)).sum() > 0.85 * (lengths * wide).sum()
    assert 0.1 < volumes[0] < 0.5
    assert 1.0 < volumes[1] < 3.0


def test_without_iodine_nothing_is_filled() -> None:
    filling = fill(0.2, order=replace(GIVE_ALL, iodine_mg_ml=0.0))
    assert (filling.iodine_mg_ml == 0).all()
    assert filling.filled_mg == 0


def test_the_smallest_trees_are_filled_too() -> None:
    point = DuctTree(
        points_mm=np.zeros((1, 3)), parents=np.array([-1]), radii_mm=np.array([0.5])
    )
    alone = fill(0.01, breast(point), order=Injection())
    assert alone.iodine_mg_ml.shape == (1,)
    line = DuctTree(
        points_mm=np.array([[0, 0, 0], [0, 3, 0]]),
        parents=np.array([-1, 0]),
        radii_mm=np.array([0.5, 0.5]),
    )
    # It holds secretion that has nowhere to go but into its one lobule.
    assert fill(0.05, breast(line), order=Injection()).iodine_mg_ml[1] > 150
    shut = fill(0.05, breast(line, replace(lesion(1), centre_mm=np.array([0, 3, 0]))))
    assert shut.iodine_mg_ml[1] == 0


def test_another_lobe_takes_no_lesions_of_the_injected_one() -> None:
    two = replace(breast(None, lesion(150)), lobes=(fork(), fork()))
    other = fill(0.3, two, order=replace(GIVE_ALL, lobe=1))
    assert (other.iodine_mg_ml[150:250] > 0).any()
    assert settle(two, other) is two


def test_a_lobe_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidValue, match="lobe must be below 1"):
        fill(0.1, order=Injection(lobe=3))


def test_volumes_are_those_of_cylinders() -> None:
    trunk = volumes_ml(fork())[:100].sum()
    np.testing.assert_allclose(trunk, np.pi * 99 * STEP / 1000, rtol=1e-9)
