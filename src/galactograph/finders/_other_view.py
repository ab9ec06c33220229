"""What another view of the breast says of a finding, in log odds.

Whoever brings the views together notes it as evidence: 1 where another view shows it
too, 0 where nobody can tell where that view should, and down to -1 where it must show
it and does not. How much each is worth was counted on simulated studies
(`python -m benchmarks.calibrate`) and stands in `other_view.toml`, one table a kind.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from galactograph.values.report import Finding

EVIDENCE = "other_view"
"""Name of the evidence; a study of one view has none."""


_NUMBERS = ("seen", "without", "alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Log odds for each thing that another view may say.

    Attributes
    ----------
    seen, without, alone
        It shows the finding too; it must show it and does not; nobody can tell where it
        should.
    """

    seen: float = 0.0
    without: float = 0.0
    alone: float = 0.0

    def of(self, told: float | None) -> float:
        """Return the log odds for what is noted, in [-1, 1]; 0 for nothing."""
        if told is None:
            return 0.0
        share = abs(told)
        side = self.seen if told > 0 else self.without
        return share * side + (1 - share) * self.alone


def other_view(finding: Finding) -> float:
    """Return what the other view says of a finding, in log odds."""
    weight = weights().get(finding.kind.word, Weight())
    return weight.of(finding.evidence.get(EVIDENCE))


@cache
def weights() -> dict[str, Weight]:
    """Return the weights of each kind that was counted."""
    text = files("galactograph.finders").joinpath("other_view.toml").read_text("utf-8")
    return {
        kind: Weight(**{name: entry[name] for name in _NUMBERS})
        for kind, entry in tomllib.loads(text).get("kind", {}).items()
    }
