"""The rate-distortion study, whole, on a tiny set that the test writes, and its coders one by one."""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.rate_distortion import bits, boxes, charts, grid, pca, schemes, setcode, tables
from benchmarks.rate_distortion.__main__ import main
from benchmarks.rate_distortion.cache import Cache
from benchmarks.rate_distortion.data import Selection, read
from benchmarks.rate_distortion.measure import Row
from benchmarks.rate_distortion.neighbours import Neighbours
from benchmarks.rate_distortion.progress import Progress
from benchmarks.rate_distortion.summary import Verdict, verdicts
from pcbin.arrays import normalise
from pcbin.metrics import distortion

POINTS = 192
RECORDED = Path(__file__).parents[2] / "docs" / "results" / "rate-distortion"


def shape(rng: np.random.Generator) -> Any:
    """(POINTS, 3) float32 of a random ellipsoid's surface, normalised."""
    points = rng.normal(size=(POINTS, 3))
    points *= rng.uniform(0.2, 1.0, 3) / np.linalg.norm(points, axis=1, keepdims=True)
    return normalise(points)[0]


@pytest.fixture(scope="module")
def shapes() -> list[Any]:
    rng = np.random.default_rng(0)
    return [shape(rng) for _ in range(20)]


@pytest.fixture
def data(tmp_path: Path, shapes: list[Any]) -> Path:
    path = tmp_path / "shapes.npz"
    np.savez(path, points=np.stack(shapes).astype(np.float16), split=["train"] * 14 + ["test"] * 6)
    return path


class Quiet(Progress):
    def say(self, line: str) -> None:
        pass


def command(data: Path, out: Path, model: Path, *more: str) -> int:
    return main(
        [
            str(data),
            "--model",
            str(model),
            "--bits",
            "16",
            "64",
            "--points",
            str(POINTS),
            "-o",
            str(out),
            *more,
        ]
    )


def test_the_whole_study(data: Path, tiny_path: Path, tmp_path: Path, capsys: Any) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    sets = ("--split", "test", "--train", str(data), "--train-split", "train")
    assert command(data, out, tiny_path, *sets, "--quick", "--efforts", "0", "1") == 0
    said = capsys.readouterr().err
    assert "64 bits skipped" in said, "the tiny model has 16 bits"
    assert "ETA" in said
    result = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert (result["clouds"], result["train"]) == (6, 14)
    rows = {(row["scheme"], row["setting"]): row for row in result["rows"]}
    ours = rows["pcbin, effort 0", "16 bits"]
    assert ours["payload_bits"] == 16
    assert ours["table_bytes"] == tiny_path.stat().st_size
    assert rows["nearest training shape", "index"]["payload_bits"] == 4  # of 14
    assert rows["nearest training octants + box", "8 indices, 3 x 6 bits"]["payload_bits"] == 8 * 4 + 18
    assert rows["PCA of matched points", "64 bits"]["container_bits"] == 64
    for row in rows.values():
        assert row["container_bits"] >= row["payload_bits"]
        assert row["ratio"] == pytest.approx(96 * POINTS / row["container_bits"])
        assert 0 < row["chamfer_e3_median"] <= row["chamfer_e3_max"]
    verdict, *of_default = result["summary"]
    assert all(one["pcbin"].startswith("pcbin, default command, at most") for one in of_default)
    assert verdict["wins"] == (verdict["chamfer_e3"] < verdict["rival_chamfer_e3"])
    assert {"pcbin", "numpy", "DracoPy"} <= set(result["versions"])
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    page = (out / "table.md").read_text(encoding="utf-8")
    assert "nothing is charged for centre and scale" in page
    pictures = {name: (out / name).read_bytes() for name in ("chamfer.png", "d1_psnr.png")}
    assert {data[:4] for data in pictures.values()} == {b"\x89PNG"}
    (out / "chamfer.png").unlink()
    charts.redraw(out)
    assert {name: (out / name).read_bytes() for name in pictures} == pictures
    assert (out / "cache" / ".gitignore").read_text() == "*\n"


def test_held_out_shapes_and_again_from_the_cache(
    data: Path, tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    results = []
    for _ in range(2):
        sets = ("--split", "train", "--hold-out", "0.2", "--quick")
        assert command(data, tmp_path / "out", tiny_path, *sets) == 0
        results.append(json.loads((tmp_path / "out" / "results.json").read_text()))
        tables = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "cache").glob("*.npz")}
        results[-1]["tables"] = tables
        for row in results[-1]["rows"]:
            del row["encode_ms"], row["decode_ms"]
    assert results[0] == results[1], "the same seed, the same figures; nothing was fitted again"
    assert (results[0]["clouds"], results[0]["train"]) == (3, 11)


