"""Archives as tables of Arrow and Parquet, and back: the same bytes where one writer wrote both."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import arrow
from pcbin.arrays import Pose
from pcbin.errors import FormatError, InputError, MissingDependency, ModelMismatch, ModelNotFound
from pcbin.formats import pcb
from pcbin.formats.clouds import write_cloud

ID, OTHER = bytes(range(8)), bytes(range(8, 16))
NOTES: dict[str, list[Any]] = {
    "none": [None],
    "names": [{"name": "a"}, None, {"name": "b/c.ply"}],
    "json": [{"name": "ä", "label": 3, "tags": ["x", None, 1.5]}, {"label": -1}, None],
    "msgpack": [{"name": "a", "sha256": b"\x00\xff"}, {"name": b"\xff.ply"}, {"x": float("inf")}],
}
KINDS = ["plain", "float32", "float64", "rotated", "mixed", "empty"]


@pytest.fixture
def pa() -> Any:
    return pytest.importorskip("pyarrow")


def write(path: Path, kind: str, notes: list[Any], count: int = 9) -> bytes:
    """An archive; its bytes."""
    rng = np.random.default_rng(1)
    pose: Any = {"plain": "none", "float32": "float32"}.get(kind, "float64")
    wanted: Any = {"mixed": kind == "mixed", "rotated": kind in ("rotated", "empty")}
    about = {"by": "me", "digest": b"\x01"} if kind == "mixed" else {"by": "me"}
    with pcb.create_archive(path, model_id=ID, code_bits=64, pose=pose, metadata=about, **wanted) as writer:
        for row in range(0 if kind == "empty" else count):
            size = 8 - row // 3 if kind == "mixed" else 8
            turn = (0.0, 0.6, 0.0, 0.8) if kind == "rotated" and row % 2 else None
            x, y, z = rng.normal(size=3).astype(np.float32).tolist()
            writer.add(
                pcb.Record(
                    pcb.code_from_bytes(rng.bytes(size)),
                    None if pose == "none" else Pose((x, y, z), 0.5 + row, turn),
                    notes[row % len(notes)] or {},
                    OTHER if kind == "mixed" and row % 4 == 3 else None,
                )
            )
    return path.read_bytes()


def records(path: Path) -> list[pcb.Record]:
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        return list(reader)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", None])
@pytest.mark.parametrize("notes", NOTES)
@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(tmp_path: Path, pa: Any, kind: str, notes: str, suffix: str | None) -> None:
    path, back = tmp_path / "a.pcb", tmp_path / "b.pcb"
    data = write(path, kind, NOTES[notes])
    table = pcbin.to_arrow(path)
    if suffix is not None:
        arrow.write_table(table, tmp_path / f"t{suffix}")
        table = arrow.read_table(tmp_path / f"t{suffix}")
    assert pcbin.from_arrow(table, back) == table.num_rows == (0 if kind == "empty" else 9)
    assert records(back) == records(path)
    assert back.read_bytes() == data


def test_columns(tmp_path: Path, pa: Any) -> None:
    write(tmp_path / "a.pcb", "rotated", NOTES["json"])
    table = pcbin.to_arrow(tmp_path / "a.pcb")
    assert table.schema.field("code").type == pa.binary(8)
    assert table.column_names == ["name", "code", "center", "scale", "rotation", "metadata"]
    assert table.schema.metadata[b"pcbin.model"] == ID.hex().encode()
    assert json.loads(table.schema.metadata[b"pcbin.metadata"]) == {"by": "me"}
    assert table["name"].to_pylist()[:3] == ["ä", None, None]
    assert json.loads(table["metadata"][0].as_py()) == {"label": 3, "tags": ["x", None, 1.5]}
    with pcb.ArchiveReader(tmp_path / "a.pcb") as reader:
        codes = np.frombuffer(b"".join(table["code"].to_pylist()), np.uint8).reshape(-1, 8)
        np.testing.assert_array_equal(codes, reader.codes())
    write(tmp_path / "b.pcb", "mixed", NOTES["none"])
    table = pcbin.to_arrow(tmp_path / "b.pcb")
    assert table.column_names == ["name", "code", "model", "center", "scale"]
    assert table.schema.field("code").type == pa.binary()
    assert set(table["model"].to_pylist()) == {ID, OTHER}


def test_many_chunks(tmp_path: Path, pa: Any) -> None:
    data = write(tmp_path / "a.pcb", "rotated", NOTES["json"], 9000)
    pcbin.from_arrow(pcbin.to_arrow(tmp_path / "a.pcb"), tmp_path / "b.pcb")
    assert (tmp_path / "b.pcb").read_bytes() == data


def test_files_of_one_cloud(tmp_path: Path, pa: Any) -> None:
    record = pcb.Record(pcb.code_from_bytes(b"12345678"), Pose((1.0, 2.0, 3.0), 4.0), {"name": "x", "n": 1})
    data = pcb.dumps(record.code, ID, pose=record.pose, metadata=record.metadata)
    pcbin.from_arrow(pcbin.to_arrow(io.BytesIO(data)), tmp_path / "a.pcb")
    assert records(tmp_path / "a.pcb") == [record]


def test_entropy_coded(tmp_path: Path, pa: Any, cloud: Callable[..., Any]) -> None:
    """Codes come out decoded, so the archive that they go to is not entropy coded."""
    clouds = [cloud(seed=seed) for seed in range(4)]
    with pcbin.open(tmp_path / "a.pcb", "w", model="chair", effort=0, entropy=True, warn=False) as archive:
        archive.extend(clouds)
    pcbin.from_arrow(pcbin.to_arrow(tmp_path / "a.pcb"), tmp_path / "b.pcb")
    with pcbin.open(tmp_path / "a.pcb") as old, pcbin.open(tmp_path / "b.pcb") as new:
        assert list(old.records()) == list(new.records())
        assert len(new[3]) == 2048


def test_tables_of_others(tmp_path: Path, pa: Any) -> None:
    """Without what pcbin says in a schema, with other types of columns, and columns of a user's own."""
    columns = {
        "code": pa.array([b"1234", b"5678"], pa.large_binary()),
        "center": pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32())),
        "scale": pa.array([1, 2], pa.int32()),
        "rotation": pa.array([None, [0.0, 0.6, 0.0, 0.8]], pa.list_(pa.float64())),
        "label": pa.array([7, None]),
        "metadata": pa.array(['{"a": [1]}', None]),
    }
    table, path = pa.table(columns), tmp_path / "a.pcb"
    with pytest.raises(InputError, match="which model"):
        pcbin.from_arrow(table, path)
    model = pcbin.load_model("chair")
    pcbin.from_arrow(table, path, model=model, metadata={"of": "others"})
    one, two = records(path)
    assert (one.pose, one.metadata) == (Pose((1.0, 2.0, 3.0), 1.0), {"a": [1], "label": 7})
    assert two.pose is not None
    assert two.pose.rotation == pytest.approx((0.0, 0.6, 0.0, 0.8), abs=1e-4)
    assert two.metadata == {}
    assert pcb.code_to_bytes(two.code) == b"5678"
    with pcbin.open(path) as archive:
        assert (archive.model_id, archive.metadata) == (model.id, {"of": "others"})
    pcbin.from_arrow(table.drop_columns(["center"]), path, model="chair", overwrite=True)
    assert records(path)[0].pose is None
    lengths = pa.table({"code": [b"1234", b"56"], "model": [ID, ID], "name": ["a", "b"]})
    pcbin.from_arrow(lengths, path, overwrite=True)
    assert [len(one.code) for one in records(path)] == [32, 16]


