"""Tell how likely what two views show is one thing.

Evidence is added up as log odds: how far behind the nipple each lies, where the
matched branch of the one shows in the other view, how alike they are in size, how far
along the duct they lie, and how sure both are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from galactograph.ducts.space_findings import Twin, alone, twin_of
from galactograph.ducts.space_frame import Frame
from galactograph.ducts.space_places import Sighting, deeper_mm, sight
from galactograph.ducts.space_rolling import Rolling, rolling
from galactograph.values.codes import FindingKind
from galactograph.values.report import Duct3D, Finding, Place, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When two views show the same thing.

    Attributes
    ----------
    depth_mm
        Largest difference in depth behind the nipple, at rest.
        source: posterior nipple line within 1 cm (DCM 111204, found); domain.md 3.6
    along_mm
        Largest difference along the duct, where one way is twice the other (assumed:
        foreshortened ducts still lead there).
    place_mm, place_share
        Standard error of where a finding lies in its view, beside a share of its
        length. source: bodies of one lesion differ by 0.45 mm in depth (median of 64
        simulated dev studies, measured), 0.3 of which the matched ducts differ too.
    tail
        Degrees of freedom of Student's distribution: now and then one is far off
        (assumed).
    spread_mm
        Depths of different things in one duct system differ by so much. source: 90 %
        within 27 mm of each other on simulated dev studies (measured)
    branch_mm, branch_right, branch_spread_mm
        How far from where its matched branch shows a finding lies in the other view, if
        it is the same; how often the matched branch is right; and how far if it is
        another. source: median 0.3 mm, 62 % to 79 % within 1.5 mm, and 20 mm (measured
        on simulated dev studies)
    along_same, along_other
        Standard deviations of the log ratio of the ways along the duct: of one thing,
        and of two. source: measured on simulated dev studies
    alike
        Log ratios of sizes, at which these say nothing. source: as before
    gap_weight, branch_weight, size_weight, along_weight, sure_weight, offset
        What each is worth beside the others: evidence is not independent.
        source: logistic fit to pairs of bodies of 64 simulated dev studies, rounded to
        what both halves bear; half or twice of any changes no more than 2 pairs of 100
    least_odds
        Log odds below which a pair stays apart: it is chosen among all pairs together,
        and what stays apart is told twice.
    least_odds_unlearnt
        The same where no ducts were matched: then depth says little (assumed).
    weak_mm
        So far off is a place of a pair that may be none. source: wrong pairs lie 8 to
        21 mm from where they should (measured), as often as not
    most_turn_deg
        An hour that one view and a matched branch tell is told if its standard error is
        at most this: one hour.
    """

    depth_mm: float = 10.0
    along_mm: float = 15.0
    place_mm: float = 0.4
    place_share: float = 0.1
    tail: float = 3.0
    spread_mm: float = 40.0
    branch_mm: float = 1.0
    branch_right: float = 0.75
    branch_spread_mm: float = 20.0
    along_same: float = 0.17
    along_other: float = 0.45
    alike: float = 0.3
    gap_weight: float = 1.0
    branch_weight: float = 0.6
    size_weight: float = 0.7
    along_weight: float = 0.5
    sure_weight: float = 0.8
    offset: float = -0.1
    least_odds: float = -1.5
    least_odds_unlearnt: float = -6.0
    weak_mm: float = 8.0
    most_turn_deg: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The views of a breast, how each lies in it, and the trees that were lifted."""

    readings: tuple[Reading, ...]
    frames: tuple[Frame | None, ...]
    trees: tuple[Duct3D, ...]
    _rolled: dict[tuple[int, int], Rolling] = field(default_factory=dict, compare=False)

    def twin(self, place: Place) -> Twin | None:
        """Return where another view should show a place."""
        return twin_of(place, self.trees, self.readings, self.frames)

    def sight(self, place: Place) -> Sighting | None:
        """Return what its own view tells of a place."""
        frame = self.frames[place.view]
        return None if frame is None else sight(frame, place.row, place.column)

    def rolled(self, one: int, other: int) -> Rolling:
        """Return how differently two views tell depth."""
        if (one, other) not in self._rolled:
            told = rolling((one, other), self.trees, self.readings, self.frames)
            self._rolled[one, other] = told
        return self._rolled[one, other]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well two findings fit as one.

    Attributes
    ----------
    rest
        Log odds by all that is not depth, over what is asked of a pair.
    gap_mm, sigma_mm
        By how much the first seems deeper, and its standard error; None where depth is
        not asked.
    """

    rest: float
    gap_mm: float | None
    sigma_mm: float

    def log_odds(self, settings: Settings, shift_mm: float = 0.0) -> float | None:
        """Return the log odds that both are one, above 0 if it may be told.

        Parameters
        ----------
        shift_mm
            By so much more the first view tells a greater depth than was learnt.

        Returns
        -------
        None if they cannot be one.
        """
        if self.gap_mm is None:
            return self.rest
        gap = self.gap_mm - shift_mm
        if abs(gap) > settings.depth_mm:
            return None
        return self.rest + settings.gap_weight * likeness(gap, self.sigma_mm, settings)


