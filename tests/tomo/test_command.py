"""`galactograph simulate --modality`."""

from pathlib import Path

import pytest

from galactograph.cli.errors import UsageError
from galactograph.cli.simulate import simulate


def test_an_unknown_machine_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tomosynthesis-siemens"):
        simulate(out=tmp_path / "out", seed=1, modality="nobody", quiet=True)
    assert not (tmp_path / "out").exists()
