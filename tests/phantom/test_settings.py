"""Setting what is not to be drawn."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue, Unreadable
from galactograph.phantom.anatomy import LESION_NAMES, LESION_SHARES, Anatomy, draw
from galactograph.phantom.limits import LIMITS
from galactograph.phantom.settings import anatomy_from, anatomy_of, names, parse
from galactograph.seeds import stream
from galactograph.simulation import draw_patient
from galactograph.values.codes import Laterality


def test_every_number_that_can_be_set_has_a_range_and_a_kind() -> None:
    told = set(names()) - {"lesion", "side", "obstructs", "all_lobes"}
    assert told == set(LIMITS)


def test_the_page_tells_every_setting_with_its_range() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "how-to" / "choose-the-woman.md").read_text("utf-8")
    for name in names():
        assert f"| `{name}` |" in page
    for name, limit in LIMITS.items():
        assert f"| `{name}` | {limit.least:g}..{limit.most:g}" in page


@given(st.sampled_from(sorted(LIMITS)), st.floats(0, 1))
def test_what_is_in_range_passes_and_what_is_out_does_not(
    name: str, share: float
) -> None:
    limit = LIMITS[name]
    value = limit.least + share * (limit.most - limit.least)
    inside = int(value) if limit.whole else value
    assert getattr(anatomy_of({name: inside}), name) == inside
    for outside in (limit.least - 1, limit.most + 1):
        number = int(outside) if limit.whole else outside
        with pytest.raises(InvalidValue, match=f"{name} must be in"):
            anatomy_of({name: number})


@given(st.sampled_from(sorted(LIMITS)))
def test_a_word_reads_as_the_number_it_shows(name: str) -> None:
    least = LIMITS[name].least
    assert parse(f" {name} = {least:g} ") == (name, least)


def test_words_win_over_the_file_and_named_values_over_both(tmp_path: Path) -> None:
    path = tmp_path / "woman.toml"
    path.write_text('density = 0.3\nlobes = 7\nlesion = "kink"\n', "utf-8")
    found = anatomy_from(path, ["lobes=8", "all_lobes=yes"], lesion="clot", side=None)
    assert (found.density, found.lobes, found.lesion) == (0.3, 8, "clot")
    assert found.all_lobes is True
    assert found.side is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("densty=0.3", "no setting is called densty: did you mean density?"),
        ("zzz=1", "no setting is called zzz: known: lesion"),
        ("density=3", "density must be in 0.005..0.9"),
        ("density=nan", "density must be in"),
        ("trunk_mm=9", "trunk_mm must be in 0.3..6 mm, got 9"),
        ("lobes=seven", "lobes must be a whole number, got 'seven'"),
        ("trunk_mm=wide", "trunk_mm must be a number, got 'wide'"),
        ("density", "a setting is written name=value"),
        ("all_lobes=perhaps", "all_lobes must be true or false"),
        ("side=X", "side must be L or R, got X"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        anatomy_from(settings=[text])
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_file_of_the_wrong_kinds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "woman.toml"
    for line, said in (
        ("lobes = 7.5", "whole number"),
        ('density = "high"', "a number"),
        ("lesion = 3", "must be a word"),
        ("obstructs = 1", "true or false"),
        ("[density]\nof = 1", "a number"),
    ):
        path.write_text(line, "utf-8")
        with pytest.raises(InvalidValue, match=said):
            anatomy_from(path)
    path.write_text("density = ", "utf-8")
    with pytest.raises(Unreadable, match="not TOML"):
        anatomy_from(path)
    with pytest.raises(Unreadable, match="cannot be read"):
        anatomy_from(tmp_path / "none.toml")


@given(st.floats(200, 900), st.integers(0, 50))
def test_a_volume_that_is_set_is_the_volume_that_is_built(
    volume: float, seed: int
) -> None:
    rng = stream(seed, "anatomy")
    build = draw(Anatomy(volume_ml=volume, thickness_mm=55.0), rng=rng)
    assert build.volume_ml == pytest.approx(volume, rel=1e-3)
    rng = stream(seed, "anatomy")
    wanted = Anatomy(volume_ml=volume, depth_mm=90.0, thickness_mm=55.0)
    deep = draw(wanted, rng=rng)
    assert deep.depth_mm == 90.0
    assert deep.volume_ml == pytest.approx(volume, rel=1e-3)


def test_a_volume_and_both_sizes_contradict_one_another() -> None:
    with pytest.raises(InvalidValue, match="give at most two"):
        Anatomy(volume_ml=500, radius_mm=80, depth_mm=80)


def test_women_are_drawn_with_the_published_links() -> None:
    drawn = [draw(Anatomy(), rng=stream(s, "anatomy")) for s in range(500)]
    of = {
        name: np.array([getattr(b, name) for b in drawn], float)
        for name in ("thickness_mm", "density", "volume_ml", "age_years", "lobes")
    }
    assert np.corrcoef(of["thickness_mm"], of["density"])[0, 1] == pytest.approx(
        -0.65, abs=0.1
    )
    assert np.corrcoef(of["thickness_mm"], of["volume_ml"])[0, 1] > 0.3
    assert np.corrcoef(of["age_years"], of["density"])[0, 1] < -0.15
    assert of["thickness_mm"].mean() == pytest.approx(59, abs=3)
    assert 600 < np.median(of["volume_ml"]) < 800
    assert of["density"].mean() == pytest.approx(0.193, abs=0.03)
    assert (of["lobes"] >= 5).all()
    assert (of["lobes"] <= 12).all()


def test_the_patient_is_the_woman_who_was_drawn() -> None:
    anatomy = Anatomy(age_years=61, side="R")
    build = draw(anatomy, rng=stream(2, "anatomy"))
    told = draw_patient(build, rng=stream(2, "patient")).presentation
    assert (told.age, told.laterality) == (61, Laterality.RIGHT)


def test_lesions_are_drawn_as_often_as_stated() -> None:
    assert sum(LESION_SHARES) == pytest.approx(1)
    assert len(LESION_SHARES) == len(LESION_NAMES)
