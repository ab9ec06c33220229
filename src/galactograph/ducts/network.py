"""The learned eye: where a network sees filled duct. It proposes and never measures.

onnxruntime lives only here. The weights were made from simulated views alone, see
`data/network/model-card.md`; real pictures were used for testing only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.errors import MissingExtra
from galactograph.values.arrays import Bools

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, RunOptions

F4 = NDArray[np.float32]

WEIGHTS = "network/ducts.onnx"
"""In the package's data."""

BEND = 3.0
"""Noises at which the scale of what the network sees turns from linear to
logarithmic; training and reading share it."""

FINEST_MM, USUAL_MM, COARSEST_MM = 0.042, 0.066, 0.105
"""Pixels the network was trained for; others are brought to the usual one. source:
0.066 mm, shrunk and enlarged by 0.7 to 1.5 in training."""

FINE_MM, NOISY = 0.058, 0.03
"""Finer pixels with more noise than this, in attenuation, are brought to the usual one
too. The network was taught noise of 0.007 to 0.035. source: at 0.046 mm, half the dose
and a third of the contrast 0.37 and 0.65 of a tree were traced as it was, 0.74 and 0.83
so, as much of it right; at the usual dose (0.029) and contrast 0.990 and 0.981 of what
was traced were right (measured, three simulated dev views)."""

GRAIN = 32
"""Rows and columns come in multiples of this: the network halves five times."""

BAND = 512
"""Rows seen at once: 0.3 GB for a view of 3328 columns (measured)."""

OVERLAP = 64
"""Rows that bands share; of these each gives up half."""

THREADS = 2
"""Fixed, so that the same view gives the same answer wherever it is read."""

_ONE_AT_A_TIME = Lock()
"""Views are read two at a time; two bands in the network would need twice the memory
and the same time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chances:
    """What the network answers, in [0, 1].

    Attributes
    ----------
    lumen, line : float32, (H, W)
        That a pixel lies in filled duct, and on the middle line of one.
    """

    lumen: F4
    line: F4


def seen_by(excess: F4, noise: float) -> F4:
    """Return what the network sees: excess in noises, bent so that white is not far."""
    seen: F4 = excess * np.float32(1 / (BEND * noise))
    np.arcsinh(seen, out=seen)
    return seen


def look(excess: F4, inside: Bools, noise: float, pixel_mm: float) -> Chances:
    """Return where the network sees duct.

    Parameters
    ----------
    excess : float32, (H, W)
        Attenuation above the background, as `prepare` makes it.
    inside : bool, (H, W)
        Breast; elsewhere nothing is seen.
    noise
        Of `excess`.
    pixel_mm
        In the breast.
    """
    rows, columns = excess.shape
    factor = scale_of(noise, pixel_mm)
    size = (max(GRAIN, round(columns * factor)), max(GRAIN, round(rows * factor)))
    if factor != 1.0:
        kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        excess = cv2.resize(excess, size, interpolation=kind)
    # A mean over pixels has the less noise, the more they are.
    both = _in_bands(seen_by(excess, noise * min(factor, 1.0)))
    if factor != 1.0:
        both = [
            cv2.resize(part, (columns, rows), interpolation=cv2.INTER_LINEAR)
            for part in both
        ]
    lumen, line = both
    lumen *= inside
    line *= inside
    return Chances(lumen=lumen, line=line)


def scale_of(noise: float, pixel_mm: float) -> float:
    """Return by what a picture is enlarged for the network; below 1 it is shrunken."""
    taught = FINEST_MM <= pixel_mm <= COARSEST_MM
    if taught and not (pixel_mm < FINE_MM and noise > NOISY):
        return 1.0
    return pixel_mm / USUAL_MM


def _in_bands(seen: F4) -> list[F4]:
    """Run the network over bands of rows; return lumen and line, (H, W) each."""
    rows, columns = seen.shape
    wide = -(-columns // GRAIN) * GRAIN
    out = np.zeros((2, rows, columns), np.float32)
    starts = range(0, max(rows - OVERLAP, 1), BAND - OVERLAP)
    for first in starts:
        last = min(first + BAND, rows)
        tall = -(-(last - first) // GRAIN) * GRAIN
        given = np.zeros((1, 1, tall, wide), np.float32)
        given[0, 0, : last - first, :columns] = seen[first:last]
        with _ONE_AT_A_TIME:
            # What a band took the next one takes again.
            how = _frugal() if first == starts[-1] else None
            chance = _session().run(None, {"seen": given}, how)[0][0]
        begin = first if first == 0 else first + OVERLAP // 2
        out[:, begin:last] = chance[:, begin - first : last - first, :columns]
    return list(out)


@cache
def _session() -> InferenceSession:
    """Load the network once."""
    try:
        import onnxruntime  # noqa: PLC0415  slow, and only who chooses it needs it
    except ImportError as error:
        raise MissingExtra(
            "the learned segmenter needs onnxruntime: pip install onnxruntime"
        ) from error
    wanted = onnxruntime.SessionOptions()
    wanted.intra_op_num_threads = THREADS
    wanted.inter_op_num_threads = 1
    wanted.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        weights(), wanted, providers=["CPUExecutionProvider"]
    )


@cache
def _frugal() -> RunOptions:
    """Return how a last band is run: what all took is given back when it is done."""
    import onnxruntime  # noqa: PLC0415  slow; `_session` has said so if it lacks

    how = onnxruntime.RunOptions()
    how.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return how


def weights() -> bytes:
    """Return the weights as they are stored."""
    return (files("galactograph") / "data" / WEIGHTS).read_bytes()


def facts() -> dict[str, Any]:
    """Return what the weights say of themselves: views, rounds, seed."""
    return dict(_session().get_modelmeta().custom_metadata_map)
