"""The HTML of a page: header, navigation, sections, tables that scroll in their own box."""

from __future__ import annotations

import base64
import datetime
import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

STYLE = """
:root { --ink: #1c2126; --quiet: #5b6570; --line: #dfe3e7; --link: #0067a3 }
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100% }
body { font: 16px/1.6 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: #fff;
       margin: 0 }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
.bar { position: sticky; top: 0; z-index: 1; background: #fffffff2; border-bottom: 1px solid var(--line) }
.bar nav { max-width: 64rem; margin: 0 auto; padding: .6rem 1.2rem; display: flex; flex-wrap: wrap;
           gap: .2rem 1.2rem; font-size: .93rem }
.bar b { margin-right: .4rem }
.bar [aria-current] { color: var(--ink); font-weight: 600 }
header, main, footer { max-width: 64rem; margin: 0 auto; padding: 0 1.2rem }
header { padding-top: 2rem }
h1 { font-size: clamp(1.45rem, 4.5vw, 2rem); line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance }
.about { color: var(--quiet); font-size: .93rem; margin: 0 0 1.2rem }
.sections { border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; font-size: .95rem }
.sections ol { columns: 15rem 3; column-gap: 2.2rem; margin: 0; padding-left: 1.4rem }
.sections li { break-inside: avoid; padding-right: .6rem }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.8rem 0 .6rem; padding-top: 1.2rem;
     border-top: 1px solid var(--line) }
p { max-width: 48rem }
figure { margin: 1.4rem 0 }
figcaption { color: var(--quiet); font-size: .9rem; line-height: 1.5; padding: .5rem 0; max-width: 52rem }
.wide { overflow-x: auto; background:
  linear-gradient(to left, #fff 30%, #fff0) right / 3rem 100% no-repeat local,
  linear-gradient(to left, #0002, #0000) right / 1rem 100% no-repeat scroll }
img { display: block; max-width: 100%; height: auto }
table { border-collapse: collapse; min-width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th { white-space: normal; vertical-align: bottom; line-height: 1.3; min-width: 4rem }
th:first-child, td:first-child { text-align: left; padding-left: 0; position: sticky; left: 0;
                                 background: #fff }
thead th { border-bottom: 2px solid #8a949e }
tbody tr:hover td { background: #f5f7f9 }
code { background: #f1f3f5; padding: .1rem .3rem; border-radius: 3px; font-size: .9em;
       overflow-wrap: anywhere }
footer { color: var(--quiet); font-size: .85rem; padding-top: 2.5rem; padding-bottom: 3rem }
@media (max-width: 40rem) {
  img { max-width: none; width: 36rem }
  td:first-child { white-space: normal; min-width: 7.5rem; line-height: 1.3 }
}
@media print {
  .bar, .sections { display: none }
  .wide { overflow: visible }
  img { width: auto; max-width: 100% }
}
"""
Json = Mapping[str, Any]


def document(page: Json, pictures: Mapping[str, bytes], studies: Mapping[str, str | None]) -> str:
    """A whole page.

    page: title, date, pcbin and parts, as `Page` keeps them. pictures: the PNG of each figure. studies:
    title -> link of the pages that are reached from this one, which has no link.
    """
    title = html.escape(page["title"])
    sections = _sections(page["parts"])
    body = "".join(_part(part, sections, pictures) for part in page["parts"])
    day = datetime.date.fromisoformat(page["date"])
    about = (
        f'Results of <time datetime="{day.isoformat()}">{day.day} {day:%B %Y}</time>, made with pcbin '
        f"{html.escape(page['pcbin'])}"
    )
    listed = "".join(f'<li><a href="#{name}">{html.escape(text)}</a></li>' for text, name in sections.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title>\n"
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f'<body><div class="bar"><nav aria-label="studies"><b>pcbin</b>{_studies(studies)}</nav></div>\n'
        f'<header><h1>{title}</h1><p class="about">{about}.</p>'
        f'<nav class="sections" aria-label="sections"><ol>{listed}</ol></nav></header>\n'
        f"<main>{body}</main>\n<footer>{about}.</footer></body></html>\n"
    )


def _studies(studies: Mapping[str, str | None]) -> str:
    return "".join(
        f'<span aria-current="page">{html.escape(title)}</span>'
        if link is None
        else f'<a href="{html.escape(link, quote=True)}">{html.escape(title)}</a>'
        for title, link in studies.items()
    )


def _sections(parts: Sequence[Json]) -> dict[str, str]:
    """Heading -> its name in links."""
    texts = [part["text"] for part in parts if part["kind"] == "heading"]
    return {text: re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") for text in texts}


def _part(part: Json, sections: Mapping[str, str], pictures: Mapping[str, bytes]) -> str:
    if part["kind"] == "heading":
        return f'\n<h2 id="{sections[part["text"]]}">{html.escape(part["text"])}</h2>\n'
    if part["kind"] == "text":
        pieces = html.escape(part["text"]).split("`")
        marked = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
        return f"<p>{marked}</p>\n"
    caption = html.escape(part["caption"], quote=True)
    if part["kind"] == "table":
        body = "".join(_row("td", row) for row in part["rows"])
        inside = f"<table><thead>{_row('th', part['head'])}</thead><tbody>{body}</tbody></table>"
    else:
        data = base64.b64encode(pictures[part["name"]]).decode()
        inside = f'<img src="data:image/png;base64,{data}" alt="{caption}">'
    # whoever has no mouse scrolls the box with the arrow keys
    name = html.escape(part["name"])
    box = f'<div class="wide" tabindex="0" role="region" aria-label="{name}">{inside}</div>'
    return f"<figure>{box}<figcaption>{caption}</figcaption></figure>\n"


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
