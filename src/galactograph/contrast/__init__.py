"""Fill the ducts of one lobe with contrast, through its orifice.

The duct system is a network of elastic tubes full of secretion. Contrast pushes the
secretion on, into the lobules; wide ducts open at little pressure, thin ones at more;
pressure rises as they fill, until the radiologist stops, contrast comes back beside the
cannula, or a wall tears. No iodine is made or lost.
"""

from galactograph.contrast.agents import line_mmhg, viscosity_mpas
from galactograph.contrast.injecting import inject
from galactograph.contrast.network import reachable, volumes_ml
from galactograph.contrast.recording import recorded
from galactograph.contrast.settings import Settings
from galactograph.contrast.traces import settle

__all__ = [
    "Settings",
    "inject",
    "line_mmhg",
    "reachable",
    "recorded",
    "settle",
    "viscosity_mpas",
    "volumes_ml",
]
