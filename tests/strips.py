"""Straight ducts painted on a small image, and the reading a tracer would make of it.

Physics: contrast of a circular lumen is its chord, missing where something solid or
air lies in it; then blur, noise and texture. Calibre, expected calibre and opacity
are measured from the painted pixels, with the faults of a real tracer: they know
nothing of the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, percentile_filter

from galactograph.values.codes import Adequacy
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import DuctMap, Image
from galactograph.values.report import (
    AdequacyVerdict,
    Duct,
    Nipple,
    Reading,
    Scene,
    Strip,
)
from galactograph.values.study import GreyScale, View
from galactograph.values.tree import DuctTree

Array = NDArray[np.float64]
PIXEL_MM = 0.07
MARGIN_MM = 8.0
"""Image to the left of the first station and beyond the last."""


@dataclass(frozen=True)
class Ball:
    """Something round in the lumen: centre along and across, diameter, in mm."""

    s_mm: float
    u_mm: float
    diameter_mm: float


@dataclass(frozen=True)
class Other:
    """Another duct: where its axis crosses `s_mm`, offset, angle, radius.

    It is straight, or sways to either side by `sway_mm`, once in `wave_mm`.
    """

    s_mm: float
    u_mm: float
    angle_deg: float
    radius_mm: float
    starts_mm: float = -1e9
    sway_mm: float = 0.0
    wave_mm: float = 10.0


@dataclass(frozen=True)
class World:
    """One straight duct and everything that can lie in or beside it."""

    length_mm: float = 30.0
    calibre_mm: float = 1.5
    taper_per_mm: float = 0.0
    wobble: float = 0.0
    ripple: float = 0.0
    opacity_per_mm: float = 0.6
    noise: float = 0.03
    texture: float = 0.02
    clutter: float = 0.0
    blur_mm: float = 0.07
    balls: tuple[Ball, ...] = ()
    plugs: tuple[tuple[float, float], ...] = ()
    waists: tuple[tuple[float, float, float], ...] = ()
    widenings: tuple[tuple[float, float, float], ...] = ()
    others: tuple[Other, ...] = ()
    ends_mm: float | None = None
    fade_mm: float = 0.0
    shift_mm: float = 0.0
    display: float = 0.0
    spacing_kind: SpacingKind = SpacingKind.DETECTOR
    nipple: bool = True
    rooted: bool = True
    seed: int = 0


def widest_mm(world: World) -> float:
    """Return the greatest calibre of the duct."""
    return world.calibre_mm + max((w[2] for w in world.widenings), default=0.0)


def bump(x: Array, centre: float, length: float) -> Array:
    """Return a smooth bump of height 1: raised cosine of full width `length`."""
    t = np.clip((x - centre) / length, -0.5, 0.5)
    return 0.5 + 0.5 * np.cos(2 * np.pi * t)


def radius_of(world: World, s: Array, rng: np.random.Generator) -> Array:
    """Return the lumen radius at `s`."""
    c = world.calibre_mm * np.exp(-world.taper_per_mm * s)
    if world.wobble:
        slow = gaussian_filter1d(rng.standard_normal(len(s)), 1.2 / PIXEL_MM)
        c = c * (1 + world.wobble * slow / slow.std())
    if world.ripple:
        fast = gaussian_filter1d(rng.standard_normal(len(s)), 0.35 / PIXEL_MM)
        c = c * np.clip(1 + world.ripple * fast / fast.std(), 0.15, None)
    for centre, length, ratio in world.waists:
        c = c * (1 - (1 - ratio) * bump(s, centre, length) ** 0.5)
    for centre, length, added in world.widenings:
        c = c + added * bump(s, centre, length)
    return np.asarray(c / 2)


def chord(radius: Array | float, u: Array) -> Array:
    """Return the path length through a cylinder."""
    return np.asarray(2 * np.sqrt(np.clip(np.square(radius) - u * u, 0, None)))


def paint(world: World, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return thickness of contrast (rows, columns), s of columns, u of rows."""
    half = max(3.0, widest_mm(world) * 1.6 + 2.0)
    u = np.arange(-half, half + PIXEL_MM / 2, PIXEL_MM)
    s = np.arange(-MARGIN_MM, world.length_mm + MARGIN_MM, PIXEL_MM)
    radius = radius_of(world, np.clip(s, 0, world.length_mm), rng)
    lumen = chord(radius[None, :], u[:, None])
    end = world.length_mm if world.ends_mm is None else world.ends_mm
    if world.ends_mm is not None:
        cap = np.clip(1 - np.clip((s - end) / (radius * 0.5), 0, 1) ** 2, 0, 1)
        lumen = lumen * np.sqrt(cap)[None, :]
    lumen[:, s < 0] = 0
    solid = np.zeros_like(lumen)
    for ball in world.balls:
        r2 = (s - ball.s_mm)[None, :] ** 2 + (u - ball.u_mm)[:, None] ** 2
        solid = np.maximum(
            solid, 2 * np.sqrt(np.clip(ball.diameter_mm**2 / 4 - r2, 0, None))
        )
    for first, last in world.plugs:
        solid[:, (s >= first) & (s <= last)] = 1e3
    thickness = lumen - np.minimum(lumen, solid)
    if world.fade_mm:
        thickness *= np.clip((world.length_mm - s) / world.fade_mm, 0, 1)[None, :]
    for other in world.others:
        a = np.deg2rad(other.angle_deg)
        sway = other.sway_mm * np.sin(2 * np.pi * (s - other.s_mm) / other.wave_mm)
        across = (u[:, None] - other.u_mm - sway[None, :]) * np.cos(a)
        across = across - (s - other.s_mm)[None, :] * np.sin(a)
        piece = chord(other.radius_mm, across) / max(np.cos(a), 0.2)
        piece[:, s < other.starts_mm] = 0
        if other.starts_mm > -1e8:
            thickness = np.maximum(thickness, piece)  # a daughter: one lumen
        else:
            thickness = thickness + piece  # in front or behind: two lumina
    return thickness, s, u


