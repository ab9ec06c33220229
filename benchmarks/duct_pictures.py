"""Draw grown ducts as a galactogram shows them, and all lobes of a breast in colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galactograph.phantom.anatomy import Build
from galactograph.phantom.lobes import Ducts
from galactograph.values.geometry import Grid
from galactograph.values.tree import DuctTree
from galactograph.xray.projection import lumen_thickness

PIXEL_MM = 0.1
OPACITY_PER_MM = 0.9
"""Of contrast, mixed with the fluid of the duct; for the picture only."""


def shadow(
    tree: DuctTree, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the shadow of a lobe seen from above, 0 to 1, nipple to the right."""
    # Deep to the left, lateral up, as a left CC is hung.
    seen = np.column_stack(
        [-tree.points_mm[:, 1], -tree.points_mm[:, 0], tree.points_mm[:, 2]]
    )
    rows, columns = np.ceil((high - low) / PIXEL_MM).astype(int)[::-1]
    grid = Grid(
        shape=(int(rows), int(columns)),
        spacing_mm=(PIXEL_MM, PIXEL_MM),
        origin_mm=(float(low[0]), float(low[1]), 0.0),
    )
    thick = lumen_thickness(seen, tree.parents, tree.radii_mm, grid)
    dark: NDArray[np.float32] = 1 - np.exp(-OPACITY_PER_MM * thick)
    return dark


def draw(
    women: list[tuple[Build, Ducts]], whole: tuple[Build, Ducts], folder: Path
) -> None:
    """Write ducts.png (six injected lobes) and lobes.png (all lobes of one breast)."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(12, 9), dpi=80)
    for panel, (build, ducts) in zip(axes.flat, women, strict=True):
        low, high = np.array([-92.0, -62.0]), np.array([10.0, 62.0])
        panel.imshow(shadow(ducts.lobes[0], low, high), cmap="gray", vmin=0, vmax=0.85)
        panel.set_title(
            f"{build.branches} branches wanted, trunk {build.trunk_mm:.1f} mm",
            fontsize=9,
        )
        panel.plot([30, 130], [1210, 1210], color="white", linewidth=1.5)
        panel.text(30, 1195, "10 mm", color="white", fontsize=8)
        panel.axis("off")
    figure.suptitle("SIMULATED ducts: injected lobe of six women, seen from above")
    figure.tight_layout()
    figure.savefig(folder / "ducts.png")
    plt.close(figure)
    _draw_lobes(whole[1], folder / "lobes.png")


def _draw_lobes(ducts: Ducts, path: Path) -> None:
    """Draw all lobes of one breast, from above and from the front."""
    import matplotlib.pyplot as plt
    from matplotlib.collections import LineCollection

    figure, axes = plt.subplots(1, 2, figsize=(12, 6), dpi=80)
    colours = plt.get_cmap("tab20")
    for panel, (across, up) in zip(axes, ((1, 0), (0, 2)), strict=True):
        for k, tree in enumerate(ducts.lobes):
            ends = tree.points_mm[:, [across, up]]
            lines = np.stack([ends[tree.parents[1:]], ends[1:]], axis=1)
            widths = np.clip(3.5 * tree.radii_mm[1:], 0.25, 4)
            panel.add_collection(
                LineCollection(list(lines), linewidths=widths, colors=[colours(k % 20)])
            )
        panel.autoscale()
        panel.set_aspect("equal")
    axes[0].invert_xaxis()
    axes[0].set(xlabel="mm behind the nipple", ylabel="mm lateral")
    axes[1].set(xlabel="mm lateral", ylabel="mm cranial")
    figure.suptitle(
        "SIMULATED: every lobe of one breast, from above and from the front"
    )
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
