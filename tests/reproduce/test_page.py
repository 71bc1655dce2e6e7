"""The page of a study: what it has around its parts, and drawing it again from what it keeps."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("matplotlib")

import pcbin
from pcbin.cli.program import program
from pcbin.errors import InputError
from pcbin.reproduce import charts, draw, page
from pcbin.reproduce.draw import Picture, Row
from pcbin.reproduce.page import Page, redraw
from pcbin.reproduce.stored import plain, restored

RECORDED = Path(__file__).parents[2] / "docs" / "results"


def made(folder: Path, name: str = "poster-a") -> Path:
    one = Page(folder, name, "Poster A: <chairs>")
    one.heading("Codes & clouds")
    one.text("By hand: `pcbin info a.pcb` < 1 s.")
    one.table("sizes", ["system", "bits"], [["VAE-bin", "128"]], "What they take.")
    cloud = np.random.default_rng(0).normal(0, 0.15, (300, 3))
    one.figure(
        "clouds", draw.clouds, "Decoded.", rows=[Row("one", [draw.decoded("title", cloud, cloud + 0.01)])]
    )
    one.heading("Clusters")
    one.figure(
        "confusion", charts.confusion, "Confused.", table=np.eye(3, dtype=int), classes=["a", "b", "c"]
    )
    return one.finish({"sizes": {"VAE-bin": 128}})


def test_a_page_has_date_version_and_navigation(tmp_path: Path) -> None:
    text = made(tmp_path).read_text(encoding="utf-8")
    today = datetime.date.today()
    assert re.search(rf'<time datetime="{today.year}-\d\d-\d\d">\d+ \w+ {today.year}</time>', text)
    assert f"made with pcbin {pcbin.__version__}" in text
    sections = re.findall(r'<li><a href="#([\w-]+)">([^<]+)</a>', text)
    assert sections == [("codes-clouds", "Codes &amp; clouds"), ("clusters", "Clusters")]
    for name, heading in sections:
        assert f'<h2 id="{name}">{heading}</h2>' in text
    assert '<span aria-current="page">Poster A</span>' in text
    assert "Poster A: &lt;chairs&gt;" in text
    assert "<code>pcbin info a.pcb</code> &lt; 1 s." in text


def test_wide_things_scroll_in_their_own_box(tmp_path: Path) -> None:
    text = made(tmp_path).read_text(encoding="utf-8")
    boxes = re.findall(r'<div class="wide"[^>]*>(<table|<img)', text)
    assert boxes == ["<table", "<img", "<img"]
    assert text.count("<table") == 1
    assert text.count("<img") == 2
    assert ".wide { overflow-x: auto" in text
    assert 'content="width=device-width, initial-scale=1"' in text


def test_studies_link_to_those_beside_them(tmp_path: Path) -> None:
    """In one folder, or in folders of their names, as the commands write them."""
    a, b = made(tmp_path / "poster-a"), made(tmp_path / "poster-b", "poster-b")
    assert 'href="../poster-a/poster-a.html">Poster A</a>' in b.read_text(encoding="utf-8")
    assert "Poster B" not in a.read_text(encoding="utf-8")
    redraw(tmp_path / "poster-a")
    assert 'href="../poster-b/poster-b.html">Poster B</a>' in a.read_text(encoding="utf-8")


def test_a_page_is_drawn_again_from_what_it_keeps(tmp_path: Path) -> None:
    path = made(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert set(before) == {
        "poster-a.html", "poster-a.json", "poster-a-page.json", "poster-a-sizes.csv", "poster-a-clouds.png",
        "poster-a-confusion.png",
    }  # fmt: skip
    path.unlink()
    (tmp_path / "poster-a-clouds.png").write_bytes(b"")
    result = CliRunner().invoke(program, ["reproduce", "redraw", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert result.output == f"{path}\n"
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_was_drawn_by_others_stays(tmp_path: Path) -> None:
    path = made(tmp_path)
    kept = path.with_name("poster-a-page.json")
    content = json.loads(kept.read_text(encoding="utf-8"))
    for part in content["parts"]:
        part.pop("drawing", None)
    kept.write_text(json.dumps(content), encoding="utf-8")
    picture = tmp_path / "poster-a-confusion.png"
    picture.write_bytes(b"a picture of another time")
    redraw(tmp_path)
    assert picture.read_bytes() == b"a picture of another time"


def test_nothing_to_draw_again(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no page of a study"):
        redraw(tmp_path)


def test_arrays_are_kept() -> None:
    value = {
        "clouds": [np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)],
        "n": np.int64(3),
        "labels": np.arange(3),
    }
    found = restored(json.loads(json.dumps(plain(value))))
    np.testing.assert_allclose(found["clouds"][0], value["clouds"][0], atol=1e-3)  # type: ignore[index]
    assert found["clouds"][0].shape == (2, 3)
    assert (found["n"], found["labels"].tolist()) == (3, [0, 1, 2])
    picture = Picture("a", np.zeros((1, 3)))
    assert restored(plain(picture))[2] is None


@pytest.mark.parametrize("name", page.STUDIES)
def test_recorded_pages_are_those_of_this_version(name: str, tmp_path: Path) -> None:
    """`pcbin reproduce redraw docs/results` has been run; the charts are compared by eye, the text here."""
    for file in RECORDED.glob("*"):
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    content = json.loads((RECORDED / f"{name}-page.json").read_text(encoding="utf-8"))
    for part in content["parts"]:
        part.pop("drawing", None)
    (tmp_path / f"{name}-page.json").write_text(json.dumps(content), encoding="utf-8")
    redraw(tmp_path)
    assert (tmp_path / f"{name}.html").read_bytes() == (RECORDED / f"{name}.html").read_bytes()
