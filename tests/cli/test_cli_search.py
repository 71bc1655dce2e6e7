"""`pcbin index`, `similar`, `dupes` and `id`: a folder of shapes, with copies among them."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import documents, run
from scipy.spatial.transform import Rotation

import pcbin
from pcbin.search import canonical


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MODEL", "tiny")


def box(sides: Any, n: int, seed: int) -> Any:
    """(n, 3) points on three faces of a box, a shape without symmetry."""
    rng = np.random.default_rng(seed)
    points = rng.random((n, 3))
    points[np.arange(n), rng.choice(3, n, p=[0.2, 0.3, 0.5])] = 0
    return points * sides


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shapes, and a copy of one of them."""
    made = tmp_path / "parts"
    (made / "old").mkdir(parents=True)
    np.save(made / "plate.npy", box([3, 2, 0.3], 800, 0))
    np.save(made / "cube.npy", box([1, 1.1, 1.3], 800, 1))
    np.save(made / "beam.npy", box([8, 1, 0.7], 800, 2))
    turn = Rotation.random(random_state=5).as_matrix()
    np.save(made / "old" / "=plate.npy", 4 * box([-3, 2, 0.3], 700, 3) @ turn.T + 9)
    return made


def test_index_reads_only_what_has_changed(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "parts.pcb"

    def changes() -> dict[str, Any]:
        [found] = documents(run("index", str(folder), "-o", str(target), "--json"))
        return {key: found[key] for key in ("shapes", "encoded", "kept", "dropped", "failed")}

    assert changes() == {"shapes": 4, "encoded": 4, "kept": 0, "dropped": 0, "failed": 0}
    before = target.read_bytes()
    assert changes() == {"shapes": 4, "encoded": 0, "kept": 4, "dropped": 0, "failed": 0}
    assert target.read_bytes() == before
    (folder / "beam.npy").rename(folder / "bar.npy")  # the same bytes under a new name
    os.utime(folder / "plate.npy", ns=(0, 0))
    (folder / "cube.npy").unlink()
    np.save(folder / "old" / "new.npy", box([1, 5, 9], 800, 4))
    assert changes() == {"shapes": 4, "encoded": 1, "kept": 3, "dropped": 2, "failed": 0}
    with pcbin.open(target) as archive:
        names = [metadata["name"] for metadata in archive.iter_metadata()]
        assert names == ["bar.npy", "old/=plate.npy", "old/new.npy", "plate.npy"]
        assert archive[0].shape == (256, 3)
        low, high = np.load(folder / "bar.npy").min(axis=0), np.load(folder / "bar.npy").max(axis=0)
        pose = archive.record(0).pose
        assert pose is not None
        assert np.abs(pose.center - (low + high) / 2).max() < 1  # its own place


def test_index_goes_on_after_a_bad_file(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.npy").write_bytes(b"nothing")
    done = run("index", str(folder), "-o", str(tmp_path / "a.pcb"), code=1)
    assert "bad.npy" in done.stderr
    assert "4 shapes" in done.stdout


def test_index_keeps_what_is_no_index(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.pcb"
    with pcbin.open(target, "w", model="tiny") as archive:
        archive.append(np.load(folder / "cube.npy"))
    data = target.read_bytes()
    done = run("index", str(folder), "-o", str(target), code=1)
    assert "no index" in done.stderr
    assert target.read_bytes() == data
    assert "name the index" in run("index", str(folder), code=2).stderr
    assert "is the archive itself" in run("index", str(target), "-o", str(target), code=1).stderr


def test_similar_puts_the_copy_first(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "parts.pcb"
    run("index", str(folder), "-o", str(target))
    found = documents(run("similar", str(folder / "plate.npy"), str(target), "-k", "3", "--json"))
    assert [one["name"] for one in found[:2]] == ["plate.npy", "old/=plate.npy"]
    assert found[0]["ratio"] == pytest.approx(0, abs=1e-3)
    assert found[1]["copy"]
    assert found[1]["mirrored"]
    assert not found[2]["copy"]
    transform = np.array(found[1]["transform"])  # lays the query over it
    assert abs(np.linalg.det(transform[:3, :3])) == pytest.approx(4**3, rel=0.1)
    table = run("similar", str(folder / "plate.npy"), str(target), "-k", "2").stdout
    assert "copy, mirrored" in table
    [first, *_] = documents(run("similar", str(folder / "plate.npy"), str(target), "--no-verify", "--json"))
    assert first["bits"] == 0
    assert "ratio" not in first


def test_dupes_shows_the_evidence(folder: Path, tmp_path: Path) -> None:
    """The same from the folder, from its index, and in files."""
    target = tmp_path / "parts.pcb"
    run("index", str(folder), "-o", str(target))
    from_folder = documents(run("dupes", str(folder), "--json"))
    [pair, summary] = documents(run("dupes", str(target), "--json"))
    assert summary["groups"] == summary["pairs"] == 1
    assert summary["shapes"] == 4
    assert (pair["first"], pair["second"]) == ("old/=plate.npy", "plate.npy")
    assert pair["ratio"] == from_folder[0]["ratio"]
    assert pair["mirrored"]
    assert pair["scale"] == pytest.approx(4, rel=0.05)
    assert not pair["decoded"]
    assert "mirrored" in run("dupes", str(target)).stdout
    run("dupes", str(target), "-o", str(tmp_path / "a.csv"))
    [row] = csv.DictReader((tmp_path / "a.csv").read_text().splitlines())
    assert row["first"] == "old/=plate.npy"
    run("dupes", str(target), "-o", str(tmp_path / "a.json"))
    assert json.loads((tmp_path / "a.json").read_text()) == [pair]
    assert "exists" in run("dupes", str(target), "-o", str(tmp_path / "a.json"), code=1).stderr
    assert "name a .csv" in run("dupes", str(target), "-o", "a.txt", code=2).stderr
    none = documents(run("dupes", str(target), "--ratio", "0.1", "--json"))
    assert none[0]["groups"] == 0


def test_dupes_has_pictures(folder: Path, tmp_path: Path) -> None:
    run("dupes", str(folder), "-o", str(tmp_path / "a.html"))
    page = (tmp_path / "a.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "=plate.npy" in page
    assert "<script" not in page


def test_dupes_decodes_what_has_no_file(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "parts.pcb"
    run("index", str(folder), "-o", str(target))
    (folder / "plate.npy").rename(tmp_path / "gone.npy")
    found = documents(run("dupes", str(target), "--json", "--ratio", "99"))
    assert any(pair["decoded"] for pair in found[:-1])
    with pcbin.open(tmp_path / "plain.pcb", "w", model="tiny") as archive:
        archive.extend([np.load(tmp_path / "gone.npy")] * 2)
    [pair, summary] = documents(run("dupes", str(tmp_path / "plain.pcb"), "--json"))
    assert pair["ratio"] < 1e-3
    assert pair["decoded"]
    assert summary["shapes"] == 2


def test_a_stranger_cannot_name_files_outside(folder: Path, tmp_path: Path) -> None:
    """A name with .. in an index reads no file."""
    from pcbin.formats import pcb
    from pcbin.search.library import Library

    target = tmp_path / "parts.pcb"
    run("index", str(folder), "-o", str(target))
    (tmp_path / "secret.npy").write_bytes((folder / "cube.npy").read_bytes())
    with pcb.ArchiveReader(target) as old:
        record, about, header = old[0], old.metadata, old.header
        with pcb.create_archive(
            tmp_path / "evil.pcb",
            model_id=old.model_id,
            code_bits=header.code_bits,
            pose=header.pose,
            metadata=about,
            rotated=True,
        ) as new:
            for name in ("../secret.npy", str(tmp_path / "secret.npy"), "cube.npy"):
                new.add(pcb.Record(record.code, record.pose, {**record.metadata, "name": name}))
    library = Library(tmp_path / "evil.pcb")
    assert library.original(0) is library.original(1) is None
    assert library.original(2) == tmp_path / "parts" / "cube.npy"


def test_id_is_a_name(folder: Path) -> None:
    np.save(folder / "moved.npy", 3 * np.load(folder / "cube.npy")[::-1] + 7)
    found = {Path(one["input"]).name: one["id"] for one in documents(run("id", str(folder), "--json"))}
    assert found["cube.npy"] == found["moved.npy"]
    assert all(name.startswith("tiny-") and len(name) == 5 + 26 for name in found.values())
