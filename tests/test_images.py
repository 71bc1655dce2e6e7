"""Images in files: what is read, what is said to be lost, and that bad bytes give nothing but InputError."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import pcbin
from pcbin.errors import InputError, MissingDependency
from pcbin.formats.images import (
    FORMATS,
    MAX_BYTES,
    MAX_PIXELS,
    find_format,
    image_format,
    read_image,
    read_picture,
    write_image,
)
from pcbin.models.architectures import image_decoder, image_encoder
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Sigmoid
from pcbin.models.model import Model

Image = pytest.importorskip("PIL.Image")
ImageOps = pytest.importorskip("PIL.ImageOps")

LOSSLESS = [one.name for one in FORMATS.values() if one.written]
RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


def packed(image: Any, format: str, **options: Any) -> bytes:
    """What Pillow makes of an array or of an image of its own."""
    stream = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(stream, format, **options)
    return stream.getvalue()


def read(data: bytes, **options: Any) -> Any:
    return read_picture(io.BytesIO(data), **options)


def image_model(height: int = 6, width: int = 5, *, bits: int = 16, seed: int = 0) -> Model:
    rng = np.random.default_rng(seed)
    *layers, last = image_decoder(bits, [8], height, width)
    description = ModelDescription(
        lengths=CodeLengths(bits, bits, bits),
        head=bits,
        bit_values=(0.0, 1.0),
        encoder=image_encoder(height, width, [8], bits),
        decoder=(*layers, Sigmoid(), last),
        image=(height, width),
    )
    tensors = {key: rng.normal(size=size).astype(np.float16) for key, size in description.tensor_shapes()}
    return Model.from_parts(description, {"name": "digits"}, tensors)


@settings(deadline=None)
@given(
    image=arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9)), name=st.sampled_from(LOSSLESS)
)
def test_written_images_read_back(image: np.ndarray, name: str) -> None:
    stream = io.BytesIO()
    write_image(stream, image, name)
    found = read(stream.getvalue(), format=name)
    np.testing.assert_array_equal(found.pixels, image)
    assert found.pixels.dtype == np.uint8
    assert (found.dropped, found.notes) == ((), ())


@given(arrays(np.float32, (2, 3), elements=st.floats(0, 1, width=32)))
def test_numbers_from_0_to_1_are_rounded(image: np.ndarray) -> None:
    stream = io.BytesIO()
    write_image(stream, image)
    np.testing.assert_allclose(read(stream.getvalue()).pixels / 255, image, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize(
    ("image", "format", "message"),
    [
        (np.zeros((2, 2, 3), np.uint8), "png", "shape"),
        (np.zeros((0, 2), np.uint8), "png", "shape"),
        (np.full((2, 2), 2.0), "png", "floats from 0 to 1"),
        (RAMP, "jpeg", "cannot be written; use one of: png, pgm, bmp, tiff"),
        (RAMP, "ply", "unknown format 'ply'; use one of: png, pgm, bmp, tiff"),
    ],
)
def test_what_is_not_written(image: np.ndarray, format: str, message: str) -> None:
    stream = io.BytesIO()
    with pytest.raises(InputError, match=message):
        write_image(stream, image, format)
    assert stream.getvalue() == b""


def test_colours_become_their_luma() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    found = read(packed(colours, "PNG"))
    np.testing.assert_array_equal(found.pixels, [[76, 150, 29, 9]])
    assert found.dropped == ("colour",)


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "LA"])
def test_grey_in_other_modes_loses_nothing(mode: str) -> None:
    found = read(packed(Image.fromarray(RAMP).convert(mode), "PNG"))
    np.testing.assert_array_equal(found.pixels, RAMP)
    assert found.dropped == ()


def test_black_and_white() -> None:
    found = read(packed(Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1"), "PNG"))
    np.testing.assert_array_equal(found.pixels, [[0, 255]])


def test_transparent_pixels_lie_on_black() -> None:
    pixels = np.array([[[200, 200, 200, 255], [200, 200, 200, 51], [200, 200, 200, 0]]], np.uint8)
    found = read(packed(pixels, "PNG"))
    np.testing.assert_array_equal(found.pixels, [[200, 40, 0]])
    assert found.dropped == ("transparency",)
    found = read(packed(RAMP, "PNG", transparency=20))  # one grey value that is meant as nothing
    np.testing.assert_array_equal(found.pixels, np.where(RAMP == 20, 0, RAMP))
    assert found.dropped == ("transparency",)


def test_cmyk() -> None:
    found = read(packed(Image.fromarray(np.full((8, 8, 3), [255, 0, 0], np.uint8)).convert("CMYK"), "JPEG"))
    np.testing.assert_allclose(found.pixels, 76, atol=3)
    assert found.dropped == ("colour",)


@pytest.mark.parametrize("format", ["PNG", "PPM", "TIFF"])
def test_16_bits_are_rounded_to_8(format: str) -> None:
    exact = np.array([[0, 257, 65535]], np.uint16)
    assert read(packed(exact, format)).pixels.tolist() == [[0, 1, 255]]
    assert read(packed(exact, format)).dropped == ()
    found = read(packed(np.array([[128, 129, 300]], np.uint16), format))
    assert found.pixels.tolist() == [[0, 1, 1]]
    assert found.dropped == ("more than 8 bits per pixel",)


def test_floating_point_pixels() -> None:
    found = read(packed(np.array([[0.0, 0.5, 1.0]], np.float32), "TIFF"))
    assert found.pixels.tolist() == [[0, 128, 255]]
    assert found.dropped == ("more than 8 bits per pixel",)
    for bad in (-0.1, 1.1, np.nan):
        with pytest.raises(InputError, match="scale them to 0 to 1"):
            read(packed(np.array([[0.0, bad]], np.float32), "TIFF"))
    with pytest.raises(InputError, match="32-bit integers"):
        read(packed(np.array([[0, 1]], np.int32), "TIFF"))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_are_applied(format: str, orientation: int) -> None:
    """As Pillow's own exif_transpose does it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {}
    data = packed(RAMP, format, exif=exif, **options)
    with Image.open(io.BytesIO(data)) as image:
        image.load()  # Pillow turns a TIFF by itself
        wanted = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    found = read(data)
    np.testing.assert_array_equal(found.pixels, wanted)
    assert orientation < 5 or wanted.shape == (4, 3)
    if format != "TIFF":
        assert found.notes == (("turned upright as its EXIF data says",) if orientation > 1 else ())


