"""From file to file, and many objects at once, in Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import Codec
from pcbin.auto import Auto
from pcbin.coding.options import Options
from pcbin.errors import FormatError, InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.formats.images import read_image
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.model import Model

CUBE = """OFF
8 6 0
0 0 0\n1 0 0\n1 1 0\n0 1 0\n0 0 1\n1 0 1\n1 1 1\n0 1 1
4 0 1 2 3\n4 4 5 6 7\n4 0 1 5 4\n4 1 2 6 5\n4 2 3 7 6\n4 3 0 4 7
"""


@pytest.fixture
def clouds(cloud: Any) -> list[Any]:
    return [cloud(n, seed=n) for n in (50, 300, 50, 1, 80)]


def test_many_are_as_one_by_one(tiny: Model, clouds: list[Any], tiny_path: Path) -> None:
    alone = [pcbin.compress(points, model=tiny) for points in clouds]
    assert pcbin.compress_many(clouds, model=tiny) == alone
    assert pcbin.compress_many(iter(clouds), model="tiny") == alone
    assert Codec(tiny).encode_many(clouds) == alone
    assert Codec(tiny).encode_many([]) == []
    assert pcbin.compress_many(clouds, model="auto", bits=16) == alone  # of one


def test_many_with_metadata(tiny: Model, clouds: list[Any]) -> None:
    notes = [None, {"a": 1}, {}, {"b": 2}, {"c": 3}]
    found = Codec(tiny).encode_many(clouds, metadata=notes)
    assert [pcb.loads(data).metadata for data in found] == [note or {} for note in notes]
    for wrong in notes[:-1], [*notes, None]:
        with pytest.raises(InputError, match=r"metadata: . for 5 items; pass one for each"):
            Codec(tiny).encode_many(clouds, metadata=wrong)


def test_errors_of_some(tiny: Model, tiny_path: Path, clouds: list[Any]) -> None:
    broken: list[Any] = [clouds[0], np.zeros((2, 2)), clouds[1], None, clouds[2]]
    notes = [None, None, {"bad": object()}, None, None]
    for encoder in Codec(tiny), Auto(Options(bits=16)):
        with pytest.raises(InputError, match="item 1: points: shape"):
            encoder.encode_many(broken)
        found = encoder.encode_many(broken, errors="return", metadata=notes)
        assert [isinstance(one, bytes) for one in found] == [True, False, False, False, True]
        assert all(isinstance(one, InputError) for one in found if not isinstance(one, bytes))
        assert found[4] == Codec(tiny).encode(clouds[2])
    with pytest.raises(InputError, match="errors = 'ignore'; use 'raise' or 'return'"):
        Codec(tiny).encode_many(broken, errors="ignore")  # type: ignore[call-overload]


def test_from_file_to_file(tiny: Model, tiny_path: Path, cloud: Any, tmp_path: Path) -> None:
    codec, source = Codec(tiny), tmp_path / "a.xyz"
    np.savetxt(source, cloud())
    assert codec.encode_file(source) == tmp_path / "a.pcb"
    data = (tmp_path / "a.pcb").read_bytes()
    assert data == codec.encode(read_cloud(source).points)
    assert codec.decode_file(tmp_path / "a.pcb") == tmp_path / "a.ply"
    np.testing.assert_array_equal(read_cloud(tmp_path / "a.ply").points, codec.decode(data))
    back = codec.decode_file(str(tmp_path / "a.pcb"), str(tmp_path / "few.npy"), n_points=70)
    np.testing.assert_array_equal(np.load(back), codec.decode(data, n_points=70))
    assert codec.decode_file(tmp_path / "a.pcb", format="csv") == tmp_path / "a.csv"
    best = Auto(Options(bits=16)).encode_file(source, tmp_path / "best.pcb", metadata={"a": 1}, pose=False)
    assert best.read_bytes() == codec.encode(read_cloud(source).points, metadata={"a": 1}, pose=False)


def test_meshes_and_compressed_files(tiny: Model, tmp_path: Path) -> None:
    import gzip

    (tmp_path / "cube.off.gz").write_bytes(gzip.compress(CUBE.encode()))
    codec = Codec(tiny, seed=3)
    found = codec.encode_file(tmp_path / "cube.off.gz")
    assert found == tmp_path / "cube.pcb"
    points = read_cloud(tmp_path / "cube.off.gz", samples=tiny.encoder_points, seed=3).points
    assert found.read_bytes() == codec.encode(points)
    fewer = codec.encode_file(tmp_path / "cube.off.gz", samples=100, overwrite=True).read_bytes()
    points = read_cloud(tmp_path / "cube.off.gz", samples=100, seed=3).points
    assert fewer == codec.encode(points)


def test_images(image_parts: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    codec = Codec(Model(load_model(dump_model(*image_parts()))))
    pixels = np.arange(30, dtype=np.uint8).reshape(6, 5)
    (tmp_path / "a.pcb").write_bytes(codec.encode(pixels))
    found = codec.decode_file(tmp_path / "a.pcb")
    assert found == tmp_path / "a.png"
    decoded = codec.decode((tmp_path / "a.pcb").read_bytes())
    np.testing.assert_array_equal(read_image(found), decoded)
    assert codec.encode_file(found, tmp_path / "b.pcb").read_bytes() == codec.encode(decoded)
    with pytest.raises(InputError):
        codec.decode_file(tmp_path / "a.pcb", tmp_path / "a.ply")


def test_nothing_is_replaced_unasked(tiny: Model, cloud: Any, tmp_path: Path) -> None:
    codec, source = Codec(tiny), tmp_path / "a.xyz"
    np.savetxt(source, cloud())
    (tmp_path / "a.pcb").write_bytes(b"old")
    with pytest.raises(InputError, match="exists; pass overwrite=True"):
        codec.encode_file(source)
    assert (tmp_path / "a.pcb").read_bytes() == b"old"
    codec.encode_file(source, overwrite=True)
    (tmp_path / "a.ply").write_bytes(b"old")
    with pytest.raises(InputError, match="exists; pass overwrite=True"):
        codec.decode_file(tmp_path / "a.pcb")
    assert (tmp_path / "a.ply").read_bytes() == b"old"
    assert codec.decode_file(tmp_path / "a.pcb", overwrite=True).stat().st_size > 100


def test_what_fails_leaves_nothing(tiny: Model, residual: Model, cloud: Any, tmp_path: Path) -> None:
    codec = Codec(tiny)
    (tmp_path / "bad.xyz").write_text("1 2\n")
    np.savetxt(tmp_path / "good.xyz", cloud())
    (tmp_path / "cut.pcb").write_bytes(codec.encode(cloud())[:-1])
    (tmp_path / "other.pcb").write_bytes(Codec(residual).encode(cloud()))
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"bad\.xyz"):
        codec.encode_file(tmp_path / "bad.xyz")
    with pytest.raises(InputError, match=r"nope\.xyz: no such file"):
        codec.encode_file(tmp_path / "nope.xyz")
    with pytest.raises(InputError, match=r"the name of a point cloud; name a \.pcb file"):
        codec.encode_file(tmp_path / "good.xyz", tmp_path / "out.ply")
    with pytest.raises(InputError, match="source: int; pass a path"):
        codec.encode_file(5)  # type: ignore[arg-type]
    with pytest.raises(FormatError):
        codec.decode_file(tmp_path / "cut.pcb")
    with pytest.raises(ModelMismatch):
        codec.decode_file(tmp_path / "other.pcb")
    with pytest.raises(FileNotFoundError):
        codec.decode_file(tmp_path / "nope.pcb")
    assert set(tmp_path.iterdir()) == before