def test_a_limit_leaves_the_training_shapes_as_they_are(data: Path) -> None:
    """Else what was fitted for a few clouds could not be used for all."""
    chosen = Selection(data, "train")
    few, all_ = (read(chosen, None, held_out=0.2, limit=n, points=100, seed=0) for n in (1, None))
    assert (len(few.clouds), len(all_.clouds)) == (1, 3)
    assert np.array_equal(few.train, all_.train)
    assert few.floor is None
    halves = read(chosen, None, held_out=0.2, limit=1, points=POINTS // 2, seed=0)
    assert halves.floor is not None
    assert halves.floor > 0


def test_a_missing_package_is_one_line(
    data: Path, tiny_path: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert command(data, tmp_path / "out", tiny_path, "--limit", "2", "--quick") == 0
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if line.startswith("draco")] == [
        "draco: skipped, needs DracoPy: pip install 'pcbin[bench]'"
    ]
    assert any("trained rivals skipped" in line for line in said)
    assert "no pictures: they need matplotlib: pip install 'pcbin[bench]'" in said
    rows = json.loads((tmp_path / "out" / "results.json").read_text())["rows"]
    assert {row["kind"] for row in rows} == {"pcbin", "untrained"}
    assert {row["clouds"] for row in rows} == {2}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--train", "SAME"], "trained on the clouds they code"),
        (["--train", "SAME", "--split", "test", "--train-split", "test"], "trained on the clouds they code"),
        (["--train", "SAME", "--hold-out", "0.1"], "leave --train out"),
        (["--hold-out", "1.5"], "between 0 and 1"),
        (["--limit", "0"], "at least 1"),
    ],
)
def test_options_that_make_no_sense(
    data: Path, tmp_path: Path, capsys: Any, options: list[str], message: str
) -> None:
    given = [str(data) if option == "SAME" else option for option in options]
    with pytest.raises(SystemExit, match="2"):
        main([str(data), "-o", str(tmp_path / "out"), *given])
    assert message in capsys.readouterr().err


def test_nothing_is_held_out(data: Path, tmp_path: Path, capsys: Any) -> None:
    assert main([str(data), "--hold-out", "0.01", "-o", str(tmp_path / "out")]) == 1
    assert "use a larger part" in capsys.readouterr().err


def test_an_error_is_one_line(tmp_path: Path, capsys: Any) -> None:
    assert main([str(tmp_path / "nothing.npz"), "-o", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("make", schemes.UNTRAINED)
def test_untrained_coders_come_back_to_their_cells(make: Callable[[], Any], shapes: list[Any]) -> None:
    try:
        scheme = make()
    except ImportError as error:
        pytest.skip(f"needs {error.name}")
    distances = []
    for setting in scheme.settings:
        code = scheme.encode(shapes[0], setting)
        decoded = scheme.decode(code.data, setting)
        assert code.bits <= 8 * len(code.data)
        distances.append(distortion(shapes[0], decoded).chamfer)
        if scheme.name.startswith(("grid", "Draco", "LAZ")):
            side = 2**setting if scheme.name.startswith("Draco") else setting
            cells = grid.occupied(shapes[0], side)
            assert {tuple(cell) for cell in cells} == {tuple(cell) for cell in grid.occupied(decoded, side)}
            assert len(decoded) == len(cells)
    assert distances[-1] < distances[0] / 10


def test_key_points_take_exactly_their_bits(shapes: list[Any]) -> None:
    from benchmarks.rate_distortion.keypoints import KeyPoints

    scheme = KeyPoints()
    few = shapes[0][:3]
    flat = shapes[0] * np.array([1, 0, 1], np.float32)
    for cloud in (*shapes[:3], few, flat):
        for setting in scheme.settings:
            code = scheme.encode(cloud, setting)
            assert (code.bits, len(code.data)) == (setting, setting // 8)
            decoded = scheme.decode(code.data, setting)
            assert len(np.unique(decoded, axis=0)) == len(decoded)
            assert distortion(cloud, decoded).chamfer < 0.2


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 5), (7, 1), (60, 13), (900, 40)])
def test_sets_are_numbers(n: int, k: int) -> None:
    rng = random.Random(n)
    width = setcode.width(n, k)
    for _ in range(20):
        chosen = sorted(rng.sample(range(n), k))
        number = setcode.rank(chosen)
        assert number.bit_length() <= width
        assert setcode.unrank(number, n, k) == chosen
    assert setcode.unrank(0, n, k) == list(range(k))
    last = list(range(n - k, n))
    assert setcode.unrank(setcode.rank(last), n, k) == last


