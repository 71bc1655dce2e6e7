"""Golden vectors of cell codes: bytes, probabilities and points that never change."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.formats.model_file import load_model
from pcbin.models.cells.codes import Gridded, decode, encode
from pcbin.models.cells.grid import Grid
from pcbin.models.model import Model
from tests.models.cells import reference

FOLDER = Path(__file__).parents[3] / "formats/golden/cells-v1"
MODEL = Model(load_model((FOLDER / "model.safetensors").read_bytes()))
assert MODEL.cells is not None
NETWORK = MODEL.cells.context


def document(name: str) -> Any:
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert found["model"] == MODEL.file.sha256
    return found


CODES = document("codes")["codes"]


def objects() -> list[Gridded]:
    return [
        Gridded(
            np.insert(np.array(one["cells"], np.int32), 0, 0, axis=1), Grid(one["step"], one["y"], one["z"])
        )
        for one in CODES
    ]


def test_they_are_all_there_and_unchanged() -> None:
    sums = dict(line.split()[::-1] for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
    assert {path.name for path in FOLDER.iterdir()} == {*sums, "SHA256SUMS"}
    for name, expected in sums.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == expected, name
    assert {one.grid.levels for one in objects()} == {2, 3, 4, 5, 6}


def test_cells_become_these_very_bytes() -> None:
    for one, listed in zip(objects(), CODES, strict=True):
        assert [code.hex() for code in encode(NETWORK, [one])] == [listed["code"]]


@pytest.mark.parametrize("together", [True, False])
def test_bytes_become_these_very_cells(together: bool) -> None:
    codes = [bytes.fromhex(one["code"]) for one in CODES]
    found = decode(NETWORK, codes) if together else [decode(NETWORK, [code])[0] for code in codes]
    for one, expected in zip(found, objects(), strict=True):
        assert one.grid == expected.grid
        np.testing.assert_array_equal(one.cells, expected.cells)


@pytest.mark.parametrize("row", range(len(CODES)))
def test_another_reader_of_the_specification_finds_them_too(row: int) -> None:
    listed = CODES[row]
    grid, cells = reference.cells_of(MODEL.file.tensors, bytes.fromhex(listed["code"]))
    assert grid == (listed["step"], listed["y"], listed["z"])
    assert [list(one) for one in cells] == listed["cells"]


def test_the_network_answers_in_these_whole_numbers() -> None:
    other = reference.Network(
        {name: one for name, one in MODEL.file.tensors.items() if name.startswith("context/")}
    )
    for one in document("contexts")["contexts"]:
        parent, child = (np.array([one[part]], np.int8) for part in ("parent", "child"))
        [found] = NETWORK.probabilities(one["octant"], NETWORK.of_parents(parent), child)
        assert found == one["probability"]
        assert other.probability(one["octant"], one["parent"] + one["child"]) == one["probability"]


def test_points_lie_where_they_lay() -> None:
    listed = document("points")
    for one, expected in zip(objects(), listed["points"], strict=True):
        assert MODEL.cells is not None
        [found] = MODEL.cells.points([one], listed["count"])
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_generator_refuses_to_overwrite(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_cells_v1", FOLDER.parent / "make_cells_v1.py")
    assert spec is not None
    assert spec.loader is not None
    maker: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    (tmp_path / "codes.json").touch()
    maker.HERE = tmp_path
    with pytest.raises(SystemExit, match="never rewritten"):
        maker.main()
    assert [path.name for path in tmp_path.iterdir()] == ["codes.json"]
