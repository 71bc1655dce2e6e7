"""What sets are read from: every form gives the same clouds, however it is cut."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fleet_helpers import clouds, write_tar

import pcbin
from pcbin.errors import InputError
from pcbin.fleet.places import Place
from pcbin.fleet.sources import Fields, Row, parts_of, source_of
from pcbin.formats.clouds import write_cloud
from pcbin.modalities import Reading
from pcbin.modalities.clouds import CLOUDS


def read(url: object, size: int = 7, fields: Fields | None = None) -> list[Row]:
    """All rows of a set, cut in parts of `size`."""
    place, fields = Place(str(url)), fields or Fields()
    found: list[Row] = []
    for part in parts_of(place, place.entries(), size, fields, CLOUDS):
        rows = list(source_of(part.kind).rows(place, part, fields, CLOUDS, None))
        assert part.count in (None, len(rows))
        assert part.kind in ("tar", "files") or [row.number for row in rows] == list(
            range(part.first, part.first + len(rows))
        )
        found += rows
    return found


def check(rows: list[Row], wanted: Any, names: Any = None) -> None:
    assert len(rows) == len(wanted)
    for row, points in zip(rows, wanted, strict=True):
        np.testing.assert_array_equal(np.asarray(row.array, np.float32), points)
    assert [row.name for row in rows] == (names or [None] * len(wanted))


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("kind", ["npy", "npz", "packed"])
def test_stacks(tmp_path: Path, kind: str, size: int) -> None:
    wanted, names = clouds(20), [f"c{k}" for k in range(20)]
    if kind == "npy":
        np.save(tmp_path / "a.npy", wanted)
        check(read(tmp_path / "a.npy", size), wanted)
        return
    save = np.savez if kind == "npz" else np.savez_compressed
    save(tmp_path / "a.npz", points=wanted, name=np.array(names), others=wanted[::-1])
    check(read(tmp_path, size), wanted, names)
    check(read(tmp_path, size, Fields(Reading(array="others"))), wanted[::-1], names)


def test_stacks_that_are_none(tmp_path: Path) -> None:
    one = clouds(1)[0]
    np.save(tmp_path / "one.npy", one)
    check(read(tmp_path), [one], ["one.npy"])
    np.save(tmp_path / "f.npy", np.asfortranarray(clouds(3)))
    with pytest.raises(InputError, match="ascontiguousarray"):
        read(tmp_path / "f.npy")
    np.save(tmp_path / "f.npy", clouds(30))
    data = (tmp_path / "f.npy").read_bytes()
    (tmp_path / "f.npy").write_bytes(data[:-1])
    with pytest.raises(InputError, match="ends before cloud 29"):
        read(tmp_path / "f.npy")


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tars(tmp_path: Path, mode: str) -> None:
    wanted = clouds(10)
    path = tmp_path / ("a.tar.gz" if mode == "w:gz" else "a.tar")
    write_tar(path, wanted, mode=mode)
    check(read(tmp_path), wanted, [f"{k:04d}.ply" for k in range(10)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"not a sound tar|ends too early"):
        read(tmp_path)


def test_a_tar_without_its_end(tmp_path: Path) -> None:
    """Cut between two members, which the tarfile module takes for the end."""
    path = tmp_path / "a.tar"
    write_tar(path, clouds(10))
    with tarfile.open(path) as tar:
        cut = tar.getmembers()[8].offset
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="ends too early"):
        read(tmp_path)


def test_folders(tmp_path: Path) -> None:
    wanted = clouds(10)
    for k, points in enumerate(wanted):
        folder = tmp_path / f"{k // 4}"
        folder.mkdir(exist_ok=True)
        with (folder / f"{k}.ply").open("wb") as file:
            write_cloud(file, points, "ply")
        (folder / f"{k}.json").write_text("{}")
        (folder / f".{k}.ply").write_text("hidden")
    names = [f"{k // 4}/{k}.ply" for k in range(10)]
    check(read(tmp_path, 3), wanted, names)
    (tmp_path / "0" / "1.ply").write_text("bad")
    rows = read(tmp_path, 3)
    assert [isinstance(row.error, InputError) for row in rows] == [k == 1 for k in range(10)]
    with pytest.raises(InputError, match="no clouds, tables"):
        parts_of(Place(str(tmp_path)), [], 3, Fields(), CLOUDS)
    with pytest.raises(InputError, match="no such file"):
        Place(str(tmp_path / "nothing")).entries()


def test_archives(tmp_path: Path) -> None:
    """What they decode to, in batches or one by one, with names; each file of one object is one."""
    wanted = clouds(70)
    with pcbin.open(tmp_path / "some.pcb", "w", model="tiny", warn=False, effort=0) as archive:
        archive.extend(wanted, [{"name": f"c{k}"} if k % 2 else None for k in range(70)])
    (tmp_path / "one.pcb").write_bytes(pcbin.compress(wanted[0], model="tiny", warn=False))
    with pcbin.open(tmp_path / "some.pcb") as archive:
        decoded = list(archive)
    names = [f"c{k}" if k % 2 else None for k in range(70)]
    for size in (7, 100):
        rows = read(tmp_path / "some.pcb", size)
        for row, cloud in zip(rows, decoded, strict=True):  # in other batches, sums are in another order
            np.testing.assert_allclose(row.array, cloud, rtol=1e-5, atol=1e-5 * np.ptp(cloud))
        assert [row.name for row in rows] == names
    one, *others = read(tmp_path)
    np.testing.assert_array_equal(one.array, pcbin.decompress((tmp_path / "one.pcb").read_bytes()))
    assert [row.name for row in others] == names
    with (tmp_path / "one.ply").open("wb") as file:  # then the others are its codes, and of no interest
        write_cloud(file, wanted[0], "ply")
    check(read(tmp_path), wanted[:1], ["one.ply"])


def test_archives_that_are_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pcbin.open(tmp_path / "some.pcb", "w", model="tiny", warn=False, effort=0) as archive:
        archive.extend(clouds(20))
    data = (tmp_path / "some.pcb").read_bytes()
    (tmp_path / "some.pcb").write_bytes(data[:-5])
    with pytest.raises(InputError, match=r"some\.pcb: "):
        read(tmp_path)
    place = Place(str(tmp_path))
    (tmp_path / "some.pcb").write_bytes(data)
    [part] = parts_of(place, place.entries(), 100, Fields(), CLOUDS)
    (tmp_path / "some.pcb").write_bytes(data[:60] + bytes([data[60] ^ 1]) + data[61:])
    with pytest.raises(InputError, match="CRC-32"):
        list(source_of(part.kind).rows(place, part, Fields(), CLOUDS, None))
    (tmp_path / "some.pcb").write_bytes(data)
    monkeypatch.setenv("PCBIN_MODELS", str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="no installed model"):
        list(source_of(part.kind).rows(place, part, Fields(), CLOUDS, None))


def test_urls(tmp_path: Path) -> None:
    """What fsspec opens is read as files are."""
    pytest.importorskip("fsspec")
    wanted = clouds(10)
    np.save(tmp_path / "a.npy", wanted)
    np.savez_compressed(tmp_path / "b.npz", points=wanted)
    write_tar(tmp_path / "c.tar", wanted)
    with (tmp_path / "d.xyz").open("wb") as file:
        write_cloud(file, wanted[0], "xyz")
    rows = read(f"file://{tmp_path}", 4)
    names = [None] * 20 + [f"{k:04d}.ply" for k in range(10)] + ["d.xyz"]
    check(rows, [*wanted, *wanted, *wanted, wanted[0]], names)
    check(read(f"file://{tmp_path}/a.npy"), wanted)
    with pytest.raises(InputError, match="install what opens it"):
        Place("nothing-known://a").entries()


def columns() -> list[str]:
    return ["fixed", "list", "large", "triples", "fixed triples", "structs", "tensor"]


def column_of(pa: Any, kind: str, arrays: Any) -> Any:
    """(S, P, 3) as an Arrow array."""
    rows = [points.reshape(-1) for points in arrays]
    if kind == "fixed":
        return pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(rows)), len(rows[0]))
    if kind in ("list", "large"):
        make = pa.list_ if kind == "list" else pa.large_list
        return pa.array(rows, make(pa.float32()))
    if kind == "structs":
        maps = [[dict(zip("xyz", map(float, point), strict=True)) for point in points] for points in arrays]
        return pa.array(maps, pa.list_(pa.struct([(axis, pa.float32()) for axis in "xyz"])))
    if kind == "tensor":
        return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(arrays))
    inner = pa.list_(pa.float32()) if kind == "triples" else pa.list_(pa.float32(), 3)
    return pa.array([points.tolist() for points in arrays], pa.list_(inner))


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("kind", columns())
def test_tables(tmp_path: Path, kind: str, suffix: str) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    wanted = clouds(40, points=50)
    table = pa.table({"id": [f"c{k}" for k in range(40)], "points": column_of(pa, kind, wanted)})
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path, row_group_size=9)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=9)
    for size in (4, 13, 100):
        check(read(tmp_path, size), wanted)
    check(read(path, 7, Fields(name_column="id")), wanted, [f"c{k}" for k in range(40)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="not a sound table"):
        read(path)


def test_rows_and_columns_without_clouds(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    rows = [[1.0, 2, 3, 4, 5, 6], None, [], [1.0, 2], [7.0, 8, 9]]
    pq.write_table(pa.table({"xyz": rows, "n": [1, 2, 3, 4, 5]}), tmp_path / "a.parquet")
    found = read(tmp_path)
    assert [row.error is None for row in found] == [True, False, False, False, True]
    np.testing.assert_array_equal(found[0].array, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(found[4].array, [[7, 8, 9]])
    with pytest.raises(InputError, match="no column 'q' among xyz, n"):
        read(tmp_path, 7, Fields(column="q"))
    with pytest.raises(InputError, match="points are lists"):
        read(tmp_path, 7, Fields(column="n"))
    pq.write_table(pa.table({"a": rows, "b": rows}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match="name one: --column"):
        read(tmp_path)
    assert len(read(tmp_path, 7, Fields(column="b"))) == 5
