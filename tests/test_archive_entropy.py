"""`pcbin.open` with entropy coding: the model is found where codes need it, and only there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.codec import Codec
from pcbin.errors import FormatError, InputError, ModelNotFound, WeightsCorrupt
from pcbin.formats import pcb
from pcbin.formats.entropy import WEIGHT_SUM
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models import zoo
from pcbin.models.model import Model
from pcbin.training.entropy_fit import fit_table


@pytest.fixture
def clouds(cloud: Any) -> list[Any]:
    """Few shapes, many times: codes that are worth coding."""
    return [cloud(seed=seed % 3, size=1.0 + seed) for seed in range(70)]


@pytest.fixture
def coder_path(model_parts: Any, models_folder: Path, clouds: list[Any]) -> Path:
    """A model with a table for its codes, installed as 'coder'."""
    model, info, tensors = model_parts(bits=64, name="coder")
    codes, _ = Codec(Model.from_parts(model, info, tensors)).codes(clouds)
    table = fit_table(codes, components=(4,))
    model["entropy"] = {"components": len(table.weights)}
    tensors |= {"entropy/weights": table.weights, "entropy/means": table.means}
    path = models_folder / "coder.safetensors"
    path.write_bytes(dump_model(model, info, tensors))
    return path


@pytest.fixture
def path(coder_path: Path, clouds: list[Any], tmp_path: Path) -> Path:
    file = tmp_path / "small.pcb"
    with pcbin.open(file, "w", model="coder", entropy=True) as archive:
        archive.extend(clouds, [{"n": i} for i in range(len(clouds))])
    return file


def test_round_trip(path: Path, clouds: list[Any], tmp_path: Path) -> None:
    with pcbin.open(tmp_path / "plain.pcb", "w", model="coder") as archive:
        archive.extend(clouds, [{"n": i} for i in range(len(clouds))])
    with pcbin.open(path) as found, pcbin.open(tmp_path / "plain.pcb") as plain:
        np.testing.assert_array_equal(found.codes(), plain.codes())
        np.testing.assert_array_equal(found[5], plain[5])
        assert found.record(7) == plain.record(7)
        assert [len(one) for one in found[60:]] == [64] * 10
    with pcb.ArchiveReader(path, table=zoo.entropy_table) as reader:
        reader.verify()
        assert reader._load(0).entropy_coded  # type: ignore[attr-defined]


def test_from_a_pipe(path: Path) -> None:
    class Pipe:
        def __init__(self, data: bytes) -> None:
            self._buffer = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self._buffer.read(min(size, 7) if size >= 0 else size)

    with pcbin.open(Pipe(path.read_bytes())) as archive, pcbin.open(path) as whole:  # type: ignore[call-overload]
        assert [r.code for r in archive.records()] == [r.code for r in whole.records()]


def test_append(path: Path, clouds: list[Any]) -> None:
    for entropy in (True, False):
        with pcbin.open(path, "a", entropy=entropy) as archive:
            archive.extend(clouds)
    with pcbin.open(path) as found:
        codes = found.codes()
    np.testing.assert_array_equal(codes[:70], codes[70:140])
    np.testing.assert_array_equal(codes[:70], codes[140:])


def test_without_the_model(path: Path, coder_path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.safetensors"
    kept.write_bytes(coder_path.read_bytes())
    coder_path.unlink()
    with pcbin.open(path) as archive:
        assert len(archive) == 70
        for use in (
            archive.codes,
            lambda: archive.record(0),
            lambda: archive[0],
            lambda: list(archive.records()),
        ):
            with pytest.raises(ModelNotFound, match=archive.model_id.hex()):
                use()
    with pcbin.open(path, model=kept) as archive:
        assert archive.codes().shape == (70, 8)


def test_another_model(path: Path, tiny_path: Path) -> None:
    with pcbin.open(path, model="tiny") as archive, pytest.raises(pcbin.errors.ModelMismatch):
        archive.codes()


def test_a_single_file(coder_path: Path, cloud: Any) -> None:
    model = zoo.load("coder")
    plain = pcb.loads(pcbin.compress(cloud(seed=0), model="coder"))
    data = pcb.dumps(plain.code, model.id, pose=plain.pose, table=model.entropy_table)
    with pcbin.open(io.BytesIO(data)) as archive:
        assert archive.record(0).code == plain.code
        assert archive[0].shape == (64, 3)
    coder_path.unlink()
    with pcbin.open(io.BytesIO(data)) as archive, pytest.raises(ModelNotFound):
        archive.record(0)


def test_a_model_without_a_table(tiny_path: Path, cloud: Any, tmp_path: Path, path: Path) -> None:
    with pytest.raises(InputError, match=r"entropy: model tiny carries no table .* without entropy coding"):
        pcbin.open(tmp_path / "a.pcb", "w", model="tiny", entropy=True)
    assert not (tmp_path / "a.pcb").exists()
    with pcbin.open(tmp_path / "a.pcb", "w", model="tiny") as archive:
        archive.append(cloud())
    before = (tmp_path / "a.pcb").read_bytes()
    with pytest.raises(InputError, match="carries no table"):
        pcbin.open(tmp_path / "a.pcb", "a", entropy=True)
    assert (tmp_path / "a.pcb").read_bytes() == before
    with pytest.raises(FormatError, match=r"model tiny .* carries no table"):
        zoo.entropy_table("tiny")


def test_the_table_is_part_of_the_identity(coder_path: Path) -> None:
    file = load_model(coder_path.read_bytes())
    model = Model(file)
    assert model.entropy_table is not None
    assert model.entropy_table is model.entropy_table
    for name in ("entropy/weights", "entropy/means"):
        tensor = file.tensors[name].copy()
        tensor.flat[:2] = tensor.flat[1::-1]
        assert load_model(dump_model(file.model, {}, {**file.tensors, name: tensor})).id != file.id


def test_tables_that_a_model_must_not_have(coder_path: Path) -> None:
    file = load_model(coder_path.read_bytes())
    weights, means = file.tensors["entropy/weights"], file.tensors["entropy/means"]
    wrong: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"entropy/weights": weights.astype(np.float32)}),
        ({}, {"entropy/means": means.astype(np.uint32)}),
        ({}, {"entropy/means": means[:, :8]}),
        ({}, {"entropy/means": means * 0}),
        ({}, {"entropy/weights": weights + 1}),
        ({"components": 3}, {}),
        ({"components": True}, {}),
        ({"components": 5000}, {}),
        ({"components": None}, {}),
    ]
    for about, tensors in wrong:
        model = {**file.model, "entropy": about or file.model["entropy"]}
        with pytest.raises(WeightsCorrupt):
            Model.from_parts(model, {}, {**file.tensors, **tensors})
    without = {key: value for key, value in file.model.items() if key != "entropy"}
    with pytest.raises(WeightsCorrupt, match="its tensors are not those"):
        Model.from_parts(without, {}, file.tensors)
    assert int(weights.sum()) == WEIGHT_SUM