WRONG: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "no table": (lambda pa, t: 3, "pass a table of Arrow"),
    "no codes": (lambda pa, t: t.drop_columns(["code"]), "no column 'code'"),
    "codes twice": (lambda pa, t: t.append_column("code", t["code"]), "several columns 'code'"),
    "texts": (lambda pa, t: t.set_column(1, "code", pa.array(["a"] * 9)), "codes of type string"),
    "a missing code": (lambda pa, t: t.set_column(1, "code", pa.array([None] * 9, "binary")), "without a co"),
    "empty codes": (lambda pa, t: t.set_column(1, "code", pa.array([b""] * 9)), "bits"),
    "a missing center": (
        lambda pa, t: t.set_column(2, "center", pa.array([None, *[[1.0, 2, 3]] * 8])), "row 0 has no center"
    ),
    "flat centers": (lambda pa, t: t.set_column(2, "center", pa.array([[1.0, 2]] * 9)), "centers"),
    "no scale": (lambda pa, t: t.drop_columns(["scale"]), "none 'scale'"),
    "names": (lambda pa, t: t.set_column(0, "name", pa.array([3] * 9)), "a name that is int"),
    "notes": (lambda pa, t: t.append_column("metadata", pa.array(["[1]"] * 9)), "row 0: list, not a map"),
    "no notes": (lambda pa, t: t.append_column("metadata", pa.array(["{"] * 9)), "not metadata"),
    "bad notes": (lambda pa, t: t.append_column("metadata", pa.array([b"\xc1"] * 9)), "not valid msgpack"),
    "deep notes": (
        lambda pa, t: t.append_column("metadata", pa.array(['{"a":' + "[" * 10**5] * 9)), "not metadata"
    ),
    "schema": (lambda pa, t: t.replace_schema_metadata({b"pcbin.model": b"no"}), "none of pcbin's"),
    "about": (lambda pa, t: t.replace_schema_metadata({b"pcbin.archive": b"[1]"}), "none of pcbin's"),
    "times": (lambda pa, t: t.append_column("t", pa.array([0] * 9, "date32")), "cannot store date"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_refused(tmp_path: Path, pa: Any, wrong: str) -> None:
    write(tmp_path / "a.pcb", "float64", NOTES["names"])
    table = pcbin.to_arrow(tmp_path / "a.pcb")
    change, message = WRONG[wrong]
    with pytest.raises((InputError, FormatError), match=message):
        pcbin.from_arrow(change(pa, table), tmp_path / "b.pcb")
    assert not (tmp_path / "b.pcb").exists()


def test_models_and_files_are_checked(tmp_path: Path, pa: Any) -> None:
    write(tmp_path / "a.pcb", "plain", NOTES["none"])
    table = pcbin.to_arrow(tmp_path / "a.pcb")
    with pytest.raises(ModelMismatch, match=ID.hex()):
        pcbin.from_arrow(table, tmp_path / "b.pcb", model="chair")
    with pytest.raises(ModelNotFound):
        pcbin.from_arrow(table, tmp_path / "b.pcb", model="nothing")
    with pytest.raises(InputError, match="exists"):
        pcbin.from_arrow(table, tmp_path / "a.pcb")
    with pytest.raises(InputError, match=r"\.parquet"):
        arrow.write_table(table, tmp_path / "a.csv")
    arrow.write_table(table, tmp_path / "a.parquet")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    (tmp_path / "a.parquet").write_bytes(data[:-20])
    with pytest.raises(InputError, match="not a sound table"):
        arrow.read_table(tmp_path / "a.parquet")
    (tmp_path / "a.arrow").write_bytes(data)
    with pytest.raises(InputError, match="not a sound table"):
        arrow.read_table(tmp_path / "a.arrow")


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.pcb", "plain", NOTES["none"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependency, match=r"pip install 'pcbin\[parquet\]'"):
        pcbin.to_arrow(tmp_path / "a.pcb")
    with pytest.raises(MissingDependency):
        pcbin.from_arrow(None, tmp_path / "b.pcb")


def test_shards_have_the_same_columns(tmp_path: Path, pa: Any, cloud: Callable[..., Any]) -> None:
    """What `encode-dataset --format parquet` writes is what an archive of the same clouds becomes."""
    from click.testing import CliRunner

    from pcbin.cli.program import program

    (tmp_path / "in").mkdir()
    for seed in range(3):
        with (tmp_path / "in" / f"{seed}.ply").open("wb") as file:
            write_cloud(file, cloud(seed=seed), "ply")
    for model, orient in (("chair", "keep"), ("auto", "auto")):
        for kind in ("parquet", "pcb"):
            command = ["encode-dataset", tmp_path / "in", "-o", tmp_path / f"{model}-{kind}", "--workers", 1]
            options = ["--model", model, "--format", kind, "--orient", orient, "--effort", 0]
            result = CliRunner().invoke(program, [str(word) for word in (*command, *options)])
            assert result.exit_code == 0, result.output
        [shard] = (tmp_path / f"{model}-parquet").glob("*.parquet")
        [archive] = (tmp_path / f"{model}-pcb").glob("*.pcb")
        table, wanted = arrow.read_table(shard), pcbin.to_arrow(archive)
        assert table["row"].to_pylist() == [0, 1, 2]
        assert table.drop_columns(["row"]).schema.equals(wanted.schema)
        for key in (b"pcbin.model", b"pcbin.archive"):
            assert table.schema.metadata[key] == wanted.schema.metadata[key]
        pcbin.from_arrow(table.drop_columns(["row"]), tmp_path / f"{model}.pcb")
        assert records(tmp_path / f"{model}.pcb") == records(archive)
