"""Make the bank of training views: tissue and contrast kept apart, and the truth.

    python -m training.bank --out BANK --views 48

Each view is one compressed breast of the simulator, without noise: what the tissue
attenuates, and what the contrast adds to that. A trainer puts the two together anew
for each piece, as strong, sharp and noisy as it likes.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.contrast import inject, settle
from galactograph.kernels.beams import attenuate
from galactograph.phantom import breast as phantom
from galactograph.phantom.anatomy import LESION_NAMES, Anatomy, draw
from galactograph.seeds import stream
from galactograph.simulation import draw_patient, draw_procedure
from galactograph.values.arrays import Floats
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.truth import Filling, Slab
from galactograph.xray import exposure as xray
from galactograph.xray import projection
from galactograph.xray.materials import per_mm
from galactograph.xray.panel import Panel
from galactograph.xray.scatter import scatter
from galactograph.xray.spectra import weights

FIRST_SEED = 7_000_000
"""Seeds of training; development and evaluation use others."""

POSITIONS = (ViewPosition.CC, ViewPosition.ML, ViewPosition.MLO)

AIR = 0.06
"""Attenuation below which a pixel shows air. source: the skin's rim attenuates more
(measured on simulated views)."""

MARGIN_PX = 60
"""Air kept around the breast: the skin line must be learned too."""

STEPS = 8000
"""Steps of the stored integers to a unit: -ln and mm up to 8.19 fit in 16 bits."""

F4 = NDArray[np.float32]
U2 = NDArray[np.uint16]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bare:
    """One view without noise, (H, W) each, in units of 1 / STEPS.

    Attributes
    ----------
    tissue : uint16
        -ln of what passes without contrast, scatter included.
    added : uint16
        What contrast adds to that.
    lumen_mm : uint16
        Filled lumen along each ray.
    lines : float32, (E, 5)
        Row and column of both ends, and calibre in pixels, of each filled bit of duct.
    """

    tissue: U2
    added: U2
    lumen_mm: U2
    lines: F4


def bare_view(seed: int) -> Bare:
    """Grow, fill and compress a breast, and look through it without noise."""
    lesion = LESION_NAMES[int(stream(seed, "lesion").integers(len(LESION_NAMES)))]
    # Full trees teach more than starved ones.
    anatomy = Anatomy(lesion="normal" if lesion == "underfilling" else lesion)
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    patient = draw_patient(build, rng=stream(seed, "patient"))
    procedure = draw_procedure(build, patient, stream(seed, "procedure"))
    breast = phantom.grow(
        build,
        procedure.laterality,
        injected=procedure.injection.lobe,
        seed=seed,
        rng=stream(seed, "breast"),
    )
    filling = inject(breast, procedure.injection, rng=stream(seed, "injection"))
    breast = settle(breast, filling)
    position = POSITIONS[int(stream(seed, "position").integers(len(POSITIONS)))]
    slab = phantom.compress(
        breast,
        position,
        texture=build.texture,
        rng=stream(seed, "compression", position.value),
    )
    exposure = replace(procedure.exposures[1], position=position)
    return _seen(slab, filling, exposure)


def _seen(slab: Slab, filling: Filling, exposure: Exposure) -> Bare:
    """Return what passes with and without contrast, cut to the breast."""
    panel = Panel.of(slab, exposure)
    settings = xray.panel_settings(exposure)
    share, used = weights(exposure.beam, exposure.kv, xray.caught(settings))
    mu = np.column_stack([per_mm(m)[used] for m in xray.MATERIALS]).astype(np.float32)
    passed = settings.scatter_passed / settings.primary_passed
    pictures, lumen = [], np.zeros((exposure.rows, exposure.columns), np.float32)
    for contrast in (None, filling):
        met = xray.paths(slab, contrast, panel, 0.5 / 300)
        lumen = met[2].copy()
        primary = projection.smeared(
            attenuate(met, mu, share.astype(np.float32)), panel
        )
        seen = primary + passed * scatter(primary, slab.thickness_mm, panel)
        picture = -np.log(np.clip(seen, 1e-5, None))
        pictures.append(picture[:, ::-1] if panel.mirrored else picture)
    lumen = lumen[:, ::-1] if panel.mirrored else lumen
    box = _box(pictures[0] > AIR)
    tissue, both = (p[box] for p in pictures)
    return Bare(
        tissue=_stored(tissue),
        added=_stored(both - tissue),
        lumen_mm=_stored(lumen[box]),
        lines=_lines(slab, filling, panel, box),
    )


def _stored(values: F4) -> U2:
    """Return values in steps, as integers."""
    most = np.iinfo(np.uint16).max
    return np.clip(np.rint(values * STEPS), 0, most).astype(np.uint16)


def _box(inside: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the part that holds the breast and a little air."""
    small = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8))
    rows = np.flatnonzero(small.any(axis=1))
    columns = np.flatnonzero(small.any(axis=0))
    m = MARGIN_PX
    return (
        slice(max(0, rows[0] - m), rows[-1] + 1 + m),
        slice(max(0, columns[0] - m), columns[-1] + 1 + m),
    )


def _lines(
    slab: Slab, filling: Filling, panel: Panel, box: tuple[slice, slice]
) -> Floats:
    """Return the filled bits of duct as lines in the picture, (E, 5)."""
    place = panel.index(slab.tree.points_mm) - [box[0].start, box[1].start]
    filled = np.asarray(filling.iodine_mg_ml) > xray.SEEN_MG_ML
    inner = np.flatnonzero(filled[1:]) + 1
    up = slab.tree.parents[inner]
    scale = panel.magnification / panel.exposure.pixel_mm
    calibre = 2 * slab.tree.radii_mm[inner] * scale
    found: Floats = np.column_stack([place[up], place[inner], calibre])
    return found.astype(np.float32)


def save(bare: Bare, path: Path) -> None:
    """Write a view, compressed."""
    parts: dict[str, Any] = {
        name: getattr(bare, name) for name in ("tissue", "added", "lumen_mm", "lines")
    }
    np.savez(path, **parts)


def load(path: Path) -> Bare:
    """Load a view."""
    with np.load(path) as stored:
        return Bare(**{name: stored[name] for name in stored.files})


def make(out: Path, views: int, budget_s: float) -> int:
    """Make views until there are enough or time is up; return how many there are."""
    out.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    for number in range(views):
        path = out / f"{FIRST_SEED + number}.npz"
        if path.exists():
            continue
        if time.monotonic() - begin > budget_s:
            break
        save(bare_view(FIRST_SEED + number), path)
        print(f"{path.name} after {time.monotonic() - begin:.0f} s", flush=True)
    return len(list(out.glob("*.npz")))


def main(arguments: list[str] | None = None) -> int:
    """Make the bank."""
    parser = argparse.ArgumentParser(prog="python -m training.bank")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bank")
    parser.add_argument("--views", type=int, default=48)
    parser.add_argument("--budget", type=float, default=1e9, help="seconds, at most")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    print(f"{make(options.out, options.views, options.budget)} views")
    return 0


if __name__ == "__main__":
    sys.exit(main())
