"""The page of an experiment card: one HTML file that reads well on a phone and on paper."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from string import Template
from typing import Any

#: A column is one of numbers if all its cells look like these; "-" and "" stand for none.
_NUMBER = re.compile(r"([+\-−±]?\d[^A-Za-z]*(e[+-]\d+)?|[-−–]?)")

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
<h1>$title</h1>
$contents
$parts
<h2 id="again">To run it again</h2>
$facts
</main>
</body>
</html>
""")

_STYLE = """
:root { --ink: #1a1a1a; --paper: #fff; --soft: #555; --line: #ccc; --shade: #f3f3f3;
  --link: #0b57a4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --paper: #16181b; --soft: #a8adb3; --line: #44484d; --shade: #22252a;
    --link: #8ab8f0; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 58rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0 1rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--line); }
p, ul { max-width: 42rem; }
ul { padding-left: 1.25rem; }
li { margin: .35rem 0; }
a { color: var(--link); }
figure { margin: 1.5rem 0; }
figcaption { color: var(--soft); font-size: .9rem; max-width: 42rem; }
figure.table figcaption { margin-bottom: .35rem; }
figure.picture figcaption { margin-top: .35rem; }
figure.picture div { background: #fff; border: 1px solid var(--line); border-radius: 4px;
  padding: .35rem; width: fit-content; max-width: 100%; }
img { display: block; max-width: 100%; height: auto; }
.scroll { overflow-x: auto; max-width: 100%; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; font-weight: normal; }
th:first-child { min-width: 8.5rem; }
@media (min-width: 48rem) { th:first-child { min-width: 11rem; } }
thead th { font-weight: 600; border-bottom: 2px solid var(--soft); vertical-align: bottom; }
tbody tr:nth-child(even) { background: var(--shade); }
.number { text-align: right; }
tbody .number { white-space: nowrap; }
tr > th:first-child { position: sticky; left: 0; background: var(--paper); }
tbody tr:nth-child(even) > th:first-child { background: var(--shade); }
dl { font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0 0 .6rem; overflow-wrap: anywhere; font-family: ui-monospace, monospace; }
@media print { .scroll { overflow: visible; } }
"""


def heading(title: str, number: int) -> str:
    """Return the heading of section `number`, counted from 1."""
    return f'<h2 id="part-{number}">{escape(title)}</h2>'


def text(plain: str) -> str:
    """Return paragraphs and points; see `Card.add_text`."""
    blocks = []
    for block in re.split(r"\n\s*\n", plain.strip()):
        lead, *points = re.split(r"^\* ", block, flags=re.MULTILINE)
        if lead.strip():
            blocks.append(f"<p>{escape(' '.join(lead.split()))}</p>")
        if points:
            items = "\n".join(f"<li>{escape(' '.join(point.split()))}</li>" for point in points)
            blocks.append(f"<ul>\n{items}\n</ul>")
    return "\n".join(blocks)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return a table in a box of its own, which scrolls where the screen is narrow."""
    numeric = [
        index > 0 and all(_NUMBER.fullmatch(row[index]) for row in rows)
        for index in range(len(heads))
    ]
    marks = [' class="number"' if is_number else "" for is_number in numeric]
    top = "".join(
        f'<th scope="col"{mark}>{escape(head)}</th>'
        for head, mark in zip(heads, marks, strict=True)
    )
    body = []
    for first, *others in rows:
        cells = zip(others, marks[1:], strict=True)
        rest = "".join(f"<td{mark}>{escape(cell)}</td>" for cell, mark in cells)
        body.append(f'<tr><th scope="row">{escape(first)}</th>{rest}</tr>')
    label = escape(caption or "table")
    note = f"<figcaption>{escape(caption)}</figcaption>\n" if caption else ""
    # a box that scrolls must take the focus, or keys cannot move it
    return (
        f'<figure class="table">\n{note}<div class="scroll" role="region" tabindex="0" '
        f'aria-label="{label}">\n<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n'
        + "\n".join(body)
        + "\n</tbody>\n</table>\n</div>\n</figure>"
    )


def picture(content: bytes, kind: str, caption: str, alt: str) -> str:
    """Return a figure whose image is inside the page, never larger than the screen.

    Its size is given, so that nothing moves while the page loads; figures are drawn for 150
    pixels an inch and shown at 96, so that they are sharp where a screen can show it.
    """
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        still = _still(image) if getattr(image, "n_frames", 1) > 1 else b""
    if not still:
        width, height = round(width * 96 / 150), round(height * 96 / 150)
    shown = (
        f'<img src="{_inside(content, kind)}" width="{width}" height="{height}" '
        f'alt="{escape(alt)}">'
    )
    if still:
        source = _inside(still, "image/png")
        shown = (
            f'<picture><source media="(prefers-reduced-motion: reduce)" srcset="{source}">'
            f"{shown}</picture>"
        )
    return (
        f'<figure class="picture">\n<div>{shown}</div>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>"
    )


def _still(film: Any) -> bytes:
    """Return the last frame as PNG, for readers who asked their system for no motion."""
    film.seek(film.n_frames - 1)
    target = io.BytesIO()
    film.convert("RGB").save(target, "PNG", optimize=True)
    return target.getvalue()


def _inside(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def page(
    title: str, headings: Sequence[str], parts: Iterable[str], facts: Mapping[str, str]
) -> str:
    """Return the whole report.

    Parameters
    ----------
    title : str
    headings : sequence of str
        Linked at the top if there are three or more.
    parts : iterable of str
        HTML, from the functions of this module.
    facts : mapping of str to str
        What it takes to run it again.
    """
    lines = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()
    )
    return _PAGE.substitute(
        title=escape(title),
        style=_STYLE,
        contents=_contents(headings) if len(headings) > 2 else "",
        parts="\n".join(parts),
        facts=f"<dl>\n{lines}\n</dl>",
    )


def _contents(headings: Sequence[str]) -> str:
    links = [
        f'<li><a href="#part-{number}">{escape(name)}</a></li>'
        for number, name in enumerate(headings, start=1)
    ]
    links.append('<li><a href="#again">To run it again</a></li>')
    return '<nav aria-label="Contents">\n<ul>\n' + "\n".join(links) + "\n</ul>\n</nav>"