@pytest.mark.parametrize("format", ["GIF", "TIFF", "PNG", "WEBP"])
def test_of_several_frames_the_first_is_taken(format: str) -> None:
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    options = {"lossless": True} if format == "WEBP" else {}
    found = read(packed(frames[0], format, save_all=True, append_images=frames[1:], **options))
    np.testing.assert_array_equal(found.pixels, RAMP)
    assert found.notes == ("only the first of its frames is taken",)


def test_the_bytes_decide(tmp_path: Path) -> None:
    path = tmp_path / "really_a.png"
    path.write_bytes(packed(RAMP, "BMP"))
    np.testing.assert_array_equal(read_image(path), RAMP)
    np.testing.assert_array_equal(read_image(str(path)), RAMP)
    with pytest.raises(InputError, match=r"really_a\.png: not an image \(png\)"):
        read_image(path, format="png")


@pytest.mark.parametrize(
    ("path", "format", "wanted"),
    [
        ("a.PNG", None, "png"), ("b.tif", None, "tiff"), ("c.jpg", None, "jpeg"), ("d", ".JPG", "jpeg"),
        ("e.png", "pgm", "pgm"), ("f.ply", None, None), ("g.png", "ply", None), ("png", None, None),
    ],
)  # fmt: skip
def test_formats_by_name_and_suffix(path: str, format: str | None, wanted: str | None) -> None:
    found = find_format(path, format)
    assert (found.name if found else None) == wanted
    if wanted is None:
        with pytest.raises(InputError, match="use one of: png"):
            image_format(path, format=format)


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds none."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("side", [2049, 4097, 10_000, 50_000, 2**31 - 1])
def test_bombs(side: int) -> None:
    assert side**2 > MAX_PIXELS
    with pytest.raises(InputError, match="pixels"):
        read(bomb(side, side))


def test_large_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a hole: nothing on the disk
    with pytest.raises(InputError, match="more than 268,435,456 bytes"):
        read_image(path)


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    for source, message in (
        (tmp_path / "no.png", r"no\.png: no such file"),
        (tmp_path, "is a directory"),
        ("nul\0.png", "null byte"),
        (io.StringIO("text"), "binary mode"),
        (io.BytesIO(b""), "<stream>: an empty file"),
        (io.BytesIO(b"text"), "<stream>: not an image"),
    ):
        with pytest.raises(InputError, match=message):
            read_image(source)  # type: ignore[arg-type]


