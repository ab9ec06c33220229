"""Filling ducts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.contrast import Settings, inject, volumes_ml
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.codes import CauseName, FindingKind, Laterality
from galactograph.values.procedure import Injection
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Breast, Lesion

few = settings(deadline=None, max_examples=40)
N = 400
STEP = 0.5
UNMIXED = Settings(least_mixing=1.0)


def fork() -> DuctTree:
    """Return a trunk of 100 points with a wide and a thin branch of 150 each."""
    y = np.arange(100) * STEP
    trunk = np.column_stack([np.zeros(100), y, np.zeros(100)])
    out = np.arange(1, 151)[:, None] * STEP
    left = trunk[-1] + out * np.array([[-0.6, 0.8, 0]])
    right = trunk[-1] + out * np.array([[0.6, 0.8, 0]])
    parents = np.concatenate(
        [np.arange(-1, 99), [99], np.arange(100, 249), [99], np.arange(250, 399)]
    )
    radii = np.concatenate([np.full(100, 1.0), np.full(150, 0.8), np.full(150, 0.3)])
    return DuctTree(
        points_mm=np.vstack([trunk, left, right]), parents=parents, radii_mm=radii
    )


def breast(*lesions: Lesion) -> Breast:
    """Return a breast with that fork as its only lobe."""
    return Breast(
        laterality=Laterality.LEFT, thickness_mm=50, lobes=(fork(),), lesions=lesions
    )


def fill(volume: float, *lesions: Lesion) -> Floats:
    """Inject `volume` mL of 300 mg/mL and return the iodine at each point."""
    filling = inject(
        breast(*lesions),
        Injection(volume_ml=volume),
        rng=np.random.default_rng(1),
        settings=UNMIXED,
    )
    return np.asarray(filling.iodine_mg_ml)


@few
@given(st.floats(0.01, 5.0), st.integers(0, 99))
def test_no_iodine_is_made_and_none_is_lost_while_there_is_room(
    volume: float, seed: int
) -> None:
    filling = inject(
        breast(), Injection(volume_ml=volume), rng=np.random.default_rng(seed)
    )
    room = volumes_ml(fork()).sum()
    assert filling.filled_mg <= filling.injected_mg * (1 + 1e-6)
    if volume < 0.6 * room:
        np.testing.assert_allclose(filling.filled_mg, 300 * volume, rtol=1e-6)


@few
@given(st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_more_volume_never_empties_a_point(a: float, b: float) -> None:
    less, more = fill(min(a, b)), fill(max(a, b))
    assert (more >= less - 1e-6).all()


def test_contrast_comes_from_the_orifice() -> None:
    iodine = fill(0.1)
    assert iodine[1] == pytest.approx(300)
    assert iodine[95] == 0
    assert (np.diff(iodine[:100]) <= 1e-9).all()


def test_wide_branches_fill_before_thin_ones() -> None:
    iodine = fill(0.22)
    assert (iodine[100:250] > 0).sum() > (iodine[250:] > 0).sum()


def test_the_front_fades_where_volume_is_short() -> None:
    iodine = fill(0.1)[:100]
    fading = (iodine > 1) & (iodine < 290)
    assert fading.sum() >= 5


def test_nothing_passes_a_block() -> None:
    tree = fork()
    stop = Lesion(
        cause=CauseName.PAPILLOMA,
        kind=FindingKind.TERMINATION,
        lobe=0,
        node=150,
        centre_mm=tree.points_mm[150],
        size_mm=2,
        blocks=True,
    )
    iodine = fill(2.0, stop)
    assert (iodine[150:250] == 0).all()
    assert (iodine[100:150] > 0).all()
    assert (iodine[250:] > 0).all()


def test_without_iodine_nothing_is_filled() -> None:
    filling = inject(breast(), Injection(iodine_mg_ml=0), rng=np.random.default_rng(1))
    assert (filling.iodine_mg_ml == 0).all()
    assert filling.filled_mg == 0


def test_a_full_tree_is_uniform() -> None:
    np.testing.assert_allclose(fill(2.0), 300)


def test_volumes_are_those_of_cylinders() -> None:
    trunk = volumes_ml(fork())[:100].sum()
    np.testing.assert_allclose(trunk, np.pi * 99 * STEP / 1000, rtol=1e-9)


def test_a_lobe_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidValue, match="lobe must be below 1"):
        inject(breast(), Injection(lobe=3), rng=np.random.default_rng(1))
