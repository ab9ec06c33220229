"""How common causes are comes from a file, and a wrong file is refused in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from galactograph.cli.errors import UsageError
from galactograph.cli.presentation import shares
from galactograph.values.codes import CauseName


def test_shares_are_read_and_what_is_left_out_is_none(tmp_path: Path) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text("duct-ectasia = 30\nintraductal-papilloma = 70\n", "utf-8")
    found = shares(file)
    assert found[CauseName.ECTASIA] == 30
    assert found[CauseName.DCIS] == 0
    assert CauseName.ARTEFACT not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cyst = 1", "no cause 'cyst'; there are: duct-ectasia"),
        ("duct-ectasia = -1", "must be a number >= 0"),
        ("duct-ectasia = true", "must be a number >= 0"),
        ('duct-ectasia = "many"', "must be a number >= 0"),
        ("duct-ectasia = 0", "at least one cause"),
        ("", "at least one cause"),
        ("duct-ectasia = ", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=words):
        shares(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        shares(tmp_path / "none.toml")
