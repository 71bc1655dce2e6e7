"""Sets of images: MNIST's .npz and folders of IDX files, and what must not be taken for them."""

from __future__ import annotations

import gzip
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_helpers import patterns, write_idx, write_npz

from pcbin.datasets.images import Images, load_images
from pcbin.errors import InputError

NAMES = {"train": "train", "test": "t10k"}


def write_folder(folder: Path, *, suffix: str = "", labels: bool = True) -> Path:
    """Like MNIST's four files."""
    folder.mkdir()
    for split, (count, seed) in {"train": (7, 0), "t10k": (3, 1)}.items():
        pixels, kinds = patterns(count, seed)
        write_idx(folder / f"{split}-images-idx3-ubyte{suffix}", pixels)
        if labels:
            write_idx(folder / f"{split}-labels-idx1-ubyte{suffix}", kinds.astype(np.uint8))
    return folder


def check(found: Images, *parts: tuple[Any, Any], labels: bool = True) -> None:
    np.testing.assert_array_equal(found.pixels, np.concatenate([pixels for pixels, _ in parts]))
    kinds = np.concatenate([kinds for _, kinds in parts])
    np.testing.assert_array_equal(found.labels, kinds if labels else np.full(len(kinds), -1))
    assert (found.pixels.dtype, found.labels.dtype) == (np.uint8, np.int64)
    assert len(found) == len(kinds)


def test_npz(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "mnist.npz", train=7, test=3)
    train, test = patterns(7, 0), patterns(3, 1)
    check(load_images(path, split="train"), train)
    check(load_images(path, split="test"), test)
    check(load_images(path), train, test)


def test_npz_without_labels(tmp_path: Path) -> None:
    train = patterns(7, 0)
    np.savez(tmp_path / "a.npz", x_train=train[0])
    check(load_images(tmp_path / "a.npz", split="train"), train, labels=False)
    with pytest.raises(InputError, match="x_test"):
        load_images(tmp_path / "a.npz")


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("labels", [True, False])
def test_idx(suffix: str, labels: bool, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mnist", suffix=suffix, labels=labels)
    train, test = patterns(7, 0), patterns(3, 1)
    check(load_images(folder, split="train"), train, labels=labels)
    check(load_images(folder, split="test"), test, labels=labels)
    check(load_images(folder), train, test, labels=labels)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder; say where the data lies"):
        load_images(tmp_path / "none.npz")
    with pytest.raises(InputError, match="holds no train-images-idx3-ubyte"):
        load_images(tmp_path)
    with pytest.raises(InputError, match="no split 'val'; images have train and test"):
        load_images(write_npz(tmp_path / "a.npz"), split="val")


PIXELS = patterns(4)[0]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": PIXELS / 255}, r"float64 \(4, 6, 5\); a set of images holds uint8"),
        ({"x_train": PIXELS[0]}, "a set of images holds uint8"),
        ({"x_train": PIXELS[:0]}, "a set of images holds uint8"),
        ({"x_train": np.uint8(3)}, "not a set of images"),
        ({"x_train": np.array([PIXELS, None], object)}, "not a set of images"),
        ({"x_train": PIXELS, "y_train": np.zeros(3, int)}, "3 labels of 4 images"),
        ({"x_train": PIXELS, "y_train": np.array(["a"] * 4)}, "not a set of images"),
        ({"x_train": PIXELS, "y_train": np.full(4, np.nan)}, "not a set of images"),
        ({"x_train": PIXELS, "y_train": np.arange(4.0)}, "labels are float64, not whole numbers"),
        ({"points": PIXELS}, "not a set of images.*needs x_train and x_test"),
    ],
)
def test_arrays_that_are_no_images(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message):
        load_images(tmp_path / "a.npz", split="train")


def test_splits_of_different_sizes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=PIXELS, x_test=PIXELS[:, :-1])
    with pytest.raises(InputError, match="different sizes; load one of them"):
        load_images(tmp_path / "a.npz")
    assert load_images(tmp_path / "a.npz", split="test").pixels.shape == (4, 5, 5)