SEEDS = [
    packed(RAMP, "PNG"),
    packed(Image.fromarray(RAMP).convert("P"), "PNG", transparency=3),
    packed(RAMP.astype(np.uint16) * 99, "PNG"),
    packed(RAMP, "PPM"),
    packed(RAMP, "BMP"),
    packed(RAMP, "TIFF"),
    packed(RAMP.astype(np.float32) / 255, "TIFF"),
    packed(RAMP, "JPEG"),
    packed(Image.fromarray(RAMP), "GIF", save_all=True, append_images=[Image.fromarray(255 - RAMP)]),
    packed(RAMP, "WEBP"),
]


def only_input_error(data: bytes) -> bool:
    """Whether the bytes are an image; anything but a picture and InputError fails the test."""
    try:
        found = read(data)
    except InputError:
        return False
    assert found.pixels.dtype == np.uint8
    assert found.pixels.ndim == 2
    return True


@settings(deadline=None)  # the first imports all of Pillow
@given(st.binary(max_size=200))
@example(b"\x89PNG\r\n\x1a\n")
@example(b"P5 3 3 255\n")
@example(b"P5\n99999 99999\n65535\n")
@example(b"II*\0\x08\0\0\0\xff\xff")
@example(b"GIF89a" + b"\xff" * 20)
def test_random_bytes_are_no_image(data: bytes) -> None:
    only_input_error(data)


@settings(max_examples=400, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.floats(0, 1),
    whole=st.booleans(),
)
def test_mutated_images(seed: bytes, changes: list[tuple[float, int]], cut: float, whole: bool) -> None:
    data = bytearray(seed)
    for at, value in changes:
        data[int(at * len(data))] = value
    only_input_error(bytes(data if whole else data[: int(cut * len(data))]))


def test_the_seeds_are_images_and_their_beginnings_are_not() -> None:
    for seed in SEEDS:
        assert only_input_error(seed)
        assert not only_input_error(seed[: len(seed) // 2])


def test_without_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingDependency, match=r"needs Pillow: pip install 'pcbin\[images\]'"):
        read(SEEDS[0])
    with pytest.raises(MissingDependency, match="needs Pillow"):
        write_image(io.BytesIO(), RAMP)


grey = arrays(np.uint8, (6, 5))


@given(original=grey, decoded=grey)
def test_evaluate_image(original: np.ndarray, decoded: np.ndarray) -> None:
    found = pcbin.evaluate_image(original, decoded)
    difference = (original.astype(float) - decoded) / 255
    assert (found.height, found.width) == (6, 5)
    assert found.mse == pytest.approx(np.mean(difference**2), rel=1e-5, abs=1e-12)
    if (original == decoded).all():
        assert found.psnr == np.inf
    else:
        assert found.psnr == pytest.approx(-10 * np.log10(np.mean(difference**2)), abs=1e-4)
    assert found.bpp is found.ratio is found.container_bits is None


def test_evaluate_image_rates() -> None:
    model = image_model()
    image = np.random.default_rng(0).integers(0, 256, (6, 5), dtype=np.uint8)
    data = pcbin.compress(image, model=model)
    found = pcbin.evaluate_image(image, data=data, model=model)
    assert found == pcbin.evaluate_image(image / 255, pcbin.decompress(data, model=model), data=data)
    assert (found.payload_bits, found.container_bits) == (16, 8 * len(data))
    assert (found.bpp, found.container_bpp) == (16 / 30, 8 * len(data) / 30)
    assert (found.payload_ratio, found.ratio) == (8 * 30 / 16, 30 / len(data))


def test_evaluate_image_errors(tiny: Model, cloud: Any) -> None:
    model, image = image_model(), np.zeros((6, 5), np.uint8)
    coded_image, coded_cloud = pcbin.compress(image, model=model), pcbin.compress(cloud(), model=tiny)
    with pytest.raises(InputError, match="pass the decoded image, or data=the encoded bytes"):
        pcbin.evaluate_image(image)
    with pytest.raises(InputError, match=r"^original: .*grey values"):
        pcbin.evaluate_image(np.zeros((6, 5, 3)), image)
    with pytest.raises(InputError, match="decoded: 5 x 6 pixels, the original has 6 x 5"):
        pcbin.evaluate_image(image, image.T)
    with pytest.raises(InputError, match="model tiny, which codes clouds; use `evaluate`"):
        pcbin.evaluate_image(image, data=coded_cloud, model=tiny)
    with pytest.raises(InputError, match="model digits, which codes images; use `evaluate_image`"):
        pcbin.evaluate(cloud(), data=coded_image, model=model)
