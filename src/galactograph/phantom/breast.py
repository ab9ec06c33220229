"""Grow a virtual breast, and compress it for a view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from galactograph.errors import InvalidValue
from galactograph.phantom import parenchyma, tissue
from galactograph.phantom import strands as weaving
from galactograph.phantom.anatomy import Build
from galactograph.phantom.lesions import plant
from galactograph.phantom.lobes import grow_ducts
from galactograph.phantom.outline import Compression, rest_scale
from galactograph.phantom.planting import Planted
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.procedure import ViewPosition
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Balls, Breast, Clouds, Slab

SIDE_VIEWS = (ViewPosition.ML, ViewPosition.LM, ViewPosition.MLO, ViewPosition.LMO)


def grow(
    build: Build,
    laterality: Laterality,
    *,
    injected: int = 0,
    seed: int = 0,
    rng: np.random.Generator,
) -> Breast:
    """Grow the breast that `build` describes.

    Parameters
    ----------
    build
        What to grow.
    laterality
        Its side; the breast frame is the same for both.
    injected
        Which lobe is grown in full and bears the lesion.
    seed
        Kept in the value: the tissue of each view is drawn from it.
    rng
        The source of chance.
    """
    scale = rest_scale(build.radius_mm, build.depth_mm, build.thickness_mm)
    rest = (scale * build.radius_mm, scale * build.depth_mm)
    nipple = (float(rng.uniform(4.6, 6.2)), float(rng.uniform(5.0, 8.5)))
    ducts = grow_ducts(build, rest, nipple[1], injected=injected, rng=rng)
    grown = list(ducts.lobes)
    planted = plant(
        Planted(tree=grown[injected], lobe=injected, loops=ducts.loops), build, rng
    )
    grown[injected] = planted.tree
    lines = weaving.weave(rest, build.strands, rng=rng)
    for centre, radius in zip(
        planted.masses.centres_mm, planted.masses.radii_mm, strict=True
    ):
        lines = weaving.join(lines, weaving.spicules(centre, float(radius), rng=rng))
    benign = weaving.benign_specks(rest, rng=rng)
    (tissue_rng,) = rng.spawn(1)
    return Breast(
        laterality=laterality,
        thickness_mm=build.thickness_mm,
        lobes=tuple(grown),
        lesions=planted.lesions,
        glandular_fraction=build.density,
        radius_mm=build.radius_mm,
        depth_mm=build.depth_mm,
        rest_mm=rest,
        flank=float(rng.uniform(1.5, 1.85)),
        nipple_mm=nipple,
        injected=injected,
        strands=lines,
        specks=Balls(
            centres_mm=np.concatenate([benign.centres_mm, planted.specks.centres_mm]),
            radii_mm=np.concatenate([benign.radii_mm, planted.specks.radii_mm]),
        ),
        masses=planted.masses,
        bodies=planted.bodies,
        clouds=planted.clouds,
        seed=seed,
        blind=ducts.blind,
        loops=planted.loops,
        parenchyma=parenchyma.develop(
            build, rest, tuple(grown), planted.masses, rng=tissue_rng
        ),
    )


def _floated(breast: Breast, tree: DuctTree) -> Floats:
    """Return body offsets in the slab: bubbles rise to the roof of their duct."""
    bodies = breast.bodies
    offsets = bodies.offsets_mm.copy()
    roof = tree.radii_mm[bodies.nodes] - bodies.radii_mm
    offsets[bodies.air] = 0
    offsets[bodies.air, 2] = 0.8 * np.maximum(roof, 0)[bodies.air]
    return offsets


def compress(
    breast: Breast,
    position: ViewPosition,
    *,
    texture: float = 1.0,
    lattice: tissue.Lattice | None = None,
    rng: np.random.Generator,
) -> Slab:
    """Compress `breast` for one view.

    Parameters
    ----------
    breast, position
        What to compress, and along which axis.
    texture
        How many times the usual thickness of the walls between fat lobules.
    lattice
        How finely its tissue is carved.
    rng
        Draws how the breast is placed.
    """
    if breast.parenchyma is None:
        raise InvalidValue("only a breast that was grown, with parenchyma, is pressed")
    thicker = 1.06 if position in SIDE_VIEWS else 1.0
    map_ = Compression.of(breast, position, breast.thickness_mm * thicker)
    hull = tissue.hull_of(breast, map_)
    rows = tissue.lay(
        breast.parenchyma, map_, hull, lattice or tissue.Lattice(), texture=texture
    )
    corner, (adipose, gland, skin) = tissue.flatten(rows, hull)
    tree = replace(breast.tree, points_mm=map_.squeeze(breast.tree.points_mm))
    tip = np.array([[0.0, 0.5 - breast.nipple_mm[1], 0.0]])
    return Slab(
        position=position,
        laterality=breast.laterality,
        thickness_mm=map_.thickness_mm,
        corner_mm=corner,
        pitch_mm=tissue.RASTER_MM,
        adipose_mm=adipose,
        gland_mm=gland,
        skin_mm=skin,
        tree=tree,
        nipple_mm=map_.squeeze(tip)[0],
        strands=replace(
            breast.strands, points_mm=map_.squeeze(breast.strands.points_mm)
        ),
        specks=Balls(
            centres_mm=map_.squeeze(breast.specks.centres_mm),
            radii_mm=breast.specks.radii_mm,
        ),
        bodies=replace(breast.bodies, offsets_mm=_floated(breast, tree)),
        clouds=Clouds(
            centres_mm=map_.squeeze(breast.clouds.centres_mm),
            sigmas_mm=breast.clouds.sigmas_mm,
            iodine_mg=breast.clouds.iodine_mg,
        ),
        shift_mm=float(rng.uniform(-10, 10)),
        hull=hull,
        runs=rows,
    )
