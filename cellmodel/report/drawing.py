"""A few shapes from which the diagrams are drawn as SVG; coordinates are the picture's own units."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

INK = "#2b2b2b"
QUIET = "#6b6b6b"
PAPER = "#ffffff"
FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
LINE_HEIGHT = 1.32
CHARACTER_WIDTH = 0.53  # of the font size, on average


@dataclass
class Drawing:
    """Shapes collected in the order in which they lie on one another.

    Parameters
    ----------
    width, height : float
        Of the picture.
    title : str
        What it shows, for readers who cannot see it.
    """

    width: float
    height: float
    title: str
    parts: list[str] = field(default_factory=list)

    def add(self, tag: str, **attributes: object) -> None:
        """Add one shape; underscores in attribute names stand for hyphens."""
        pairs = " ".join(f'{k.replace("_", "-")}="{escape(_text(v))}"' for k, v in attributes.items())
        self.parts.append(f"<{tag} {pairs}/>")

    def box(self, x: float, y: float, w: float, h: float, **attributes: object) -> None:
        """Add a rectangle with round corners."""
        given = {"fill": PAPER, "stroke": INK, "stroke_width": 1.3, "rx": 8}
        self.add("rect", x=x, y=y, width=w, height=h, **(given | attributes))

    def path(self, d: str, **attributes: object) -> None:
        """Add a path, by default a line that is not filled."""
        given = {"fill": "none", "stroke": INK, "stroke_width": 1.5}
        self.add("path", d=d, **(given | attributes))

    def arrow(self, d: str, *, color: str = INK, blunt: bool = False, dashed: bool = False) -> None:
        """Add a path that ends in an arrow head, or in a bar where it inhibits (``blunt``)."""
        marker = f"url(#{'bar' if blunt else 'head'}-{color.lstrip('#')})"
        extra = {"stroke_dasharray": "5 4"} if dashed else {}
        self.path(d, stroke=color, stroke_width=1.8, marker_end=marker, **extra)

    def text(self, x: float, y: float, words: str, **how: object) -> None:
        """Add one line with its baseline at ``y``; ``size``, ``color``, ``anchor``, ``weight`` set it."""
        given = {"size": 14, "color": INK, "anchor": "start", "weight": "normal"} | how
        style = (
            f'font-size="{given["size"]}" fill="{given["color"]}" '
            f'text-anchor="{given["anchor"]}" font-weight="{given["weight"]}"'
        )
        self.parts.append(f'<text x="{x:g}" y="{y:g}" {style}>{escape(words)}</text>')

    def paragraph(
        self, x: float, y: float, words: str, *, width: float, size: float = 12.5, **how: object
    ) -> None:
        """Add text broken to ``width``, its first baseline at ``y``."""
        lines = textwrap.wrap(words, max(8, int(width / (CHARACTER_WIDTH * size))))
        for row, line in enumerate(lines):
            self.text(x, y + row * LINE_HEIGHT * size, line, size=size, **how)

    def svg(self, *, colors: Sequence[str] = (INK,)) -> str:
        """Return the whole picture; ``colors`` are those in which arrows are drawn."""
        heads = "".join(_markers(color) for color in dict.fromkeys((INK, *colors)))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'role="img" font-family="{FONT}"><title>{escape(self.title)}</title>'
            f"<defs>{heads}</defs>{''.join(self.parts)}</svg>\n"
        )


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _markers(color: str) -> str:
    name, common = color.lstrip("#"), 'orient="auto" markerUnits="userSpaceOnUse"'
    head = f'<path d="M0 0 L10 5 L0 10 z" fill="{color}"/>'
    bar = f'<path d="M5 0 V12" stroke="{color}" stroke-width="2.2"/>'
    return (
        f'<marker id="head-{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" '
        f'markerHeight="10" {common}>{head}</marker>'
        f'<marker id="bar-{name}" viewBox="0 0 10 12" refX="5" refY="6" markerWidth="10" '
        f'markerHeight="12" {common}>{bar}</marker>'
    )
