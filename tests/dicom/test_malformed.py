"""Malformed files: each loads, or is refused in one sentence; nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

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
    recoded,
)

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
