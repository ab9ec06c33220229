"""Pictures: a report drawn for people, as pixels and as vectors."""

from galactograph.pictures.drawing import draw, thumbnail
from galactograph.pictures.hero import compose
from galactograph.pictures.tubes import lumen_mask

__all__ = ["compose", "draw", "lumen_mask", "thumbnail"]
