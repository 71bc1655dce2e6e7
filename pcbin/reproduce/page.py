"""One self-contained HTML page; its figures as PNG, its tables as CSV and its numbers as JSON beside it."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pcbin.formats.atomic import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; color: #1c2126; background: #fff; max-width: 62rem;
       margin: 0 auto; padding: 2rem 1.2rem 4rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem }
figure { margin: 1.4rem 0 }
figcaption { color: #555e67; font-size: .9rem; padding: .4rem 0 }
img { max-width: 100%; height: auto; display: block }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #dfe3e7; text-align: right; white-space: nowrap }
th { white-space: normal; vertical-align: bottom; line-height: 1.3; min-width: 3.4rem }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
thead th { border-bottom: 2px solid #8a949e }
code { background: #f1f3f5; padding: .1rem .3rem; border-radius: 3px }
"""
DPI = 80


class Page:
    """A page that is composed from top to bottom and written at the end as `folder`/`name`.html. Its tables
    and figures lie beside it as `name`-...
    """

    def __init__(self, folder: Path, name: str, title: str) -> None:
        self.folder = folder
        self._name = name
        self._title = title
        self._parts = [f"<h1>{html.escape(title)}</h1>"]
        folder.mkdir(parents=True, exist_ok=True)

    def heading(self, text: str) -> None:
        self._parts.append(f"<h2>{html.escape(text)}</h2>")

    def text(self, text: str) -> None:
        """A paragraph; `code` between back-ticks."""
        pieces = html.escape(text).split("`")
        marked = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
        self._parts.append(f"<p>{marked}</p>")

    def table(self, name: str, head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
        """A table, also as a file."""
        body = "".join(_row("td", row) for row in rows)
        self._parts.append(
            f'<figure><div class="wide"><table><thead>{_row("th", head)}</thead>'
            f"<tbody>{body}</tbody></table></div><figcaption>{html.escape(caption)}</figcaption></figure>"
        )
        text = io.StringIO(newline="")
        csv.writer(text).writerows([head, *rows])
        self._write(f"-{name}.csv", text.getvalue().encode())

    def figure(self, name: str, figure: Figure, caption: str) -> None:
        """A matplotlib figure, also as a file; it is closed."""
        import matplotlib.pyplot as plt

        picture = io.BytesIO()
        # without the metadata that would change from run to run
        figure.savefig(picture, dpi=DPI, bbox_inches="tight", pad_inches=0.08, metadata={"Software": None})
        plt.close(figure)
        self._write(f"-{name}.png", picture.getvalue())
        data = base64.b64encode(picture.getvalue()).decode()
        alt = html.escape(caption, quote=True)
        self._parts.append(
            f'<figure><img src="data:image/png;base64,{data}" alt="{alt}">'
            f"<figcaption>{alt}</figcaption></figure>"
        )

    def finish(self, results: dict[str, Any]) -> Path:
        """Writes the page, and the results as JSON; returns the page's path."""
        self._write(".json", (json.dumps(results, indent=1) + "\n").encode())
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{html.escape(self._title)}</title>"
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
            f"{''.join(self._parts)}</body></html>\n"
        )
        return self._write(".html", page.encode())

    def _write(self, end: str, data: bytes) -> Path:
        path = self.folder / f"{self._name}{end}"
        write_atomic(path, data, overwrite=True)
        return path


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
