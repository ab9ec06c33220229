import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import sleep

import numpy as np
import pytest
from numba.np.ufunc import parallel
from numpy.typing import NDArray

from galactograph.kernels import forks
from galactograph.kernels.forks import forkable, in_two

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are of Linux")

DESCRIPTORS = Path("/proc/self/fd")


@dataclass
class Made:
    """What some work made, and who did it."""

    by: int
    picture: NDArray[np.float32]
    sealed: NDArray[np.float32]
    given: object


def work_on(given: object, *, picky: int = -1) -> Iterator[Made]:
    here = os.getpid()

    def work(number: int) -> Made:
        if number == picky and os.getpid() != here:
            raise ValueError(number)
        picture = np.full((300, 300), number, np.float32)
        sealed = picture + 1
        sealed.flags.writeable = False
        return Made(by=os.getpid(), picture=picture, sealed=sealed, given=given)

    return in_two(work, 4, held=(given,))


def test_two_processes_share_the_work_and_its_order_stays() -> None:
    given = object()
    made = list(work_on(given))
    assert [one.picture[7, 7] for one in made] == [0, 1, 2, 3]
    assert made[0].by == made[2].by == os.getpid()
    assert made[1].by == made[3].by != os.getpid()


def test_what_comes_back_is_what_was_made() -> None:
    given = object()
    _, made, *_ = work_on(given)
    assert made.given is given
    np.testing.assert_array_equal(made.sealed, made.picture + 1)
    assert not made.sealed.flags.writeable
    made.picture[0, 0] = 9


def test_what_a_copy_cannot_do_is_done_here() -> None:
    made = list(work_on(None, picky=1))
    assert [one.picture[7, 7] for one in made] == [0, 1, 2, 3]
    assert {one.by for one in made} == {os.getpid()}


def test_a_copy_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = os.getpid()

    def work(number: int) -> int:
        if os.getpid() != here:
            sleep(60)
        return number

    monkeypatch.setattr(forks, "_LEAST_S", 0.5)
    assert list(in_two(work, 2)) == [0, 1]


def test_nothing_is_left_of_a_copy_that_is_not_needed() -> None:
    open_files = len(list(DESCRIPTORS.iterdir()))
    made = work_on(None)
    next(made)
    made.close()  # type: ignore[attr-defined]
    assert len(list(DESCRIPTORS.iterdir())) == open_files
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_thread_beside_the_first_makes_no_copies() -> None:
    said: list[bool] = []
    thread = Thread(target=lambda: said.append(forkable()))
    thread.start()
    thread.join()
    assert said == [False]


def test_who_ran_loops_on_several_threads_makes_no_copies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parallel, "_is_initialized", True)
    assert not forkable()
