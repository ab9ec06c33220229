"""Reading a study: which views are read, with which scout, and what is told of it."""

from dataclasses import replace

import numpy as np
import pytest

from ducts.scenes import TREE, World, view_of
from galactograph.ducts.segmentation import segment
from galactograph.errors import NotFound
from galactograph.finders import FINDERS
from galactograph.plugins import plugin
from galactograph.reading import read, read_view
from galactograph.reporting import reading_document
from galactograph.values.codes import Adequacy, FindingKind, Laterality
from galactograph.values.image import DuctMap
from galactograph.values.report import Finding, Place, Reading, Report, Scene
from galactograph.values.study import Problem, Role, Study, View

WORLD = World(lines=TREE)


def filled(position: str = "CC") -> View:
    """Return the painted view, named."""
    return replace(view_of(WORLD), laterality=Laterality.LEFT, position=position)


def scout(position: str = "CC") -> View:
    """Return the painted breast before contrast."""
    bare = view_of(WORLD, filled=False)
    return replace(bare, laterality=Laterality.LEFT, position=position, role=Role.SCOUT)


def study(*views: View) -> Study:
    """Return a study of views."""
    return Study(uid="2.25.1", views=views, laterality=Laterality.LEFT)


@pytest.fixture(scope="module")
def whole() -> tuple[Report, list[tuple[str, float]]]:
    """Return the report of a scout and two views, and the progress that was told."""
    told: list[tuple[str, float]] = []

    def tell(step: str, fraction: float) -> None:
        told.append((step, fraction))

    given = study(scout(), filled(), filled("ML"))
    return read(given, finders=(), progress=tell), told


def test_progress_is_told_in_fractions_that_never_fall(
    whole: tuple[Report, list[tuple[str, float]]],
) -> None:
    _, told = whole
    fractions = [fraction for _, fraction in told]
    assert len(told) >= 3
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert fractions == sorted(fractions)
    assert all(step for step, _ in told)
    assert any("L ML" in step for step, _ in told)


def test_the_scout_is_subtracted_from_its_own_view_and_not_read(
    whole: tuple[Report, list[tuple[str, float]]],
) -> None:
    report, _ = whole
    assert [one.view.position for one in report.readings] == ["CC", "ML"]
    assert [one.index for one in report.readings] == [0, 1]
    assert [one.scene.subtracted for one in report.readings] == [True, False]
    assert any("scout" in note.lower() for note in report.notes)


def test_what_the_study_says_is_carried_into_the_report() -> None:
    bad = Problem(source="b.dcm", reason="It is cut short.")
    given = replace(study(filled()), problems=(bad,))
    report = read(given, finders=())
    assert report.study_uid == "2.25.1"
    assert report.laterality is Laterality.LEFT
    assert report.problems == (bad,)
    assert report.advice


def test_a_study_of_a_scout_alone_is_read_as_without_contrast() -> None:
    report = read(study(scout()))
    (one,) = report.readings
    assert one.adequacy.status is Adequacy.NO_CONTRAST
    assert one.ducts == ()
    assert report.findings == ()


def test_what_is_in_a_view_without_contrast_is_not_asked() -> None:
    def find(reading: Reading) -> list[Finding]:
        raise AssertionError(f"asked about {reading.view.name}")

    assert read(study(scout()), finders=(find,)).findings == ()


def test_a_finder_of_anyone_is_asked_once_a_view() -> None:
    asked = []

    def find(reading: Reading) -> list[Finding]:
        asked.append(reading.index)
        place = Place(view=reading.index, row=450, column=400, duct=0)
        kind = FindingKind.AIR_BUBBLE
        return [Finding(kind=kind, places=(place,), confidence=0.9)]

    report = read(study(filled(), filled("ML")), finders=(find,))
    assert asked == [0, 1]
    assert [f.kind for f in report.findings] == [FindingKind.AIR_BUBBLE] * 2
    assert [f.identifier for f in report.findings] == ["F1", "F2"]


def test_a_segmenter_of_anyone_is_used() -> None:
    def nothing(view: View, scene: Scene) -> DuctMap:
        flat = np.zeros(view.image.pixels.shape, np.float32)
        assert scene.breast.any()
        return DuctMap(
            probability=flat, centreline=flat > 0, scale_px=flat, orientation_rad=flat
        )

    one = read_view(filled(), segmenter=nothing)
    assert one.ducts == ()
    assert one.adequacy.status is Adequacy.NO_CONTRAST


def test_ours_are_used_if_none_are_named() -> None:
    assert plugin("segmenters", "ridges") is segment
    assert len(FINDERS) == 7


def test_an_unknown_segmenter_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="ridges"):
        plugin("segmenters", "oracle")


def test_an_empty_picture_is_no_galactogram() -> None:
    report = read(study(view_of(World(breast=False, noise=0.001))))
    (one,) = report.readings
    assert one.adequacy.status in {Adequacy.NOT_A_GALACTOGRAM, Adequacy.NO_CONTRAST}
    assert report.findings == ()


def test_the_same_study_is_read_the_same_twice() -> None:
    one, other = read_view(filled()), read_view(filled())
    for mine, theirs in zip(one.ducts, other.ducts, strict=True):
        np.testing.assert_array_equal(mine.rows, theirs.rows)
        np.testing.assert_array_equal(mine.calibre_mm, theirs.calibre_mm)


def test_two_views_at_once_are_read_as_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = study(filled("CC"), filled("ML"))
    together = reading_document(read(both))
    monkeypatch.setattr("galactograph.reading.shareable", lambda: False)
    assert reading_document(read(both)) == together


def test_what_goes_wrong_in_a_view_is_raised_and_not_swallowed() -> None:
    def broken(view: View, scene: Scene) -> DuctMap:  # noqa: ARG001
        raise NotFound("no such weights")

    with pytest.raises(NotFound, match="weights"):
        read(study(filled("CC"), filled("ML")), segmenter=broken)
