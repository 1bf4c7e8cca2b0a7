"""What the pages of the documentation hold: blocks of code, commands, links, and headings to link to."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "mod" / "README.md"])
SHELL = ("", "sh", "console")
ELSEWHERE = re.compile(r"^(https?|mailto):")
SETTING = re.compile(r"^[A-Z_]+=\S*$")


@dataclass(frozen=True)
class Block:
    """A block of code on a page, as it is to be copied."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def label(self) -> str:
        return f"{label(self.page)}:{self.line}"

    @property
    def is_table(self) -> bool:
        """Whether it shows a CSV file."""
        return not self.language and "," in self.text.split(maxsplit=1)[0]


@dataclass(frozen=True)
class Command:
    """One command of a block: its words, without variables that are set before it."""

    place: str
    words: tuple[str, ...]


def label(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page: Path) -> Iterator[Block]:
    """Yield fenced and indented blocks; directives of the documentation's builder are none."""
    for token in tokens(page):
        if token.type in ("fence", "code_block") and not token.info.startswith("{"):
            line = token.map[0] + 1 if token.map else 0
            yield Block(page, line, token.info.strip(), token.content)


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a block, one after the other."""
    joined = block.text.replace("\\\n", " ")
    for line in joined.splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            first, words = words[:end], words[end + 1 :]
            while first and SETTING.match(first[0]):
                first = first[1:]
            if first:
                yield Command(f"{block.label} {line.strip()}", tuple(first))


def phrases(page: Path, programs: Iterable[str]) -> Iterator[Command]:
    """Yield the commands within the text: the code in a line that begins with one of these programs."""
    for token in tokens(page):
        for child in token.children or ():
            words = tuple(shlex.split(child.content)) if child.type == "code_inline" else ()
            if len(words) > 1 and words[0] in programs:
                yield Command(f"{label(page)} {child.content}", words)


def links(page: Path) -> Iterator[str]:
    """Yield the addresses of links and pictures that lead to files and headings."""
    for token in tokens(page):
        for child in token.children or ():
            address = child.attrGet("href") or child.attrGet("src")
            if address and not ELSEWHERE.match(str(address)):
                yield str(address)


def headings(page: Path) -> set[str]:
    """Return what headings are called in an address."""
    found = tokens(page)
    titles = [found[k + 1].content for k, token in enumerate(found) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
