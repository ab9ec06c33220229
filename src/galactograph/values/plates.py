"""Pictures made for people: pixels, a drawing over them, and words beside them.

Pictures are drawn in one room (`pictures`) and laid out in another (`reporting`);
stations do not import one another, so what flows between them is a value.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Plate:
    """A picture with vector layers over it.

    Attributes
    ----------
    pixels
        Encoded picture; empty for a pure drawing.
    media
        Its media type, such as "image/jpeg".
    view_box
        (x, y, width, height) that the picture covers, in pixels of the stored
        image (x along columns; the first pixel covers 0 to 1), or in the units of
        a pure drawing.
    layers
        SVG fragments in those coordinates, by name, in drawing order.
    alt
        What it shows, for readers who cannot see it.
    """

    alt: str
    view_box: tuple[float, float, float, float]
    pixels: bytes = b""
    media: str = "image/jpeg"
    layers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ViewPlates:
    """The pictures of one view.

    Attributes
    ----------
    picture
        The view, shrunk by area averaging, with its layers.
    mask_png
        Lumen of all traced ducts, 0 or 255, full size, stored orientation.
    overlay_png, overlay_svg
        The view with its ducts coloured by calibre; each stands alone.
    """

    picture: Plate
    mask_png: bytes
    overlay_png: bytes
    overlay_svg: str


@dataclass(frozen=True, kw_only=True)
class FindingPlates:
    """The pictures of one finding: cut-outs, one a view, and its profile."""

    crops: tuple[Plate, ...]
    profile: Plate | None = None


@dataclass(frozen=True, kw_only=True)
class Legend:
    """What a colour stands for: title, and (colour, words) in order."""

    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Plates:
    """All pictures of a report, in the order of its readings and findings.

    Attributes
    ----------
    location
        Breast seen from the front and from the side; None without findings.
    legends
        By layer name.
    surgeon
        Drawings for the operation, each in millimetres of paper, true to size.
    space
        The tree from three sides; None unless it was lifted.
    """

    views: tuple[ViewPlates, ...]
    findings: tuple[FindingPlates, ...]
    location: Plate | None = None
    legends: dict[str, Legend] = field(default_factory=dict)
    surgeon: tuple[Plate, ...] = ()
    space: Plate | None = None
