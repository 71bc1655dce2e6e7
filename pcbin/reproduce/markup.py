"""The HTML of a page: header, navigation, sections, tables that scroll in their own box."""

from __future__ import annotations

import base64
import datetime
import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pcbin.pages.looks import STYLE

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
