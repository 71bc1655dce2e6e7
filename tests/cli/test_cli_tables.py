"""`pcbin export` and `pcbin import`."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_helpers import documents, run, write_xyz

from pcbin.formats import pcb


@pytest.fixture
def archive(here: Path) -> Path:
    pytest.importorskip("pyarrow")
    for seed in range(3):
        write_xyz(f"in/{seed}.xyz", seed)
    run("encode", "in", "-o", "a.pcb", "-q", "--metadata", "by=me")
    return here


def test_there_and_back(archive: Path) -> None:
    for suffix in ("parquet", "arrow", "feather"):
        [document] = documents(run("export", "a.pcb", "-o", f"a.{suffix}", "--json"))
        size = Path(f"a.{suffix}").stat().st_size
        assert document["columns"][:2] == ["name", "code"]
        assert (document["clouds"], document["bytes"]) == (3, size)
        result = run("import", f"a.{suffix}", "-o", "b.pcb", "-f")
        assert result.stdout.startswith(f"a.{suffix} -> b.pcb\n  3 clouds, ")
        assert Path("b.pcb").read_bytes() == Path("a.pcb").read_bytes()
    assert run("export", "a.pcb", "-o", "c.arrow").stdout.startswith("a.pcb -> c.arrow\n  3 clouds, ")


def test_tables_of_a_database(archive: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    run("export", "a.pcb", "-o", "a.parquet", "-q")
    table = pq.read_table("a.parquet").select(["name", "code"]).replace_schema_metadata(None)
    pq.write_table(table.slice(1).append_column("price", pa.array([3, 4])), "b.parquet")
    assert "name it (model=, --model)" in run("import", "b.parquet", "-o", "b.pcb", code=1).stderr
    run("import", "b.parquet", "-o", "b.pcb", "--model", "tiny", "--metadata", "by=you")
    with pcb.ArchiveReader("b.pcb") as reader:
        assert reader.metadata == {"by": "you"}
        assert [one.metadata for one in reader] == [
            {"name": "1.xyz", "price": 3},
            {"name": "2.xyz", "price": 4},
        ]


def test_refused(archive: Path) -> None:
    assert ".parquet, .arrow" in run("export", "a.pcb", "-o", "a.csv", code=1).stderr
    run("export", "a.pcb", "-o", "a.arrow", "-q")
    assert "exists; pass -f" in run("export", "a.pcb", "-o", "a.arrow", code=1).stderr
    assert "exists; pass -f" in run("import", "a.arrow", "-o", "a.pcb", code=1).stderr
    assert "no such file" in run("import", "none.parquet", "-o", "b.pcb", code=1).stderr
    assert "named like" in run("import", "a.arrow", "-o", "b.ply", code=2).stderr
    assert "name them" in run("export", "-", "-o", "b.arrow", code=2).stderr
    assert "name them" in run("import", "a.arrow", "-o", "-", code=2).stderr
    Path("bad.parquet").write_bytes(b"PAR1")
    assert "not a sound table" in run("import", "bad.parquet", "-o", "b.pcb", code=1).stderr


@pytest.mark.parametrize(
    "command",
    [
        ("encode", "s3://a/b.ply"),
        ("decode", "a.pcb", "-o", "s3://a/b.ply"),
        ("export", "-o", "gs://a", "a.pcb"),
    ],
)
def test_commands_refuse_urls(here: Path, command: tuple[str, ...]) -> None:
    assert "a URL, and pcbin" in run(*command, code=2).stderr