def fit(
    scene: Scene,
    pair: tuple[Finding, Finding],
    settings: Settings,
) -> Fit | None:
    """Return how well two findings fit as one; None if they cannot be one."""
    one, other = pair
    mine, theirs = one.places[0], other.places[0]
    if not _may_be_one(scene, one, other):
        return None
    if one.kind is FindingKind.FILLING_DEFECTS:
        # That there are several is said of the whole injected system.
        alike = float(np.exp(-_unlike(one, other, settings)))
        return Fit(rest=_WHOLE + alike, gap_mm=None, sigma_mm=0.0)
    here, there = scene.sight(mine), scene.sight(theirs)
    if here is None or there is None or _elsewhere(one, other, settings):
        return None
    rolled = scene.rolled(mine.view, theirs.view)
    asked = settings.least_odds if rolled.learnt else settings.least_odds_unlearnt
    length = max((finding.length_mm or 0.0) for finding in pair)
    return Fit(
        rest=settings.offset
        - asked
        + settings.branch_weight * _branch(scene, pair, (here, there), settings)
        - settings.size_weight * _unlike(one, other, settings)
        + settings.along_weight * _along(one, other, settings)
        + settings.sure_weight * _sure(one, other),
        gap_mm=deeper_mm(here, there) - rolled.shift_mm,
        sigma_mm=float(
            np.linalg.norm(
                (settings.place_mm, settings.place_share * length, rolled.sigma_mm)
            )
        ),
    )


_WHOLE = 5.0
"""Log odds that what is said of a whole duct system is said of the same (assumed)."""

_ALIKE = (
    {FindingKind.FILLING_DEFECT},
    {FindingKind.FILLING_DEFECTS},
    {FindingKind.TERMINATION},
    {FindingKind.NARROWING},
    {FindingKind.ECTASIA},
    {FindingKind.WALL_IRREGULARITY},
    {FindingKind.EXTRAVASATION},
)


def _may_be_one(scene: Scene, one: Finding, other: Finding) -> bool:
    """Tell whether two findings are of one kind, one side, and of two views."""
    alike = any({one.kind, other.kind} <= kinds for kinds in _ALIKE)
    views = {place.view for place in one.places}
    places = (one.places[0], other.places[0])
    sides = {scene.readings[place.view].view.laterality for place in places}
    apart = not views & {place.view for place in other.places}
    return alike and apart and len(sides - {None}) < 2


def _elsewhere(one: Finding, other: Finding, settings: Settings) -> bool:
    """Tell whether two ways along the duct are so unlike that they lead elsewhere."""
    ways = (one.along_duct_mm or 0.0, other.along_duct_mm or 0.0)
    far = abs(ways[0] - ways[1]) > settings.along_mm
    return min(ways) > 0 and far and max(ways) >= 2 * min(ways)


def likeness(gap_mm: float, sigma_mm: float, settings: Settings) -> float:
    """Return the log odds that two places are one, by how far they seem apart."""
    tail = settings.tail
    # Student's density for 3 degrees of freedom has its peak at 0.37.
    same = 0.37 / sigma_mm * (1 + (gap_mm / sigma_mm) ** 2 / tail) ** (-(tail + 1) / 2)
    return float(np.log(same * settings.spread_mm))


def _branch(
    scene: Scene,
    pair: tuple[Finding, Finding],
    seen: tuple[Sighting, Sighting],
    settings: Settings,
) -> float:
    """Return what matched branches say: 0 where none is matched."""
    places = (pair[0].places[0], pair[1].places[0])
    told = [
        *_off(scene, places[0], seen[1], settings),
        *_off(scene, places[1], seen[0], settings),
    ]
    right, spread = settings.branch_right, settings.branch_spread_mm
    says = [
        np.log(right * np.exp(-off / sigma) / sigma * spread + 1 - right)
        for off, sigma in told
    ]
    # Both ways ask the same match: they are one witness, and silence says nothing.
    return float(sum(says) / 2)


def _off(
    scene: Scene, place: Place, seen: Sighting, settings: Settings
) -> Iterator[tuple[float, float]]:
    """Yield how far another view's sighting lies from where a place's branch is."""
    spot, axis = alone(place, scene.trees, scene.readings), seen.frame.axis
    if spot is not None and axis is not None:
        off = abs(axis[0] * spot.left_mm + axis[1] * spot.up_mm - seen.across_mm)
        doubt = np.hypot(axis[0] * spot.sigma_mm[0], axis[1] * spot.sigma_mm[2])
        yield off, float(np.hypot(doubt, seen.sigma_across_mm))
        return
    twin = scene.twin(place)
    if twin is not None and twin.view == seen.frame.view:
        off = abs(twin.sighting.across_mm - seen.across_mm)
        # Errors of the frames are common to both ways: a matched branch is nearer.
        yield off, max(settings.branch_mm, twin.sighting.sigma_across_mm / 3)


def _unlike(one: Finding, other: Finding, settings: Settings) -> float:
    """Return how unlike lengths and widths are: below 0 if alike."""
    unlike = 0.0
    for mine, theirs in (
        (one.length_mm or 0.0, other.length_mm or 0.0),
        (one.width_mm or 0.0, other.width_mm or 0.0),
    ):
        if min(mine, theirs) > 0:
            ratio = abs(float(np.log(mine / theirs)))
            unlike += (min(ratio, 1.5) - settings.alike) / 2
    return unlike


def _sure(one: Finding, other: Finding) -> float:
    """Return what scores say: what is nothing has no twin."""
    # Nobody told how likely less than one in ten is.
    return float(sum(np.log(max(f.confidence, 0.1)) for f in (one, other)))


def _along(one: Finding, other: Finding, settings: Settings) -> float:
    """Return what the ways along the duct say against a pair: never above 0."""
    ways = (one.along_duct_mm or 0.0, other.along_duct_mm or 0.0)
    if min(ways) <= 0:
        return 0.0
    ratio = float(np.log(ways[0] / ways[1]))
    same, another = settings.along_same, settings.along_other
    says = np.log(another / same) - ratio**2 / 2 * (same**-2 - another**-2)
    return float(np.clip(says, -6.0, 0.0))
