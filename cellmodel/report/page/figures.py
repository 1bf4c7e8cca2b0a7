"""A figure in a page: the picture itself, its caption, and links to its files."""

from __future__ import annotations

import re
from html import escape

PIXELS_PER_POINT = 96.0 / 72.0
KINDS = ("csv", "svg", "png")


def figure(name: str, svg: str, caption: str, *, title: str, before: str = "", files: str = "") -> str:
    """Return a figure that can be enlarged.

    Parameters
    ----------
    name : str
        The figure's id is ``figure-NAME``.
    svg : str
        A whole SVG document.
    caption, title : str
        Plain text; the title names the picture where it is not seen.
    before : str
        HTML above the picture.
    files : str
        From `file_links`.
    """
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    label = escape(title, quote=True)
    return (
        f'<figure id="figure-{name}">{before}<div class="art" data-title="{label}">'
        f'{inline_svg(svg, name, label=title)}</div><div class="tools">'
        f'<button type="button" class="enlarge" aria-label="Enlarge: {label}">Enlarge</button>{files}</div>'
        f"{words}</figure>"
    )


def file_links(name: str, title: str, *, has_rows: bool) -> str:
    """Return links to the numbers and pictures of a figure, which lie beside the page."""
    kinds = KINDS if has_rows else KINDS[1:]
    words = {"csv": "Data (CSV)", "svg": "SVG", "png": "PNG"}
    label = escape(title, quote=True)
    return "".join(
        f'<a href="{name}.{kind}" download aria-label="{words[kind]}: {label}">{words[kind]}</a>'
        for kind in kinds
    )


def inline_svg(svg: str, name: str, *, label: str = "") -> str:
    """Return an SVG ready to stand in a page: no prolog, ids its own, width left to the page.

    Parameters
    ----------
    svg : str
        A whole SVG document.
    name : str
        Put before every id, so that two pictures in one page do not take each other's.
    label : str
        What the picture is, for who does not see it.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", body)
    width = re.search(r'<svg[^>]*? width="([\d.]+)pt"', body)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    if width:
        natural = f"--natural:{PIXELS_PER_POINT * float(width[1]):.0f}px"
        named = f' aria-label="{escape(label, quote=True)}"' if label else ""
        body = body.replace("<svg", f'<svg style="{natural}" role="img"{named}', 1)
    return body
