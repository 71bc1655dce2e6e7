"""A cloud that is unlike the model's training set is encoded with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import Codec
from pcbin.errors import PcbinWarning
from pcbin.formats.clouds import read_cloud
from pcbin.formats.model_file import dump_model
from pcbin.models.model import Model

UNLIKE = "a cloud unlike the shapes that model strict was trained on"


def claiming(model: Model, p99: float) -> Model:
    """The same model, whose own shapes have such a Chamfer x 1e3."""
    info = {"name": "strict", "chamfer_e3": {"training": {"a": {"mean": p99 / 2, "p99": p99}}}}
    return Model(replace(model.file, info=info))


@pytest.fixture
def strict(tiny: Model) -> Model:
    return claiming(tiny, 1e-6)


@contextmanager
def warned(times: int) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield
    assert [one.category for one in found] == times * [PcbinWarning]
    assert all(str(one.message).startswith(UNLIKE) for one in found)
    assert {one.filename for one in found} <= {__file__}  # the line of the caller


def test_one_warning_a_cloud(strict: Model, cloud: Any, tmp_path: Path) -> None:
    with warned(1):
        pcbin.compress(cloud(), model=strict)
    with warned(2):
        Codec(strict).codes([cloud(), cloud(seed=1)])
    with warned(1):
        Codec(strict, effort=9).encode(cloud())
    with warned(2), pcbin.open(tmp_path / "all.pcb", "w", model=strict) as archive:
        archive.extend([cloud(), cloud(seed=1)])


def test_silence(strict: Model, cloud: Any, tmp_path: Path) -> None:
    with warned(0):
        pcbin.compress(cloud(), model=strict, warn=False)
        Codec(strict, warn=False).encode(cloud())
        with pcbin.open(tmp_path / "all.pcb", "w", model=strict, warn=False) as archive:
            archive.append(cloud())
        pcbin.compress(np.ones((5, 3)), model=strict)  # without extent: it decodes to its place
        pcbin.compress(cloud(), model=claiming(strict, 1e9))


def test_what_was_measured(tiny: Model, residual: Model, cloud: Any) -> None:
    """By the search; at effort 0 nothing measures the whole code."""
    for codec in (
        Codec(tiny, effort=1), Codec(residual, effort=2),
        Codec(residual, max_chamfer=1e3), Codec(residual, max_chamfer=1e3, effort=0),
    ):  # fmt: skip
        coded = codec.code(cloud(200))
        assert coded.chamfer == pytest.approx(coded.evaluate(cloud(200)).chamfer, rel=1e-4)
    unmeasured = Codec(claiming(tiny, 1e-6), effort=0).code(cloud())
    assert unmeasured.chamfer is None
    assert unmeasured.unlike_training is None


def test_the_best_of_all_models_warns_once(
    models_folder: Path, model_parts: Callable[..., Any], cloud: Any
) -> None:
    for seed in range(3):
        model, info, tensors = model_parts(bits=128, seed=seed, name="strict")
        info["chamfer_e3"] = {"training": {"a": {"mean": 1e-6, "p99": 1e-6}}}
        (models_folder / f"{seed}.safetensors").write_bytes(dump_model(model, info, tensors))
    with warned(1):
        pcbin.compress(cloud(), model="auto")
    with warned(0):
        pcbin.compress(cloud(), model="auto", warn=False)


def test_the_shipped_model_of_chairs(root: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pcbin.compress(read_cloud(root / "examples" / "chair.ply").points)
    with pytest.warns(PcbinWarning, match="unlike the shapes that model chair"):
        pcbin.compress(read_cloud(root / "examples" / "led.ply").points, model="chair", orient="keep")
