"""What a model says of itself: shown and installed only where it is of the form that the format asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pcbin.errors import WeightsCorrupt
from pcbin.formats.model_file import dump_model
from pcbin.models import zoo
from pcbin.models.info import check_info
from pcbin.models.model import Model


def nested(around: Callable[[Any], Any], times: int) -> Any:
    """5, with so many lists or maps around it."""
    inner: Any = 5
    for _ in range(times):
        inner = around(inner)
    return inner


SET = {"path": "chairs", "clouds": 3}
STATISTICS = {"mean": 1.0, "p1": 0.5, "p50": 1, "p99": 2.5}
GOOD: list[dict[str, Any]] = [
    {},
    {"name": "a", "description": None, "license": "MIT", "steps": 5, "other": [[[]]]},
    {
        "training_set": [SET, {"path": "digits", "images": 7}],
        "chamfer_e3": {"training": {"chairs": STATISTICS}},
    },
]
BAD: list[dict[str, Any]] = [
    {"name": 5},
    {"name": "x" * 10_001},
    {"description": ["a"]},
    {"license": {}},
    {"steps": -1},
    {"notes": nested(lambda inner: [inner], 64)},
    {"notes": nested(lambda inner: {"a": inner}, 700)},
    {"steps": True},
    {"steps": "5"},
    {"training_set": "chairs"},
    {"training_set": {"path": "chairs"}},
    {"training_set": [5]},
    {"training_set": [{"clouds": 5}]},
    {"training_set": [{**SET, "clouds": "many"}]},
    {"training_set": [{**SET, "clouds": 10**400}]},
    {"training_set": [SET] * 1001},
    {"chamfer_e3": []},
    {"chamfer_e3": {"training": []}},
    {"chamfer_e3": {"training": {"chairs": 5}}},
    {"chamfer_e3": {"training": {"chairs": {}}}},
    {"chamfer_e3": {"training": {"chairs": {**STATISTICS, "mean": "1"}}}},
    {"chamfer_e3": {"training": {"chairs": {**STATISTICS, "p99": 10**400}}}},
    {"chamfer_e3": {"training": {"chairs": {**STATISTICS, "p99": None}}}},
]


@pytest.mark.parametrize("info", GOOD)
def test_good(info: dict[str, Any]) -> None:
    check_info(info)


def test_that_of_shipped_models() -> None:
    for entry in zoo.installed():
        check_info(entry.header.info)


@pytest.mark.parametrize("info", BAD)
def test_bad(info: dict[str, Any], model_parts: Any, models_folder: Any, tmp_path: Any) -> None:
    model, _, tensors = model_parts()
    path = tmp_path / "bad.safetensors"
    path.write_bytes(dump_model(model, info, tensors))
    with pytest.raises(WeightsCorrupt, match="of its info document"):
        zoo.add(path)
    loaded = Model.from_parts(model, info, tensors)  # what is coded does not depend on it
    assert loaded.info == {}
    assert loaded.name == "unnamed"
