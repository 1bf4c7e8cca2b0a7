"""The document around a page: style and scripts are in it, so that it needs no other file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from cellmodel.parameters import DATA

FOLDER = DATA / "report"
SCRIPTS = ("contents", "zoom", "copy", "print")
"""Scripts of every page; each is a file of the folder."""


def document(
    title: str,
    *,
    header: str,
    main: str,
    footer: str,
    contents: str = "",
    more_scripts: Sequence[str] = (),
) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Plain text.
    header, main, footer : str
        HTML.
    contents : str
        From `contents`; a page without it has no column for it.
    more_scripts : sequence of str
        Names of scripts beside those of every page.
    """
    scripts = "".join(
        f'<script type="module">\n{_script(name)}</script>' for name in (*SCRIPTS, *more_scripts)
    )
    kind = ' class="with-contents"' if contents else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body{kind}>"
        '<a class="skip" href="#text">Skip to the text</a>'
        f'<header>{header}</header>{contents}<main id="text">{main}</main><footer>{footer}</footer>'
        f"{scripts}</body></html>\n"
    )


def contents(links: Iterable[tuple[str, str, Mapping[str, str]]]) -> str:
    """Return the table of contents.

    Parameters
    ----------
    links : iterable of (id, title, parts)
        Sections, in order; ``parts`` is id to title of what stands in the section.
    """
    items = "".join(f"<li>{_link(key, title)}{_parts(parts)}</li>" for key, title, parts in links)
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>'


def notes(texts: Iterable[str]) -> str:
    """Return what a reader must know as a box, or nothing."""
    said = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f'<div class="notices" role="note">{said}</div>' if said else ""


def notes_link(texts: Sequence[str]) -> str:
    """Return a line that leads to the notes, which stand in the section ``notes``, or nothing."""
    if not texts:
        return ""
    count = f"{len(texts)} notes" if len(texts) > 1 else "One note"
    return f'<p class="notices-link"><a href="#notes">{count} on what was assumed and left out</a></p>'


def _parts(parts: Mapping[str, str]) -> str:
    items = "".join(f"<li>{_link(key, title)}</li>" for key, title in parts.items())
    return f"<ol>{items}</ol>" if items else ""


def _link(key: str, title: str) -> str:
    return f'<a href="#{key}">{escape(title)}</a>'


def _style() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def _script(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")
