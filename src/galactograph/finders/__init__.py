"""Finders: one module for each word of CID 6057, each with `find(reading)`.

`FINDERS` holds ours in the order in which they are asked; `settle` then removes
what two of them say of one place, and adds what only all of them together show, and
`calibrate` turns scores into confidences.
"""

from galactograph.finders._confidence import calibrate
from galactograph.finders._settle import settle
from galactograph.finders.air_bubble import find as find_air_bubbles
from galactograph.finders.ectasia import find as find_ectasia
from galactograph.finders.extravasation import find as find_extravasation
from galactograph.finders.filling_defect import find as find_filling_defects
from galactograph.finders.narrowing import find as find_narrowings
from galactograph.finders.termination import find as find_terminations
from galactograph.finders.wall import find as find_wall_irregularity

__all__ = ["FINDERS", "calibrate", "settle"]

FINDERS = (
    find_filling_defects,
    find_terminations,
    find_narrowings,
    find_ectasia,
    find_wall_irregularity,
    find_extravasation,
    find_air_bubbles,
)
"""Our finders, in the order in which they are asked."""
