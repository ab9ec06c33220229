"""The layer of strong tissue: as strong as asked, only over the breast."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import strong_tissue  # noqa: E402

from galactograph.ducts.background import prepare  # noqa: E402
from galactograph.seeds import stream  # noqa: E402
from galactograph.values.geometry import Grid  # noqa: E402
from galactograph.values.image import Image  # noqa: E402
from galactograph.values.study import Role, Study, View  # noqa: E402

MM, SHAPE = 0.1, (900, 600)


def plain() -> Study:
    """Return a half ellipse of even tissue at the left edge, and its scout."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    reach = 1 - ((rows - SHAPE[0] / 2) / 400) ** 2 - (columns / 480) ** 2
    thick = 2.5 * np.clip(reach, 0, 1) ** 0.25
    views = tuple(
        View(
            image=Image(
                pixels=(thick + 0.02 * stream(n).standard_normal(SHAPE)).astype("f4"),
                grid=Grid(shape=SHAPE, spacing_mm=(MM, MM)),
            ),
            source=f"{role.value}.dcm",
            role=role,
            position="CC",
        )
        for n, role in enumerate((Role.SCOUT, Role.FILLED))
    )
    return Study(uid=None, views=views)


def _octave(view: View) -> float:
    """Return the deviation of the octave well inside the breast, over the noise."""
    scene = prepare(view)
    octave = strong_tissue.octave(scene.excess, MM)
    return float(octave[300:600, 100:300].std() / scene.noise)


def test_tissue_grows_stronger_and_air_stays_as_it_is() -> None:
    study = plain()
    (after,) = strong_tissue.strengthened(study, seed=3).views
    before = study.views[1]
    air = ~prepare(before).breast
    assert after.role is Role.FILLED
    assert np.array_equal(before.image.pixels[air], after.image.pixels[air])
    assert _octave(after) > 4 * _octave(before)


def test_a_seed_gives_one_tissue() -> None:
    one, same, other = (
        strong_tissue.strengthened(plain(), seed=seed).views[0].image.pixels
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
