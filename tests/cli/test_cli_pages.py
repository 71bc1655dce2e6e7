"""`pcbin view`, `render` and `report`: which files they take together, and what they write."""

from __future__ import annotations

import base64
import json
import re
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CHROMIUM, Browser
from cli_helpers import run, write_xyz


def shown(path: Path) -> list[tuple[str, bool, bool]]:
    """The name of each object of a page, whether it has a code, and whether an original."""
    text = path.read_text(encoding="utf-8").partition('id="data">')[2].partition("</script>")[0]
    return [(one["name"], bool(one["pcb"]), bool(one["original"])) for one in json.loads(text)["objects"]]


def pixels(data: bytes) -> Any:
    """An RGB image of 8 bits a channel, whose rows have no filter."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, {}
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body)
        parts[kind] = body
        at += 12 + length
    width, height, *rest = struct.unpack(">2I5B", parts[b"IHDR"])
    assert rest == [8, 2, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def test_view_pairs_files_of_one_name(here: Path) -> None:
    for name in ("a", "b", "c"):
        write_xyz(f"{name}.xyz", seed=ord(name))
    run("encode", "a.xyz", "c.xyz", "-q")
    Path("c.xyz").unlink()
    run("view", "a.xyz", "a.pcb", "b.xyz", "c.pcb", "-o", "page.html", "--no-open", "--effort", "0")
    assert shown(Path("page.html")) == [("a.xyz", True, True), ("b.xyz", True, True), ("c.pcb", True, False)]
    run("view", "b.xyz", "-o", "page.html", "-f", "--no-open", "--no-encode")
    assert shown(Path("page.html")) == [("b.xyz", False, True)]
    result = run("view", "b.xyz", "-o", "page.html", "--no-open", code=1)
    assert "exists" in result.stderr


def test_view_opens_a_temporary_page(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def no_browser(url: str) -> bool:
        opened.append(url)
        return False

    monkeypatch.setattr("webbrowser.open", no_browser)
    write_xyz("a.xyz")
    result = run("view", "a.xyz", "--effort", "0")
    path = Path(result.stdout.splitlines()[0])
    try:
        assert opened == [path.as_uri()]
        assert "no browser opens here" in result.stderr
        assert shown(path) == [("a.xyz", True, True)]
    finally:
        shutil.rmtree(path.parent)
    assert list(Path().iterdir()) == [Path("a.xyz")]


def test_view_goes_on_without_what_cannot_be_read(here: Path) -> None:
    write_xyz("a.xyz")
    Path("broken.pcb").write_bytes(b"not a code, but more than 16 bytes")
    Path("b.xyz").write_text("1 2 three\n")
    result = run("view", "a.xyz", "b.xyz", "-o", "page.html", "--no-open", "--effort", "0", code=1)
    assert "b.xyz" in result.stderr
    assert shown(Path("page.html")) == [("a.xyz", True, True)]
    assert "magic" in run("view", "broken.pcb", "--no-open", "-o", "x.html", code=1).stderr


@pytest.mark.parametrize("command", ["view", "report"])
def test_pages_are_html(here: Path, command: str) -> None:
    write_xyz("a.xyz")
    assert "something.html" in run(command, "a.xyz", "-o", "page.ply", code=2).stderr
    assert "not standard input" in run(command, "-", code=2).stderr


def test_render(here: Path) -> None:
    write_xyz("a.xyz")
    run("encode", "a.xyz", "-q")
    run("render", "a.xyz", "--size", "64", "-o", "original.png")
    image = pixels(Path("original.png").read_bytes())
    assert image.shape == (64, 64, 3)
    assert (image[0] == 255).all()
    assert (image < 200).any()
    run("render", "a.pcb", "--size", "64")
    decoded = pixels(Path("a.png").read_bytes())
    run("render", "a.pcb", "--size", "64", "--against", "a.xyz", "-f")
    assert (pixels(Path("a.png").read_bytes()) != decoded).any()
    run("render", "a.pcb", "--size", "64", "--turn", "80", "--tilt", "-5", "-f")
    assert (pixels(Path("a.png").read_bytes()) != decoded).any()


def test_up_turns_clouds(here: Path) -> None:
    points = np.loadtxt(write_xyz("y.xyz"))
    np.savetxt("z.xyz", np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1))
    for name, up in (("y", "y"), ("z", "z")):
        run("render", f"{name}.xyz", "--up", up, "--size", "64")
    assert Path("y.png").read_bytes() == Path("z.png").read_bytes()


def test_render_folders_and_archives(here: Path) -> None:
    for name in ("x/a", "x/b", "y"):
        write_xyz(f"in/{name}.xyz", seed=len(name))
    run("render", "in", "-o", "out/", "--size", "32", "-q")
    written = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.png"))
    assert written == ["x/a.png", "x/b.png", "y.png"]
    run("encode", "in", "-o", "all.pcb", "-q")
    result = run("render", "all.pcb", "--size", "32", "--json")
    assert pixels(Path("all.png").read_bytes()).shape == (64, 64, 3)
    assert json.loads(result.stdout)["clouds"] == 3
    assert "one .pcb file" in run("render", "in", "--against", "in/y.xyz", code=2).stderr
    assert "something.png" in run("render", "all.pcb", "-o", "all.jpg", code=2).stderr


def test_report(here: Path) -> None:
    for seed in range(5):
        write_xyz(f"in/{seed}.xyz", seed=seed)
    run("encode", "in/1.xyz", "-q")
    Path("in/broken.xyz").write_text("nothing\n")
    result = run("report", "in", "--effort", "0", code=1)
    assert "broken.xyz" in result.stderr
    text = Path("report.html").read_text(encoding="utf-8")
    chamfers = [float(number) for number in re.findall(r'<td data-value="([^"]+)">\d+\.\d{3}</td>', text)]
    assert len(chamfers) == 5
    assert chamfers == sorted(chamfers, reverse=True)
    assert text.count("<circle ") == 5
    assert "the first 128 bits of the codes" in text
    assert "1 failed" in text
    assert text.count("<svg viewBox") == 2  # all codes have one length
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    pictures = re.findall(r'data:image/png;base64,([^"]+)" width="208"', text)
    assert [pixels(base64.b64decode(data)).shape for data in pictures] == 5 * [(104, 208, 3)]


def test_report_of_an_archive(here: Path) -> None:
    for seed in range(3):
        write_xyz(f"in/{seed}.xyz", seed=seed)
    run("encode", "in", "-o", "all.pcb", "-q")
    run("report", "all.pcb", "-o", "all.html", "--title", "<All>")
    text = Path("all.html").read_text(encoding="utf-8")
    assert "<h1>&lt;All&gt;</h1>" in text
    assert re.findall(r"<td>(all\.pcb: [^<]+)</td>", text) == [f"all.pcb: {seed}.xyz" for seed in range(3)]
    assert "<circle" not in text  # three are no map


@pytest.mark.skipif(CHROMIUM is None or shutil.which("bash") is None, reason="needs Chromium")
def test_the_report_sorts_and_shows(here: Path) -> None:
    for seed in range(6):
        write_xyz(f"in/{seed}.xyz", seed=seed)
    run("report", "in", "--effort", "0", "-q")
    names = "[...document.querySelectorAll('tbody td:nth-child(2)')].map(one => one.textContent)"
    with Browser(1150, 1200) as browser:
        browser.open(Path("report.html"))
        worst = browser.run(names)
        browser.run("document.querySelectorAll('th button')[0].click()")
        assert browser.run(names) == [f"{seed}.xyz" for seed in range(6)]
        browser.run("document.querySelectorAll('th button')[5].click()")
        assert browser.run(names) == worst
        browser.run("document.querySelectorAll('th button')[5].click()")
        assert browser.run(names) == worst[::-1]
        assert browser.run("document.getElementById('hover').hidden")
        box = browser.run(
            "(box => [box.x + box.width / 2, box.y + box.height / 2])"
            "(document.querySelector('circle').getBoundingClientRect())"
        )
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
        browser.settle()
        assert browser.run("document.querySelector('#hover p').textContent") == worst[0]
        assert not browser.run("document.getElementById('hover').hidden")
        browser.run("document.querySelector('circle').dispatchEvent(new MouseEvent('click'))")
        assert browser.run("document.querySelector('tr.found td:nth-child(2)').textContent") == worst[0]
