"""One self-contained HTML page; its figures as PNG, its tables as CSV and its numbers as JSON beside it.

The page is kept as data, too (`NAME-page.json`: its text, tables, and what its figures are drawn from), so
that `redraw` can draw it again without the runs it is about.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pcbin._version import __version__
from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.reproduce import charts, draw, style
from pcbin.reproduce.markup import document
from pcbin.reproduce.stored import plain, restored

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STUDIES = {"poster-a": "Poster A", "poster-b": "Poster B", "beyond-b": "Beyond poster B"}
"""The pages that link to each other."""
DRAWINGS: dict[str, Callable[..., Figure]] = {
    function.__name__: function
    for function in (
        draw.clouds, draw.images, charts.histogram, charts.path_curves, charts.embeddings,
        charts.against_rate, charts.confusion,
    )
}  # fmt: skip
"""What a page can have drawn."""
END = "-page.json"
Json = dict[str, Any]


class Page:
    """A page that is composed from top to bottom and written at the end as `folder`/`name`.html. Its tables
    and figures lie beside it as `name`-...
    """

    def __init__(self, folder: Path, name: str, title: str) -> None:
        self.folder = folder
        self._name = name
        self._page: Json = {
            "title": title,
            "date": datetime.date.today().isoformat(),
            "pcbin": __version__,
            "parts": [],
        }
        folder.mkdir(parents=True, exist_ok=True)

    def heading(self, text: str) -> None:
        """The beginning of a section, which the navigation lists."""
        self._add("heading", text=text)

    def text(self, text: str) -> None:
        """A paragraph; `code` between back-ticks."""
        self._add("text", text=text)

    def table(self, name: str, head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
        """A table, also as a file."""
        self._add("table", name=name, head=list(head), rows=[list(row) for row in rows], caption=caption)
        text = io.StringIO(newline="")
        csv.writer(text).writerows([head, *rows])
        self._write(f"-{name}.csv", text.getvalue().encode())

    def figure(self, name: str, drawing: Callable[..., Figure], caption: str, **arguments: Any) -> None:
        """A figure, also as a file. drawing: one of DRAWINGS; arguments: what it draws, which is kept."""
        self._add("figure", name=name, caption=caption, drawing=drawing.__name__, arguments=plain(arguments))
        self._draw(self._page["parts"][-1])

    def finish(self, results: dict[str, Any]) -> Path:
        """Writes the page, and the results as JSON; returns the page's path."""
        self._write(".json", (json.dumps(results, indent=1) + "\n").encode())
        self._write(END, (json.dumps(self._page, indent=1) + "\n").encode())
        return self._html()

    @classmethod
    def _stored(cls, path: Path) -> Page:
        page = cls(path.parent, path.name.removesuffix(END), "")
        page._page = json.loads(path.read_text(encoding="utf-8"))
        return page

    def _redraw(self) -> Path:
        for part in self._page["parts"]:
            if part["kind"] == "figure" and part.get("drawing") in DRAWINGS:
                self._draw(part)
        return self._html()

    def _draw(self, part: Json) -> None:
        figure = DRAWINGS[part["drawing"]](**restored(part["arguments"]))
        self._write(f"-{part['name']}.png", style.png(figure))

    def _html(self) -> Path:
        figures = [part["name"] for part in self._page["parts"] if part["kind"] == "figure"]
        pictures = {name: self._file(f"-{name}.png").read_bytes() for name in figures}
        return self._write(".html", document(self._page, pictures, self._others()).encode())

    def _others(self) -> dict[str, str | None]:
        """Title -> link, of the studies whose pages lie beside this one; this one has no link."""
        found: dict[str, str | None] = {}
        for name, title in STUDIES.items():
            links = (f"{name}.html", f"../{name}/{name}.html")
            if name == self._name:
                found[title] = None
            elif there := [link for link in links if (self.folder / link).is_file()]:
                found[title] = there[0]
        return found

    def _add(self, kind: str, **part: Any) -> None:
        self._page["parts"].append({"kind": kind, **part})

    def _file(self, end: str) -> Path:
        return self.folder / f"{self._name}{end}"

    def _write(self, end: str, data: bytes) -> Path:
        path = self._file(end)
        write_atomic(path, data, overwrite=True)
        return path


def redraw(folder: Path) -> list[Path]:
    """Draws the pages of a folder again from what they saved, with the figures; returns their paths.

    Figures that a page has only as a PNG stay as they are. Raises InputError where no study has finished.
    """
    found = sorted(folder.glob(f"*{END}"))
    if not found:
        raise InputError(
            f"{folder}: no page of a study ({END.strip('-')}); name the folder of a study that has finished"
        )
    return [Page._stored(path)._redraw() for path in found]
