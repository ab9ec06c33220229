"""The four doors: our own come through them like anyone's."""

import pytest

from galactograph import finders
from galactograph.ducts.segmentation import segment
from galactograph.errors import NotFound
from galactograph.modalities import RADIOGRAPH
from galactograph.plugins import plugin


def test_our_segmenter_comes_through_the_door() -> None:
    assert plugin("segmenters", "ridges") is segment


def test_our_modality_comes_through_the_door() -> None:
    assert plugin("modalities", "radiograph") is RADIOGRAPH


def test_every_finder_of_ours_comes_through_the_door() -> None:
    names = (
        "filling_defect",
        "termination",
        "narrowing",
        "ectasia",
        "wall",
        "extravasation",
        "air_bubble",
    )
    assert {plugin("finders", name) for name in names} == set(finders.FINDERS)


def test_every_archive_of_ours_comes_through_the_door() -> None:
    for scheme in ("file", "dimse", "dimses", "http", "https"):
        assert callable(plugin("archives", scheme))


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="no segmenters plugin 'unet'") as error:
        plugin("segmenters", "unet")
    assert "ridges" in str(error.value)
    assert isinstance(error.value, LookupError)


def test_a_door_without_plugins_says_so() -> None:
    with pytest.raises(NotFound, match="there are: none"):
        plugin("kitchens", "sink")
