"""Images of a few bytes and many pixels: refused, or read, within the bar."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bounded import run

from pcbin.formats.images import MAX_PIXELS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")

Image = pytest.importorskip("PIL.Image")
SIDE = round(MAX_PIXELS**0.5)
KINDS = [
    ("gif", "P", {}),
    ("png", "RGBA", {}),
    ("png", "I;16", {}),
    ("tiff", "F", {"compression": "tiff_lzw"}),
    ("tiff", "CMYK", {"compression": "tiff_lzw"}),
    ("jpg", "RGB", {"progressive": True}),
    ("webp", "RGBA", {"lossless": True}),
]


def made(tmp_path: Path, suffix: str, mode: str, side: int, **options: object) -> Path:
    path = tmp_path / f"image.{suffix}"
    Image.new(mode, (side, side)).save(path, **options)
    assert path.stat().st_size < 2_000_000
    return path


@pytest.mark.parametrize(("suffix", "mode", "options"), KINDS)
def test_more_pixels_than_are_read(
    suffix: str, mode: str, options: dict[str, object], tmp_path: Path
) -> None:
    path = made(tmp_path, suffix, mode, 4000, **options)
    assert "resize it" in run("read-image", path).said


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "mode", "options"), KINDS)
def test_as_many_pixels_as_are_read(
    suffix: str, mode: str, options: dict[str, object], tmp_path: Path
) -> None:
    path = made(tmp_path, suffix, mode, SIDE, **options)
    assert run("read-image", path).code == 0
    assert run("encode", "--model", "mnist-128", path, "-o", tmp_path / "a.pcb").code == 1


def test_a_canvas_of_nothing(tmp_path: Path) -> None:
    """77 bytes, or fewer: a GIF whose frame covers a corner of its canvas."""
    data = bytearray(b"GIF89a\xff\x0f\xff\x0f\xf0\0\0\0\0\0\xff\xff\xff")  # 4095 x 4095
    data += b"!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
    path = tmp_path / "canvas.gif"
    path.write_bytes(data)
    assert "resize it" in run("read-image", path).said