def test_as_many_of_a_set_as_fit() -> None:
    for n, most in ((10, 3), (10, 8), (500, 64), (500, 1)):
        k = setcode.largest(n, most)
        assert k == 0 or setcode.width(n, k) <= most
        assert k == n // 2 or setcode.width(n, k + 1) > most


def test_packed_numbers() -> None:
    values, widths = [5, 0, 1 << 70, 0], [3, 0, 71, 5]
    code = bits.pack(values, widths)
    assert (code.bits, len(code.data)) == (79, 10)
    assert bits.unpack(code.data, widths) == values


def test_boxes_to_half_a_step(shapes: list[Any]) -> None:
    for cloud in shapes:
        assert (
            np.abs(boxes.restored(boxes.coded(boxes.sides(cloud))) - boxes.sides(cloud)).max()
            <= 0.5 / 64 + 1e-6
        )


def test_a_shape_is_fitted_to_a_stretched_one(shapes: list[Any]) -> None:
    true = np.array([0.5, 0.7, 0.4], np.float32)
    shape = boxes.unit(shapes[0])
    outlier = np.array([[0.4, 0.45, 0.4]], np.float32)  # it spoils the box
    cloud = np.concatenate([shape * true, outlier])
    assert np.abs(boxes.fitted(cloud, shape, boxes.sides(cloud)) - true).max() < 1.5 / 64


def test_the_nearest_piece_is_found(
    shapes: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.rate_distortion.neighbours.EXACT", 3)
    half, one = np.full(3, 0.5, np.float32), np.ones(3, np.float32)
    pieces = [*shapes[:15], np.zeros((0, 3), np.float32)]
    near = Neighbours(
        "pieces", pieces, -half, half, metric=one, side=12, cache=Cache(tmp_path), progress=Quiet()
    )
    for cloud in shapes[15:]:
        distances = [distortion(cloud, piece).chamfer for piece in pieces[:-1]]
        assert near.nearest(cloud, one, 3) == np.argsort(distances)[:3].tolist()
    assert near.nearest(pieces[-1], one) == [15], "nothing is nearest to nothing"


def test_bits_go_where_the_variance_is() -> None:
    widths = pca.water_filling(np.array([16.0, 4.0, 1.0, 0.01]), 6)
    assert widths == [3, 2, 1]
    assert pca.water_filling(np.array([4.0, 1.0]), 100) == [pca.WIDEST] * 2, "two shapes teach no 2^50 levels"
    levels = pca.lloyd(np.array([0.0, 0.1, 0.9, 1.0]), 2)
    assert levels == pytest.approx([0.05, 0.95])


def row(kind: str, bits_: float, chamfer: float) -> Row:
    return Row(kind, kind, "a", bits_, bits_, 0, 0, 0, chamfer, chamfer, chamfer, 0, 0, 0, 0, 1)  # type: ignore[arg-type]


def test_rivals_may_spend_five_times_the_bits() -> None:
    rows = [
        row("pcbin", 16, 2.0),
        row("pcbin", 128, 1.0),
        row("trained", 98, 1.2),
        row("untrained", 641, 0.1),
    ]
    small, large = verdicts(rows)
    assert (small.rival, small.wins) == (None, True)
    assert (large.rival, large.rival_bits, large.wins) == ("trained, a", 98, True)
    assert not verdicts([*rows, row("untrained", 640, 0.9)])[1].wins


def test_the_recorded_table_is_that_of_the_recorded_numbers() -> None:
    about = json.loads((RECORDED / "results.json").read_text(encoding="utf-8"))
    rows = [Row(**one) for one in about.pop("rows")]
    found = [Verdict(**one) for one in about.pop("summary")]
    assert found == verdicts(rows)
    notes = about.pop("containers")
    assert tables.markdown(about, rows, found, notes) == (RECORDED / "table.md").read_text(encoding="utf-8")