def clutter(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return what tissue adds: its power falls with the cube of frequency.

    As in mammograms; of unit standard deviation, without waves longer than 10 mm: a
    reader takes those away with the background. source: Burgess 1999 (remembered)
    """
    rows, columns = (np.fft.fftfreq(n, PIXEL_MM) for n in shape)
    frequency = np.hypot(rows[:, None], columns[None, :])
    power = np.where(frequency > 0.1, np.maximum(frequency, 0.1) ** -1.5, 0)
    wave = np.fft.ifft2(np.fft.fft2(rng.standard_normal(shape)) * power).real
    return np.asarray(wave / wave.std())


def expose(world: World, thickness: Array, rng: np.random.Generator) -> Array:
    """Return the excess that a view shows: grey, blur, texture, noise."""
    mu = world.opacity_per_mm
    sharp = gaussian_filter(thickness, world.blur_mm / PIXEL_MM)
    # Quanta are few behind thick contrast: noise grows with attenuation.
    noise = world.noise * np.exp(0.25 * mu * sharp)
    excess = (
        mu * sharp
        + noise * gaussian_filter(rng.standard_normal(sharp.shape), 0.5) / 0.52
    )
    if world.texture:
        slow = gaussian_filter(rng.standard_normal(sharp.shape), 1.0 / PIXEL_MM)
        excess = excess + world.texture * slow / slow.std()
    if world.clutter:
        excess = excess + world.clutter * clutter(sharp.shape, rng)
    if world.display:
        k = world.display
        excess = np.sign(excess) * (1 - np.exp(-k * np.abs(excess))) / 2
    return np.asarray(excess)


def outline_mm(profile: Array, u: Array, noise: float) -> Array:
    """Return calibre from the outermost half-peak crossings of each row (S, U)."""
    peak = profile.max(1)
    above = profile > 0.5 * peak[:, None]
    first = above.argmax(1)
    last = len(u) - 1 - above[:, ::-1].argmax(1)
    step = u[1] - u[0]
    width = (last - first + 1) * step
    rows = np.arange(len(profile))
    for edge, sign in ((first, -1), (last, 1)):
        out = np.clip(edge + sign, 0, len(u) - 1)
        inner, outer = profile[rows, edge], profile[rows, out]
        gap = np.maximum(inner - outer, 1e-9)
        width += np.clip((inner - 0.5 * peak) / gap, 0, 1) * step - step / 2
    calibre = width / 0.866
    calibre[peak < 5 * noise] = np.nan
    bad = np.isnan(calibre)
    if bad.all():
        return np.full(len(profile), 0.3)
    x = np.arange(len(calibre))
    return np.asarray(np.interp(x, x[~bad], calibre[~bad]))


def straighten(world: World, excess: Array, s: Array, u: Array) -> Strip:
    """Return the strip a tracer would cut, with its own measured calibre."""
    end = world.length_mm if world.ends_mm is None else world.ends_mm
    keep = np.flatnonzero((s >= 0.1) & (s <= end + 0.05))
    half = min(u[-1], widest_mm(world) * 1.0 + 1.0)
    across = np.flatnonzero(np.abs(u) <= half)
    rows = excess[np.ix_(across, keep)].T
    # The centreline of a tracer wanders a little.
    moved = round(world.shift_mm / PIXEL_MM)
    rows = np.roll(rows, moved, axis=1)
    where = u[across]
    noise = float(world.noise * (1 if not world.display else world.display / 2))
    smooth = gaussian_filter1d(rows, 1.0, axis=0)
    overlap = np.zeros(len(keep), bool)
    for other in world.others:
        a = np.deg2rad(other.angle_deg)
        lateral = (s[keep] - other.s_mm) * np.tan(a) + other.u_mm
        near = (
            np.abs(lateral) < world.calibre_mm / 2 + other.radius_mm / np.cos(a) + 0.2
        )
        overlap |= near & (s[keep] >= other.starts_mm - 0.5)
    # A tracer knows the scale of its duct and looks for walls near it.
    near = 0.62 * widest_mm(world) + 0.2
    inner = np.where((np.abs(where) > near)[None, :], 0, smooth)
    calibre = outline_mm(inner, where, noise)
    clear = calibre
    if overlap.any() and not overlap.all():
        at = np.arange(len(calibre))
        clear = np.interp(at, at[~overlap], calibre[~overlap])
    wide = min(len(calibre) // 2 * 2 + 1, int(24 / PIXEL_MM) // 2 * 2 + 1)
    expected = gaussian_filter1d(percentile_filter(clear, 50, size=wide), 12)
    area = rows[:, np.abs(where) < widest_mm(world)].sum(1) * PIXEL_MM
    ratio = area / (np.pi * expected**2 / 4)
    opacity = gaussian_filter1d(
        percentile_filter(ratio, 60, size=min(len(ratio) // 2 * 2 + 1, 230)), 12
    )
    n = len(keep)
    return Strip(
        duct=0,
        nodes=np.arange(n),
        branches=np.zeros(n, np.int32),
        s_mm=s[keep] - s[keep[0]],
        from_nipple_mm=s[keep] - s[keep[0]] + 10.0,
        u_mm=where,
        excess=rows.astype(np.float32),
        calibre_mm=calibre,
        sigma_mm=np.full(n, 0.02 + noise * 0.1),
        expected_mm=expected,
        opacity_per_mm=np.maximum(opacity, 1e-3),
        overlap=overlap,
        rows=np.full(n, (len(u) - 1) / 2),
        columns=keep.astype(float),
        ends_free=True,
        noise=noise,
    )


def duct_of(strip: Strip, *, rooted: bool) -> Duct:
    """Return a tree of one branch with the measures of `strip`."""
    n = len(strip.s_mm)
    points = np.stack(
        [strip.columns * PIXEL_MM, strip.rows * PIXEL_MM, np.zeros(n)], axis=1
    )
    return Duct(
        tree=DuctTree(
            points_mm=points,
            parents=np.arange(n) - 1,
            radii_mm=np.maximum(strip.calibre_mm / 2, 0.02),
        ),
        rows=strip.rows,
        columns=strip.columns,
        calibre_mm=strip.calibre_mm,
        sigma_mm=strip.sigma_mm,
        contrast=strip.excess.max(1),
        opacity_per_mm=strip.opacity_per_mm,
        overlap=strip.overlap,
        rooted=rooted,
    )


def reading_of(world: World) -> Reading:
    """Return the reading of one painted duct."""
    rng = np.random.default_rng(world.seed)
    thickness, s, u = paint(world, rng)
    excess = expose(world, thickness, rng)
    strip = straighten(world, excess, s, u)
    return reading_from(world, excess, (strip,))


def reading_from(
    world: World, excess: Array, strips: tuple[Strip, ...], **changes: object
) -> Reading:
    """Wrap an image of excess and its strips into a reading."""
    shape = excess.shape
    pixels = excess.astype(np.float32)
    grid = Grid(
        shape=shape,
        spacing_mm=(PIXEL_MM, PIXEL_MM),
        spacing_kind=world.spacing_kind,
    )
    flat = np.zeros(shape, np.float32)
    nipple = Nipple(row=(shape[0] - 1) / 2, column=MARGIN_MM / PIXEL_MM, confidence=0.9)
    reading = Reading(
        index=0,
        view=View(
            image=Image(pixels=pixels, grid=grid),
            source="painted",
            grey_scale=GreyScale.DISPLAY if world.display else GreyScale.ATTENUATION,
        ),
        scene=Scene(
            excess=pixels,
            breast=np.ones(shape, bool),
            skin=np.zeros((2, 2)),
            chest_wall="right",
            nipple=nipple if world.nipple else None,
            noise=strips[0].noise if strips else 0.03,
        ),
        duct_map=DuctMap(
            probability=flat, centreline=flat > 0, scale_px=flat, orientation_rad=flat
        ),
        ducts=tuple(duct_of(strip, rooted=world.rooted) for strip in strips),
        strips=strips,
        adequacy=AdequacyVerdict(status=Adequacy.ADEQUATE),
        opacity_per_mm=0.0 if world.display else world.opacity_per_mm,
    )
    return replace(reading, **changes)  # type: ignore[arg-type]


def within_strips(reading: Reading) -> Reading:
    """Return a reading whose breast ends where its painted strips do."""
    breast = np.zeros_like(reading.scene.breast)
    ends = [round(float(strip.columns[k])) for strip in reading.strips for k in (0, -1)]
    breast[:, min(ends) : max(ends)] = True
    return replace(reading, scene=replace(reading.scene, breast=breast))


def lobulated(
    s_mm: float, u_mm: float, size_mm: float, rng: np.random.Generator
) -> tuple[Ball, ...]:
    """Return a cauliflower: balls strung along the duct, `size_mm` long."""
    core = 0.72 * size_mm
    balls = [Ball(s_mm, u_mm, core)]
    for _ in range(int(np.clip(4 + 2 * size_mm, 5, 18))):
        diameter = core * float(rng.uniform(0.55, 0.9))
        along = float(rng.uniform(-1, 1)) * (size_mm - diameter) / 2
        across = float(rng.uniform(-1, 1)) * (core - diameter) / 2
        balls.append(Ball(s_mm + along, u_mm + across, diameter))
    return tuple(balls)


def papilloma(world: World, s_mm: float, size_mm: float) -> World:
    """Return `world` with a lobulated body in a lumen that it has widened."""
    rng = np.random.default_rng(world.seed)
    lumen = 0.72 * size_mm + 0.4
    added = max(lumen - world.calibre_mm, 0.0)
    return replace(
        world,
        widenings=((s_mm, 3 * size_mm + 3, added),) if added else (),
        balls=lobulated(s_mm, 0.0, size_mm, rng),
    )


def intact(seed: int) -> World:
    """Return a duct without a lesion, with all that can trouble a finder.

    Calibre 0.3 to 4 mm, 5 to 60 mm long, taper, a calibre that waves by 5 %, forks,
    crossings and neighbours, fading contrast, display grey, a centreline that runs a
    pixel beside the middle.
    """
    rng = np.random.default_rng(seed)
    calibre = float(np.exp(rng.uniform(np.log(0.3), np.log(4))))
    length = float(rng.uniform(5, 60))
    others = []
    for _ in range(int(rng.integers(0, 4))):
        kind, s = rng.integers(0, 3), float(rng.uniform(0, length))
        radius = float(rng.uniform(0.15, 0.8) * calibre / 1.2 + 0.05)
        side = float(rng.choice([-1, 1]))
        if kind == 0:
            others.append(Other(s, 0, float(rng.uniform(25, 70)), radius, s))
        elif kind == 1:
            others.append(Other(s, 0, side * float(rng.uniform(20, 70)), radius))
        else:
            away = side * (calibre / 2 + radius + float(rng.uniform(0.3, 1.2)))
            others.append(Other(s, away, float(rng.uniform(-4, 4)), radius))
    return World(
        length_mm=length,
        calibre_mm=calibre,
        taper_per_mm=float(rng.uniform(0, 0.015)),
        wobble=0.05,
        others=tuple(others),
        opacity_per_mm=float(rng.uniform(0.3, 0.75)),
        noise=float(rng.uniform(0.015, 0.04)),
        texture=float(rng.uniform(0.005, 0.03)),
        display=float(rng.choice([0, 0, 0.5, 1.0])),
        fade_mm=float(rng.choice([0, 0, 10])),
        shift_mm=float(rng.choice([0, 0, 0.07])),
        seed=seed,
    )


def twisted(seed: int) -> World:
    """Return an intact duct about which another one twists, all along."""
    world = intact(seed)
    rng = np.random.default_rng((seed, 1))
    radius = float(rng.uniform(0.5, 1.0)) * world.calibre_mm / 2
    apart = float(rng.uniform(0.3, 1.1)) * (radius + world.calibre_mm / 2)
    wave = float(rng.uniform(8, 30)) * max(world.calibre_mm, 0.5)
    twin = Other(
        float(rng.uniform(0, wave)), 0.0, 0.0, radius, sway_mm=apart, wave_mm=wave
    )
    return replace(
        world, others=(*world.others, twin), length_mm=max(world.length_mm, 15)
    )