def test_files_that_are_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", PIXELS)
    (tmp_path / "text.npz").write_text("x_train")
    (tmp_path / "empty.npz").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as file:
        file.writestr("x_train.npy", b"no array")
    for name in ("array.npy", "text.npz", "empty.npz", "other.npz"):
        with pytest.raises(InputError, match="not a set of images"):
            load_images(tmp_path / name)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\x08\x03",
        b"\0\0\x08\x01" + bytes([0, 0, 0, 1]) + b"x",  # labels
        b"\0\0\x0d\x03" + bytes([0, 0, 0, 1] * 3) + b"x",  # floats
        b"\0\0\x08\x03" + bytes([0, 0, 0, 1] * 3),  # cut short
        b"\0\0\x08\x03" + bytes([0, 0, 0, 1] * 3) + b"xy",  # too long
        b"\0\0\x08\x03" + bytes([255] * 12),  # 2^96 bytes
        b"\0\0\x08\x03" + bytes([0, 0, 0, 0] + [255] * 8),  # no image at all
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_that_are_no_idx(data: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(gzip.compress(data) if suffix else data)
    with pytest.raises(InputError):
        load_images(tmp_path, split="train")


def test_gzip_that_is_none(tmp_path: Path) -> None:
    path = write_idx(tmp_path / "train-images-idx3-ubyte.gz", PIXELS)
    whole = path.read_bytes()
    for data in (b"", b"plain", whole[:-9], whole[:12], whole[:-8] + bytes(8)):
        path.write_bytes(data)
        with pytest.raises(InputError, match="get it again"):
            load_images(tmp_path, split="train")


def test_other_labels_than_images(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mnist")
    write_idx(folder / "train-labels-idx1-ubyte", np.zeros(6, np.uint8))
    with pytest.raises(InputError, match="6 labels of 7 images"):
        load_images(folder, split="train")
    write_idx(folder / "train-labels-idx1-ubyte", np.zeros((7, 1), np.uint8))
    with pytest.raises(InputError, match="not an IDX file of 1 dimensions"):
        load_images(folder, split="train")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A folder to write into, and good files."""
    folder = tmp_path_factory.mktemp("hostile")
    small = folder / "good.npz"
    np.savez_compressed(small, x_train=PIXELS, y_train=np.arange(4))
    good = {"npz": small.read_bytes()}
    for name in ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        good[name] = write_idx(folder / name, PIXELS).read_bytes()
        (folder / name).unlink()
    return folder, good


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files(data: st.DataObject, hostile: tuple[Path, dict[str, bytes]]) -> None:
    """Cut, changed or extended anywhere: images, or InputError, and nothing else."""
    folder, good = hostile
    kind = data.draw(st.sampled_from(sorted(good)))
    content = bytearray(good[kind])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    content += data.draw(st.binary(max_size=3))
    place = folder / ("bad.npz" if kind == "npz" else kind)
    place.write_bytes(content)
    with suppress(InputError):
        found = load_images(place if kind == "npz" else folder, split="train")
        assert found.pixels.ndim == 3
        assert found.pixels.size
        assert len(found.labels) == len(found.pixels)
    place.unlink()


@pytest.mark.parametrize("change", [1, 0x20, 99])
def test_every_changed_byte_of_an_npz(change: int, hostile: tuple[Path, dict[str, bytes]]) -> None:
    """Encrypted, packed by a method of a later zip, of a later version: zipfile has errors of its own."""
    folder, good = hostile
    place, refused = folder / "bad.npz", 0
    for at in range(len(good["npz"])):
        content = bytearray(good["npz"])
        content[at] ^= change
        place.write_bytes(content)
        try:
            load_images(place, split="train")
        except InputError:
            refused += 1
    assert refused > len(good["npz"]) // 2  # some bytes are dates and the like


def test_header_that_promises_too_much(tmp_path: Path) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1152921504606846976, 4, 1), }"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        header += b" " * (-(len(header) + 11) % 64) + b"\n"
        file.writestr(
            "x_train.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"abc"
        )
    with pytest.raises(InputError, match="not a set of images"):
        load_images(tmp_path / "a.npz", split="train")
