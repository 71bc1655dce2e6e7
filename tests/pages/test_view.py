"""The page of `pcbin view`, in a real browser: what it decodes, and what people do with it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CHROMIUM, Browser

import pcbin
from pcbin.errors import FormatError, InputError, ModelNotFound
from pcbin.formats.clouds import read_cloud
from pcbin.pages.scripts import decoder
from pcbin.pages.view import Shown, View, page

needs_browser = pytest.mark.skipif(CHROMIUM is None or shutil.which("bash") is None, reason="needs Chromium")


def data_of(text: str) -> Any:
    """The data that a page holds."""
    return json.loads(text.partition('id="data">')[2].partition("</script>")[0])


@pytest.fixture(scope="module")
def chair(root: Path) -> Any:
    return read_cloud(root / "examples" / "chair.ply").points


@pytest.fixture(scope="module")
def led(root: Path) -> Any:
    return read_cloud(root / "examples" / "led.ply").points


@pytest.fixture(scope="module")
def codes(chair: Any, led: Any) -> dict[str, bytes]:
    return {
        "chair.pcb": pcbin.compress(chair, model="chair", effort=0),
        "led.pcb": pcbin.compress(led, model="cells", bits=256, effort=0, warn=False),
    }


@pytest.fixture(scope="module")
def opened(tmp_path_factory: Any, codes: dict[str, bytes], chair: Any, led: Any) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("view") / "page.html"
    shown = [Shown("chair.pcb", codes["chair.pcb"], chair), Shown("led.pcb", codes["led.pcb"], led)]
    path.write_text(page(shown), encoding="utf-8")
    with Browser() as browser:
        browser.open(path)
        yield browser


def text_of(browser: Browser, name: str) -> str:
    found: str = browser.run(f"document.getElementById({json.dumps(name)}).textContent")
    return found


def choose(browser: Browser, index: int) -> None:
    browser.run(f"""(chosen => {{
        chosen.selectedIndex = {index};
        chosen.dispatchEvent(new Event("change"));
    }})(document.getElementById("objects"))""")
    browser.settle()


def slide(browser: Browser, place: int) -> None:
    browser.run(f"""(slider => {{
        slider.value = {place};
        slider.dispatchEvent(new Event("input"));
    }})(document.getElementById("bits"))""")
    browser.settle()


def picture(browser: Browser, name: str) -> str:
    found: str = browser.run(f"document.getElementById({json.dumps(name)}).toDataURL()")
    return found


@needs_browser
def test_it_decodes_to_what_python_decodes(
    opened: Browser, codes: dict[str, bytes], chair: Any, led: Any
) -> None:
    for index, (original, (name, data)) in enumerate(zip((chair, led), codes.items(), strict=True)):
        choose(opened, index)
        assert text_of(opened, "name") == name
        assert f"{len(data)} bytes" in text_of(opened, "facts")
        expected = pcbin.evaluate(original, pcbin.decompress(data))
        score = re.fullmatch(r"Chamfer × 1000 ([\d.]+) · D1-PSNR ([\d.]+) dB", text_of(opened, "score"))
        assert score
        assert float(score[1]) == pytest.approx(1e3 * expected.chamfer, abs=2e-3)
        assert float(score[2]) == pytest.approx(expected.d1_psnr, abs=0.02)


@needs_browser
def test_the_slider_shows_prefixes(opened: Browser, codes: dict[str, bytes], chair: Any) -> None:
    choose(opened, 0)
    whole = picture(opened, "decoded-canvas")
    assert text_of(opened, "bits-value") == "128 of 128 bits"
    slide(opened, 2)
    assert text_of(opened, "decoded-title") == "Decoded from 32 bits"
    assert picture(opened, "decoded-canvas") != whole
    few = pcbin.evaluate(chair, pcbin.decompress(pcbin.truncate(codes["chair.pcb"], 32)))
    assert f"Chamfer × 1000 {1e3 * few.chamfer:.2f}"[:-1] in text_of(opened, "score")
    slide(opened, 14)
    assert picture(opened, "decoded-canvas") == whole
    choose(opened, 1)
    slide(opened, 0)
    assert re.search(r"bits, level \d of \d", text_of(opened, "decoded-title"))


@needs_browser
def test_dragging_turns_both(opened: Browser) -> None:
    choose(opened, 0)
    before = [picture(opened, f"{name}-canvas") for name in ("original", "decoded")]
    opened.drag("#original-canvas", 60, 20)
    after = [picture(opened, f"{name}-canvas") for name in ("original", "decoded")]
    assert all(a != b for a, b in zip(before, after, strict=True))
    opened.run("document.querySelector('#decoded-canvas').dispatchEvent(new MouseEvent('dblclick'))")
    opened.settle()
    assert [picture(opened, f"{name}-canvas") for name in ("original", "decoded")] == before


@needs_browser
def test_colours_by_error(opened: Browser) -> None:
    choose(opened, 0)
    plain = picture(opened, "decoded-canvas")
    for shown in (True, False):
        opened.run("document.getElementById('by-error').click()")
        opened.settle()
        assert (picture(opened, "decoded-canvas") != plain) is shown
        assert opened.run("!document.getElementById('legend').hidden") is shown


@needs_browser
def test_dropped_files(opened: Browser, codes: dict[str, bytes], root: Path, cloud: Any) -> None:
    opened.drop("dropped.pcb", codes["led.pcb"])
    assert text_of(opened, "name") == "dropped.pcb"
    assert text_of(opened, "decoded-title").startswith("Decoded from ")
    assert opened.run("document.getElementById('original').hidden")
    file = BytesIO()
    with pcbin.open(file, "w", model="chair", effort=0, warn=False) as archive:
        for number in range(40):  # names that zstd makes shorter
            archive.append(cloud(seed=number), {"name": f"things/number {number}"})
    opened.drop("all.pcb", file.getvalue())
    assert text_of(opened, "name") == "all.pcb: things/number 0"
    assert opened.run("document.getElementById('objects').length") == 43
    opened.drop("chair.ply", b"ply\nformat ascii 1.0\n")
    assert text_of(opened, "message") == "chair.ply: not a .pcb file; make one with `pcbin encode`"
    vectors = root / "js" / "test" / "vectors"
    strange = (vectors / "nested-0.pcb").read_bytes()
    opened.drop("strange.pcb", strange)
    assert "a model that this page does not hold" in text_of(opened, "message")
    opened.drop("nested.safetensors", (vectors / "nested.safetensors").read_bytes())
    opened.drop("strange.pcb", strange)
    assert "model nested" in text_of(opened, "facts")
    damaged = bytearray(codes["chair.pcb"])
    damaged[20] ^= 1
    opened.drop("damaged.pcb", bytes(damaged))
    assert text_of(opened, "message") == "damaged.pcb: the file is damaged; get the file again"


@needs_browser
def test_nothing_is_loaded(opened: Browser) -> None:
    """The page works offline: it is one file."""
    assert opened.run("performance.getEntriesByType('resource').length") == 0


def test_a_page_holds_files_models_and_originals(tiny: Any, cloud: Any) -> None:
    points = cloud(500, size=3.0, center=(1e6, 0.0, 0.0))
    data = pcbin.compress(points, model=tiny)
    found = data_of(pcbin.view(data, points, name="<a>", model=tiny).html)
    [one] = found["objects"]
    assert one["name"] == "<a>"
    assert base64.b64decode(one["pcb"]) == data
    original = np.frombuffer(base64.b64decode(one["original"]), "<f4").reshape(-1, 3)
    back = original * one["frame"]["scale"] + one["frame"]["center"]
    np.testing.assert_allclose(back, points, atol=1e-5)
    assert len(found["models"]) == 1


def test_archives_become_their_clouds(tiny: Any, cloud: Any) -> None:
    file = BytesIO()
    with pcbin.open(file, "w", model=tiny) as archive:
        for seed in range(3):
            archive.append(cloud(seed=seed), {"name": f"number {seed}"} if seed else None)
    found = data_of(page([Shown("all.pcb", file.getvalue())], models=[tiny]))
    assert [one["name"] for one in found["objects"]] == [
        "all.pcb: 0",
        "all.pcb: number 1",
        "all.pcb: number 2",
    ]


def test_points_alone(cloud: Any) -> None:
    found = data_of(pcbin.view(cloud(30_000)).html)
    assert found["models"] == []
    assert found["objects"][0]["frame"]["points"] == 30_000
    assert len(base64.b64decode(found["objects"][0]["original"])) == 12 * 20_000


def test_what_cannot_be_shown(tiny: Any, cloud: Any) -> None:
    with pytest.raises(InputError, match="nothing to show"):
        page([])
    with pytest.raises(FormatError, match="magic"):
        pcbin.view(b"ply and more than sixteen bytes")
    with pytest.raises(ModelNotFound):
        pcbin.view(pcbin.compress(cloud(), model=tiny))
    with pytest.raises(InputError, match="codes of images, by model mnist-128"):
        pcbin.view(pcbin.compress(np.zeros((28, 28)), model="mnist-128"))
    with pytest.raises(InputError, match="first"):
        pcbin.view(cloud(), cloud())
    with pytest.raises(InputError, match="at most 200"):
        page([Shown("x", points=cloud(2))] * 201)


def test_notebooks_show_it(tmp_path: Path, cloud: Any) -> None:
    shown = pcbin.view(cloud())
    assert isinstance(shown, View)
    assert shown._repr_html_().startswith("<iframe ")
    assert "<script" not in shown._repr_html_()  # all of it is inside the attribute
    assert shown.save(tmp_path / "x.html").read_text(encoding="utf-8") == shown.html
    with pytest.raises(InputError, match="exists"):
        shown.save(tmp_path / "x.html")


def test_the_script_has_no_imports() -> None:
    script = decoder()
    assert "\nimport " not in script
    assert "\nexport " not in script
    assert re.search(r"^const \{ .*\bModel, .*\} = modules.index;\n\Z", script, re.MULTILINE)
