"""Malformed files: each loads, or is refused in one sentence; nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow

from galactograph.dicom.study import load
from galactograph.errors import Unreadable
from galactograph.values.study import Study
from mammograms import (
    DEFLATED,
    IMPLICIT,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    Maker,
    edited,
    recoded,
)

pytestmark = pytest.mark.slow

Mutation = Callable[[bytearray, random.Random], bytearray]


def flip_header_bits(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice([1, 1, 3, 8])):
        data[chance.randrange(132, min(len(data), 2400))] ^= 1 << chance.randrange(8)
    return data


def cut(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(len(data))]


def damage_length(data: bytearray, chance: random.Random) -> bytearray:
    """Put a wild length into the head of some explicit element."""
    marks = [i for i in range(140, 2400) if data[i : i + 2].isalpha()]
    at = chance.choice(marks) + 2
    wild = [0xFFFF, 0xFFFE, 0x7FFF, chance.randrange(65536)]
    data[at : at + 2] = chance.choice(wild).to_bytes(2, "little")
    return data


def damage_kind(data: bytearray, chance: random.Random) -> bytearray:
    """Replace a value representation by another, or by nonsense."""
    marks = [i for i in range(140, 2400) if data[i : i + 2].isalpha()]
    at = chance.choice(marks)
    data[at : at + 2] = chance.choice([b"SQ", b"UN", b"OB", b"DS", b"??", b"US", b"FD"])
    return data


def damage_pixels(data: bytearray, chance: random.Random) -> bytearray:
    """Damage the pixel part: headers of fragments and codestreams come first there."""
    start = max(0, data.rfind(b"\xe0\x7f\x10\x00"))
    for _ in range(chance.choice([1, 2, 6])):
        at = start + min(
            chance.randrange(len(data) - start), int(chance.expovariate(1 / 60))
        )
        data[at] = chance.randrange(256)
    return data


def drop_bytes(data: bytearray, chance: random.Random) -> bytearray:
    at = chance.randrange(132, len(data))
    del data[at : at + chance.randrange(1, 30)]
    return data


BYTES: list[Mutation] = [
    flip_header_bits,
    cut,
    damage_length,
    damage_kind,
    damage_pixels,
    drop_bytes,
]
WILD: list[object] = [
    "", "0", "-1", "NAN", "1e400", "65535", "L", "R", "CC", "\\", "0\\0", "-1\\2",
    "LIN", "LOG", "MONOCHROME1", "RGB", "1.2.3", "x" * 70, "2.5", "\x00", "é",
]  # fmt: skip
NUMBERS: list[object] = [0, 1, 2, 7, 12, 16, 32, 40, 255, 4096, 65535]


def damage_tags(path: Path, chance: random.Random) -> bytes:
    """Delete or replace whole attributes, and write the file as it then is."""
    dataset = pydicom.dcmread(path)
    names = [e.keyword for e in dataset if e.keyword and e.keyword != "PixelData"]
    for name in chance.sample(names, chance.choice([1, 2, 5])):
        if chance.random() < 0.4 or dataset[name].VR == "SQ":
            del dataset[name]
        else:
            short = dataset[name].VR in ("US", "SS", "US or SS")
            dataset[name]._value = chance.choice(NUMBERS if short else WILD)
    copy = path.with_name("tags.tmp")
    try:
        dataset.save_as(copy)
    except (TypeError, ValueError, AttributeError):  # what pydicom will not write
        return path.read_bytes()[: chance.randrange(4000)]
    return copy.read_bytes()


def outcome(path: Path) -> Study | str:
    """Load a file; anything but a study or one sentence fails the test."""
    try:
        return load(path)
    except Unreadable as refusal:
        return str(refusal)


def is_one_sentence(text: str) -> bool:
    jargon = ("Traceback", "pydicom", "Dataset", "Error", "0x", "None", "\n")
    return text.endswith(".") and len(text) < 300 and not any(w in text for w in jargon)


def good_files(make: Maker) -> list[Path]:
    """Return one file of each kind of encoding."""
    raw = make.raw()
    packed = (IMPLICIT, RLE, JPEG_LS, JPEG_2000, JPEG_LOSSLESS, DEFLATED)
    return [
        raw,
        make.shown(),
        *(
            recoded(raw, syntax, f"{number}.dcm")
            for number, syntax in enumerate(packed)
        ),
    ]


XA: dict[str, object] = {
    "Modality": "XA",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1",
}
EDITS: list[tuple[dict[str, object], str]] = [
    ({"Rows": 0}, "0 rows"),
    ({"Columns": 0}, "0 columns"),
    ({"Rows": None}, "0 rows"),
    ({"Rows": 4096}, "is cut short"),
    ({"NumberOfFrames": "0"}, "frames"),
    ({"NumberOfFrames": "500"}, "is cut short"),
    ({"Rows": 65535, "Columns": 65535}, "is too large"),
    ({"NumberOfFrames": "900000"}, "is too large"),
    ({"PixelData": None}, "no pixels"),
    ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "colour"),
    ({"PhotometricInterpretation": "PALETTE COLOR"}, "colour"),
    ({"BitsAllocated": 32}, "32 bits"),
    ({"BitsAllocated": None}, "unknown number of bits"),
    ({"BitsStored": 17}, "contradicts itself"),
    ({"HighBit": 3}, "contradicts itself"),
    ({"ImagerPixelSpacing": ["0", "0"]}, "Imager Pixel Spacing is impossible"),
    ({"ImagerPixelSpacing": ["-0.07", "0.07"]}, "Imager Pixel Spacing is impossible"),
    (XA, "is an angiogram, not a mammogram"),
    ({"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, "is a CT image"),
    ({"Modality": "US", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"}, "ultrasound"),
    (
        {
            "Modality": "DX",
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
            "BodyPartExamined": "CHEST",
        },
        "is another X-ray of CHEST, not a mammogram",
    ),
    ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.13.1.5"}, "raw projections"),
]


@pytest.mark.parametrize(("changes", "message"), EDITS)
def test_a_senseless_header_is_refused_in_a_sentence(
    changes: dict[str, object], message: str, tmp_path: Path
) -> None:
    path = edited(Maker(tmp_path).raw(), **changes)
    result = outcome(path)
    assert isinstance(result, str)
    assert result.startswith("edited.dcm: ")
    assert message in result
    assert is_one_sentence(result)


BODIES: list[tuple[str, bytes, str]] = [
    ("empty.dcm", b"", "is empty"),
    ("text.dcm", b"Dear colleague, thank you for referring this patient.", "neither"),
    ("page.dcm", b"<html>" + bytes(300), "neither"),
    ("preamble.dcm", bytes(128) + b"DICM", "no pixels"),
    ("broken.zip", b"PK\x03\x04" + bytes(50), "broken zip"),
    ("cut.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "damaged picture"),
    ("cut.jpg", b"\xff\xd8\xff\xe0" + bytes(20), "damaged picture"),
    ("cut.tif", b"II*\0" + bytes(20), "damaged picture"),
]


@pytest.mark.parametrize(("name", "body", "message"), BODIES)
def test_what_is_no_image_is_refused_in_a_sentence(
    name: str, body: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(body)
    result = outcome(tmp_path / name)
    assert isinstance(result, str)
    assert name in result
    assert message in result
    assert is_one_sentence(result)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    result = outcome(tmp_path)
    assert isinstance(result, str)
    assert "holds no image" in result
    assert is_one_sentence(result)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = outcome(tmp_path / "nowhere")
    assert isinstance(result, str)
    assert "no such file" in result


def test_a_file_that_may_not_be_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Maker(tmp_path).raw()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    result = outcome(path)
    assert isinstance(result, str)
    assert "Permission denied" in result
    assert is_one_sentence(result)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    dataset.PixelData = pydicom.encaps.encapsulate([b"some video"])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    result = outcome(path)
    assert isinstance(result, str)
    assert "not supported" in result
    assert is_one_sentence(result)


def test_a_report_alone_is_refused_and_beside_images_ignored(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    report = edited(
        make.raw("image.dcm"),
        "report.dcm",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33",
        Modality="SR",
        PixelData=None,
        Rows=None,
    )
    alone = outcome(report)
    assert isinstance(alone, str)
    assert "report or the like" in alone
    study = outcome(make.folder)
    assert isinstance(study, Study)
    assert study.problems == ()


def test_a_colour_picture_is_refused(tmp_path: Path) -> None:
    colour = np.zeros((9, 9, 3), np.uint8)
    colour[..., 0] = 200
    Pillow.fromarray(colour).save(tmp_path / "c.png")
    result = outcome(tmp_path / "c.png")
    assert isinstance(result, str)
    assert "colour picture" in result


def test_an_angiogram_is_read_when_forced_with_its_vessels_bright(
    tmp_path: Path,
) -> None:
    path = edited(Maker(tmp_path).shown(), **XA, PixelIntensityRelationshipSign=None)
    view = load(path, force=True).views[0]
    assert "forced" in view.notes[0]
    # Angiograms show contrast dark: what is small in the file is large here.
    assert view.image.pixels[:, -10:].mean() > view.image.pixels[40:56, :10].mean()


def test_what_the_library_logs_of_a_bad_file_is_not_let_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = Maker(tmp_path).raw()
    # A word that is no number, where one is due: the library quotes it in its log.
    data = path.read_bytes().replace(b"IS\x02\x001 ", b"IS\x02\x00s!")
    assert data != path.read_bytes()
    path.write_bytes(data)
    caplog.clear()
    outcome(path)
    assert caplog.text == ""


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_two_hundred_malformed_files_load_or_are_refused_in_a_sentence(
    tmp_path: Path,
) -> None:
    files = good_files(Maker(tmp_path))
    chance = random.Random(20)  # noqa: S311 - damage, not secrets
    loaded = 0
    for number in range(200):
        good = files[number % len(files)]
        if number % 4 == 3:
            data = damage_tags(good, chance)
        else:
            data = bytes(chance.choice(BYTES)(bytearray(good.read_bytes()), chance))
        bad = tmp_path / f"bad{number}.dcm"
        bad.write_bytes(data)
        started = time.monotonic()
        result = outcome(bad)
        assert time.monotonic() - started < 8, f"case {number} took too long"
        if isinstance(result, str):
            assert is_one_sentence(result), f"case {number}: {result}"
        else:
            loaded += 1
            assert np.isfinite(result.views[0].image.pixels).all()
    # Both ends must occur, or the mutations are too tame or too wild.
    assert 20 < loaded < 180
