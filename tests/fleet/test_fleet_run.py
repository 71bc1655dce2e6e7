"""Runs over sets: what shards hold, what is done again, what the manifest says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from fleet_helpers import clouds, contents, manifest, run, write_tar

import pcbin
from pcbin.codec import Codec
from pcbin.formats import pcb


def test_shards_hold_the_codes_of_the_clouds(tmp_path: Path) -> None:
    wanted = clouds(50)
    np.save(tmp_path / "a.npy", wanted)
    result = run(tmp_path / "a.npy", "-o", tmp_path / "out", "--shard-size", 20)
    assert "50 clouds in 3 shards" in result.stdout
    codes, poses = Codec("tiny", effort=0).codes(wanted)
    found = manifest(tmp_path / "out")
    assert (found["clouds"], found["failed"], len(found["shards"])) == (50, 0, 3)
    at = 0
    for shard in found["shards"]:
        path = tmp_path / "out" / shard["file"]
        assert path.stat().st_size == shard["bytes"]
        with pcbin.open(path) as archive:
            archive.verify()
            assert (shard["first"], shard["stop"]) == (at, at + len(archive))
            np.testing.assert_array_equal(archive.codes(), codes[at : at + len(archive)])
            for record, pose in zip(archive.records(), poses[at:], strict=False):
                assert record.pose is not None
                assert pose is not None
                np.testing.assert_array_equal(record.pose.center, pose.center)
            at += len(archive)
    assert at == 50
    names = [shard["file"] for shard in found["shards"]]
    assert names == sorted(names)
    assert contents(tmp_path / "out").keys() == {"manifest.json", *names}


def test_archives_are_encoded_anew(tmp_path: Path) -> None:
    with pcbin.open(tmp_path / "old.pcb", "w", model="tiny", warn=False, effort=0) as archive:
        archive.extend(clouds(30), [{"name": f"c{k}"} for k in range(30)])
    run(tmp_path / "old.pcb", "-o", tmp_path / "out", "--shard-size", 20)
    with pcbin.open(tmp_path / "old.pcb") as archive:
        codes, _ = Codec("tiny", effort=0).codes(archive)
    found: list[bytes] = []
    names = []
    for shard in manifest(tmp_path / "out")["shards"]:
        with pcbin.open(tmp_path / "out" / shard["file"]) as archive:
            found += [row.tobytes() for row in archive.codes()]
            names += [record.metadata["name"] for record in archive.records()]
    assert names == [f"c{k}" for k in range(30)]
    assert found == [row.tobytes() for row in codes]


def test_a_damaged_archive_stops_nothing(tmp_path: Path) -> None:
    """The others are encoded; once it is whole the same command does the rest, to the bytes of one run."""
    source = tmp_path / "in"
    source.mkdir()
    for name, seed in (("a", 0), ("b", 1)):
        with pcbin.open(source / f"{name}.pcb", "w", model="tiny", warn=False, effort=0) as archive:
            archive.extend(clouds(30, seed=seed))
    run(source, "-o", tmp_path / "whole", "--shard-size", 20)
    good, stat = (source / "b.pcb").read_bytes(), (source / "b.pcb").stat()
    (source / "b.pcb").write_bytes(good[:30])
    said = run(source, "-o", tmp_path / "out", "--shard-size", 20, code=1)
    assert "b.pcb" in said.stderr
    assert sum(shard["clouds"] for shard in manifest(tmp_path / "out")["shards"]) == 30
    (source / "b.pcb").write_bytes(good)
    os.utime(source / "b.pcb", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    run(source, "-o", tmp_path / "out", "--shard-size", 20)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_is_there_and_sound_is_not_made_again(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", clouds(50))
    out = tmp_path / "out"
    command = (tmp_path / "a.npy", "-o", out, "--shard-size", 20)
    run(*command)
    before = contents(out)
    first, second, third = (out / shard["file"] for shard in manifest(out)["shards"])
    second.unlink()
    third.write_bytes(third.read_bytes()[:-1] + b"?")
    time = first.stat().st_mtime_ns
    result = run(*command)
    assert "20 of 50 skipped" in result.stderr
    assert first.stat().st_mtime_ns == time
    assert contents(out) == before
    run(*command, "--bits", 16)  # as by default, but asked for: another recipe
    assert "3 files of other runs" in run(*command).stderr


def test_other_inputs_and_options_are_other_shards(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", clouds(5))
    names = set()
    for options in ((), ("--seed", 1), ("--no-pose",), ("--up", "z"), ("--format", "parquet")):
        if "parquet" in options:
            pytest.importorskip("pyarrow")
        out = tmp_path / "-".join(map(str, ("out", *options)))
        run(tmp_path / "a.npy", "-o", out, *options)
        [shard] = manifest(out)["shards"]
        names.add(shard["file"].rpartition("-")[2].partition(".")[0])
    np.save(tmp_path / "a.npy", clouds(5, seed=1))
    run(tmp_path / "a.npy", "-o", tmp_path / "other")
    names.add(manifest(tmp_path / "other")["shards"][0]["file"].rpartition("-")[2].partition(".")[0])
    assert len(names) == 6


def test_bad_clouds_are_left_out_and_listed(tmp_path: Path) -> None:
    wanted = clouds(30)
    wanted[7, 0, 0] = np.nan
    wanted[25] = np.inf
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "a.npy", wanted)
    (tmp_path / "in" / "b.tar").write_text("no tar at all")
    out = tmp_path / "out"
    command = (tmp_path / "in", "-o", out, "--shard-size", 20)
    result = run(*command, code=1)
    assert "not a sound tar" in result.stderr
    found = manifest(out)
    assert [shard["failed"] for shard in found["shards"]] == [[7], [25], []]
    assert found["shards"][0]["reasons"][0].startswith("row 7: ")
    assert found["shards"][2]["file"] is None
    assert "sound tar" in found["shards"][2]["error"]
    assert (found["clouds"], found["failed"]) == (28, 2)
    run(*command, code=1)
    assert manifest(out) == found  # also where it is read from the shards
    (tmp_path / "in" / "b.tar").unlink()
    run(*command, "--drop-nan", code=1)  # all of cloud 25 is dropped
    assert manifest(out)["clouds"] == 29


def test_names_are_kept(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", clouds(5))
    result = run(tmp_path / "a.tar", "-o", tmp_path / "out", "--json")
    assert json.loads(result.stdout)["clouds"] == 5
    [shard] = manifest(tmp_path / "out")["shards"]
    with pcb.ArchiveReader(tmp_path / "out" / shard["file"]) as reader:
        assert [record.metadata["name"] for record in reader] == [f"{k:04d}.ply" for k in range(5)]
        assert reader.metadata["shard"]["source"] == "a.tar"


def test_tables_of_codes(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    wanted = clouds(20)
    wanted[3] = np.nan
    table = {"points": [points.reshape(-1) for points in wanted], "id": [f"c{k}" for k in range(20)]}
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    command = (tmp_path / "a.parquet", "-o", tmp_path / "out", "--format", "parquet", "--name-column", "id")
    run(*command, code=1)
    [shard] = manifest(tmp_path / "out")["shards"]
    path = tmp_path / "out" / shard["file"]
    found = pq.read_table(path)
    assert found.schema.field("code").type == pa.binary(2)
    assert found["row"].to_pylist() == [k for k in range(20) if k != 3]
    assert found["name"].to_pylist() == [f"c{k}" for k in range(20) if k != 3]
    good = wanted[np.arange(20) != 3]
    codec = Codec("tiny", effort=0)
    codes, poses = codec.codes(good)
    assert found["code"].to_pylist() == [code.tobytes() for code in codes]
    assert found["scale"].to_pylist() == [pose.scale for pose in poses if pose is not None]
    time = path.stat().st_mtime_ns
    run(*command, code=1)
    assert path.stat().st_mtime_ns == time
    data = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(2)  # the codes; checksums are of pages
    data[(column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 3] ^= 1
    path.write_bytes(data)
    run(*command, code=1)
    assert path.read_bytes() != bytes(data)


def test_places_that_fsspec_opens(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    np.save(tmp_path / "a.npy", clouds(10))
    run(f"file://{tmp_path}/a.npy", "-o", f"file://{tmp_path}/out", "--shard-size", 6)
    run(tmp_path / "a.npy", "-o", tmp_path / "here", "--shard-size", 6)
    there, here = (
        [shard["sha256"] for shard in manifest(tmp_path / out)["shards"]] for out in ("out", "here")
    )
    assert len(there) == len(here) == 2
    assert (
        "10 of 10 skipped"
        in run(f"file://{tmp_path}/a.npy", "-o", f"file://{tmp_path}/out", "--shard-size", 6).stderr
    )


def test_what_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", clouds(3))
    source, out = tmp_path / "a.npy", tmp_path / "out"
    assert "--engine ray" in run(source, "-o", out, "--address", "auto", code=2).stderr
    assert "for archives" in run(source, "-o", out, "--entropy", "--format", "parquet", code=2).stderr
    assert "carries no table" in run(source, "-o", out, "--entropy", code=1).stderr
    assert "no such file" in run(tmp_path / "b.npy", "-o", out, code=1).stderr
    assert "no clouds, tables" in run(source, "-o", out, "--exclude", "*.npy", code=1).stderr
    (tmp_path / "file").write_text("")
    assert "is a file" in run(source, "-o", tmp_path / "file", code=1).stderr
