"""Memory that was let go is given back where the system can."""

import ctypes
import sys
from collections.abc import Iterator

import pytest

from galactograph.kernels import memory


@pytest.fixture
def fresh() -> Iterator[None]:
    """Ask anew what the allocator can, before and after."""
    memory._trim.cache_clear()
    yield
    memory._trim.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no glibc")
def test_glibc_gives_memory_back() -> None:
    has = hasattr(ctypes.CDLL(None), "malloc_trim")
    assert memory.give_back() is has


@pytest.mark.usefixtures("fresh")
def test_an_allocator_that_cannot_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert memory.give_back() is False


@pytest.mark.usefixtures("fresh")
def test_a_system_without_a_c_library_by_no_name_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_name: object) -> object:
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert memory.give_back() is False
