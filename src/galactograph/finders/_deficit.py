"""Missing contrast: what counts, and what is known of one place.

Two finders share this: a filling defect and an air bubble are the same shadow,
told apart by shape. Contrast is additive, so what is missing has a thickness in
millimetres, wherever in the lumen it sits: no outline need be dented.
"""

from __future__ import annotations

from dataclasses import dataclass

from galactograph.finders._column import Column
from galactograph.finders._dots import Dot
from galactograph.finders._hollows import Hollow
from galactograph.finders._shape import Shape
from galactograph.values.arrays import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as missing contrast.

    Where no source is given the number is assumed: set on painted strips and on
    simulated studies that serve for nothing else.

    Attributes
    ----------
    holes_mm
        Lengths that the model bridges in turn, so that it is never fitted across a
        defect. source: design (0.4 to 10 mm).
    scales_mm, least_shares, least_z
        Smoothing of the search, and the missing share of the lumen and the
        missing contrast over its noise that it asks for.
    least_drop
        Fall of the filled fraction against both neighbours; a calibre that waves
        by 5 % changes the filled fraction by 10 %.
    wide_mm, thin_drop
        A defect narrower than the first must be more complete, by up to the second.
    long_mm, drop_per_mm
        Beyond this length the least fall rises: dilution makes long shallow dips,
        growths do not.
    least_scatters, least_peak_z
        The fall over the usual scatter of the filled fraction along this strip;
        missing contrast over noise at the deepest.
    least_mm, most_mm
        Length. source: design (0.4 to 10 mm, with a margin).
    least_flank
        Filled fraction that the neighbours must have.
    most_misfit
        Mean difference of the neighbours from the model of a filled duct, over
        the model: where the model does not hold, nothing is missing from it.
    least_basin, most_basin, least_basin_mm, least_basin_mm2
        A defect with contrast all round is a basin: how far its floor lies below
        the lowest way out, as a share of that and in mm of contrast, and how much
        of it is half as deep. A mesh between ducts has no floor at all.
    sure_basin, shallow_rim, shallow_drop
        A basin with a smaller share than the first needs more contrast at its rim,
        a greater fall, and a quiet duct.
    broad_mm2, broad_mm, broad_rim, broad_overlap
        Or it is as large and as deep as the first two, with as much contrast at its
        rim, where no more than the last share lies over other ducts.
    vast_mm, vast_depth_mm, vast_rim, vast_roundness
        In a duct of this calibre and more, traced by several lines, it is as deep, as
        well enclosed and as round as the others say.
    cast_expansion, cast_rim, cast_mm2, cast_bend_deg
        A long body is a cast of its duct if the duct is no wider than the first there,
        has as much contrast at both walls as one filled lumen, and the basin is large,
        in a duct that does not turn by more than the last.
    nipple_mm
        Nearer to the nipple only what is enclosed counts: the background steps where
        duct and skin line cross.
    least_rim
        Contrast beside both walls, over that of one filled lumen: two ducts side
        by side have less.
    narrow_mm, narrow_drop
        A basin narrower than the first needs a greater fall.
    mural_expansion
        What lies at a wall where the duct is wider than this, over its neighbours,
        is a fork.
    most_aspect
        Length over width of a basin: gaps between ducts that run together are long.
    least_roundness, ball_aspect, ball_depth, ball_z
        A ball: correlation of the missing thickness with a ball's, length over
        width, depth over width less one, and how clear it is.
    open_drop, open_scatter, most_bend_deg, least_match
        What is not enclosed (a plug, a growth at a wall) needs a greater fall in a
        quieter strip, a centreline that does not turn, and like calibres on both
        sides, or it is a fork or a tracer's short cut.
    plug_fraction, plug_drop
        A plug takes this share of the lumen.
    plug_calibre_mm, thin_plug_mm, thin_plug_drop, thin_beside
        In a thinner duct than the first a gap in the trace looks the same: more is
        asked. Below the second nothing is told.
    beside
        If contrast as thick as this share of the model runs outside an empty
        lumen, the centreline has left the duct.
    gap_overlap, gap_calibre_mm, gap_expansion, gap_roundness
        What lies mostly over other ducts, in a duct thinner than the second, or where
        the outline widens by more than the third, must be a ball, or as round as the
        last: else it may be the gap between two ducts. source: assumed.
    gap_aspect, lens_roundness
        Where the outline widens, what is longer than this over its width must be
        rounder. source: assumed.
    least_chance, ruled_chance
        A place is kept from this chance on, all evidence weighed; what the rules
        above hold has at least the second.
    """

    holes_mm: tuple[float, ...] = (2.5, 6.0, 13.0)
    scales_mm: tuple[float, ...] = (0.12, 0.3)
    least_shares: tuple[float, ...] = (0.5, 0.22)
    least_z: float = 5.0
    least_drop: float = 0.2
    wide_mm: float = 1.2
    thin_drop: float = 0.65
    long_mm: float = 4.0
    drop_per_mm: float = 0.03
    least_scatters: float = 2.0
    least_peak_z: float = 9.0
    least_mm: float = 0.4
    most_mm: float = 14.0
    least_flank: float = 0.55
    most_misfit: float = 0.3
    least_basin: float = 0.13
    sure_basin: float = 0.25
    shallow_rim: float = 0.75
    shallow_drop: float = 0.35
    most_basin: float = 0.9
    least_basin_mm: float = 0.12
    least_basin_mm2: float = 0.12
    broad_mm2: float = 0.5
    broad_mm: float = 0.25
    broad_rim: float = 0.9
    broad_overlap: float = 0.3
    vast_mm: float = 2.5
    vast_depth_mm: float = 0.4
    vast_rim: float = 1.1
    vast_roundness: float = 0.65
    cast_expansion: float = 1.1
    cast_rim: float = 1.0
    cast_mm2: float = 0.35
    cast_bend_deg: float = 30.0
    nipple_mm: float = 9.0
    least_rim: float = 0.65
    narrow_mm: float = 0.8
    narrow_drop: float = 0.65
    mural_expansion: float = 1.2
    most_aspect: float = 3.4
    least_roundness: float = 0.9
    ball_aspect: float = 1.45
    ball_depth: float = 0.3
    ball_z: float = 40.0
    open_drop: float = 0.45
    open_scatter: float = 0.15
    most_bend_deg: float = 15.0
    least_match: float = 0.8
    plug_fraction: float = 0.85
    plug_drop: float = 0.85
    plug_calibre_mm: float = 0.7
    thin_plug_mm: float = 0.35
    thin_plug_drop: float = 0.93
    thin_beside: float = 0.25
    beside: float = 0.5
    gap_overlap: float = 0.7
    gap_calibre_mm: float = 1.3
    gap_expansion: float = 1.4
    gap_roundness: float = 0.55
    gap_aspect: float = 1.9
    lens_roundness: float = 0.75
    least_chance: float = 0.25
    ruled_chance: float = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Residual:
    """What is missing from a levelled strip of N stations and U offsets.

    Attributes
    ----------
    missing_mm, smooth_mm, z : (N, U)
        Model less measured thickness; the same, smoothed a little; smoothed over
        its noise.
    floor_mm : (N, U)
        Measured thickness, smoothed.
    lanes : (N, U)
        Where the lumen is judged: not at its very edge.
    scatter
        Spread of the filled fraction where nothing was found.
    """

    column: Column
    missing_mm: Floats
    smooth_mm: Floats
    z: Floats
    floor_mm: Floats
    lanes: Bools
    scatter: float


@dataclass(frozen=True, kw_only=True)
class Basin:
    """How a place is enclosed by contrast: depth in mm, share of the rim, area.

    Attributes
    ----------
    depth_mm
        Floor below the lowest way out, as thickness of contrast.
    share
        The same over the thickness at that way out.
    area_mm2
        Of what is at least half as deep.
    rim
        Contrast beside the worse wall over that of a filled lumen.
    """

    depth_mm: float
    share: float
    area_mm2: float
    rim: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Deficit:
    """One place where contrast is missing.

    Attributes
    ----------
    column
        The levelled strip it lies in.
    first, last
        Stations of the column that bound it.
    s_mm, u_mm
        Centre of what is missing, in the strip.
    length_mm, width_mm
        Along and across.
    lumen_fraction
        Largest missing share of a cross-section, in [0, 1].
    drop
        Fall of the filled fraction against both neighbours, in its own lanes.
    z
        Missing contrast over noise.
    depth_mm
        Missing thickness along the beam at its deepest.
    expansion
        Calibre between the walls here over the calibre beside it.
    match
        Smaller over larger calibre of the two neighbours; 0 if one is missing.
    bend_deg
        Turn of the centreline from before to beyond.
    aside
        Contrast outside the lumen, over the model of the lumen.
    concentric
        True if what remains is a narrower round column in the middle.
    attached
        True if it touches one wall and not the other; False if free or filling.
    in_overlap
        Share of its stations that are flagged.
    scatter
        Of the residual.
    dot
        The small place that curves up on every side; None for what was outlined.
    hollow
        The enclosed place of the picture; None for what was found in a strip.
    chance
        To be a body, all evidence weighed together, in [0, 1].
    """

    column: Column
    first: int
    last: int
    s_mm: float
    u_mm: float
    length_mm: float
    width_mm: float
    lumen_fraction: float
    drop: float
    z: float
    depth_mm: float
    expansion: float = 1.0
    match: float = 1.0
    bend_deg: float = 0.0
    aside: float = 0.0
    concentric: bool = False
    attached: bool = False
    in_overlap: float
    scatter: float = 0.0
    basin: Basin
    shape: Shape
    dot: Dot | None = None
    hollow: Hollow | None = None
    chance: float = 1.0

    @property
    def calibre_mm(self) -> float:
        """Mean distance of the outer walls along it."""
        return 2 * float(self.column.radius_mm[self.first : self.last + 1].mean())
