"""HTML pages of reports: one file that needs no network and reads well on a phone and on paper.

Jinja2 fills the files in `templates/` and escapes every word that it is given.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from PIL.Image import Image

#: A column is one of numbers if all its cells look like these; "-" and "" stand for none.
_NUMBER = re.compile(r"([+\-−±]?\d[^A-Za-z]*(e[+-]\d+)?|[-−–]?)")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only reports need it

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fill(macro: str, **values: Any) -> str:
    """Return one part of a page as Markup, the text that is not escaped again."""
    part: str = getattr(_templates().get_template("parts.html.j2").module, macro)(**values)
    return part


def render_heading(title: str, number: int) -> str:
    """Return the heading of section `number`, counted from 1."""
    return _fill("heading", title=title, number=number)


def render_text(plain: str) -> str:
    """Return paragraphs and points; see `ExperimentReport.add_text`."""
    blocks = []
    for block in re.split(r"\n\s*\n", plain.strip()):
        lines = (" ".join(line.split()) for line in re.split(r"^\* ", block, flags=re.MULTILINE))
        paragraph, *points = lines
        blocks.append((paragraph, points))
    return _fill("text", blocks=blocks)


def render_table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return a table in a box of its own, which scrolls where the screen is narrow."""
    numeric = [
        index > 0 and all(_NUMBER.fullmatch(row[index]) for row in rows)
        for index in range(len(heads))
    ]
    return _fill("table", heads=heads, rows=rows, numeric=numeric, caption=caption)


def render_picture(content: bytes, kind: str, caption: str, alt: str) -> str:
    """Return a figure whose image is inside the page, never larger than the screen.

    Its size is given, so that nothing moves while the page loads; figures are drawn for 150
    pixels an inch and shown at 96, so that they are sharp where a screen can show it.
    """
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        still = _last_frame(image) if getattr(image, "n_frames", 1) > 1 else b""
    if not still:
        width, height = round(width * 96 / 150), round(height * 96 / 150)
    return _fill(
        "picture",
        source=_data_url(content, kind),
        still=_data_url(still, "image/png") if still else "",
        width=width,
        height=height,
        caption=caption,
        alt=alt,
    )


def _last_frame(animation: Image) -> bytes:
    """Return the last frame as PNG, for readers who asked their system for no motion."""
    animation.seek(getattr(animation, "n_frames", 1) - 1)
    target = io.BytesIO()
    animation.convert("RGB").save(target, "PNG", optimize=True)
    return target.getvalue()


def _data_url(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def render_page(
    title: str, headings: Sequence[str], parts: Iterable[str], facts: Mapping[str, str]
) -> str:
    """Return the whole report.

    Parameters
    ----------
    headings : sequence of str
        Linked at the top if there are three or more.
    parts : iterable of str
        From the functions of this module; other text is escaped.
    facts : mapping of str to str
        What it takes to run it again.
    """
    template = _templates().get_template("page.html.j2")
    return template.render(title=title, headings=headings, parts=parts, facts=facts)
