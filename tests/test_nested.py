"""Nested codes through the public functions: lengths, limits, and what is not nested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.codec import Codec
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model
from pcbin.models.model import Model

LENGTHS = range(16, 72, 8)


def chamfer(points: Any, data: bytes, model: Model) -> float:
    return pcbin.evaluate(points, data=data, model=model).chamfer


@pytest.mark.parametrize("bits", LENGTHS)
def test_every_length_is_a_prefix_of_the_whole_code(bits: int, nested: Model, cloud: Any) -> None:
    points = cloud()
    whole = pcb.loads(pcbin.compress(points, model=nested, bits=64, effort=0)).code
    data = pcbin.compress(points, model=nested, bits=bits, effort=0)
    assert pcb.loads(data).code == whole[:bits]
    assert pcbin.decompress(data, model=nested).shape == (64, 3)
    assert len(data) == 36 + bits // 8  # header, pose and checksum


def test_the_default_length(nested: Model, cloud: Any) -> None:
    assert len(pcb.loads(pcbin.compress(cloud(), model=nested)).code) == 32
    assert Codec(nested).bits == 32
    assert (nested.shortest, nested.default_bits, nested.bits) == (16, 32, 64)


def test_missing_bits_are_zeros_to_the_decoder(
    model_parts: Callable[..., Any], nested: Model, cloud: Any
) -> None:
    """The same network on 64 numbers of which the last 32 are 0, computed by hand."""
    code = Codec(nested, bits=32, effort=0).codes([cloud()])[0]
    z = np.zeros((1, 64), np.float32)
    z[0, :32] = 2.0 * np.unpackbits(code[0], bitorder="little") - 1
    np.testing.assert_array_equal(nested.decode(code), nested.run(nested.description.decoder, z))


@pytest.mark.parametrize("bits", [8, 12, 17, 72, 0, -16])
def test_lengths_that_are_not_there(bits: int, nested: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="a multiple of 8 from 16 to 64"):
        pcbin.compress(cloud(), model=nested, bits=bits)


def test_models_without_prefixes_have_one_length(tiny: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="bits = 8; codes of model tiny have 16 bits: use 16"):
        pcbin.compress(cloud(), model=tiny, bits=8)
    assert len(pcb.loads(pcbin.compress(cloud(), model=tiny, bits=16)).code) == 16


def test_a_code_that_is_too_short(nested: Model, cloud: Any) -> None:
    single = pcb.loads(pcbin.compress(cloud(), model=nested))
    data = pcb.dumps(single.code[:8], nested.id)
    with pytest.raises(ModelMismatch, match="16 to 64 bits"):
        pcbin.decompress(data, model=nested)
    with pytest.raises(InputError, match=r"\(n, 2 to 8\)"):
        Codec(nested).restore(np.zeros((1, 1), np.uint8)).__next__()


def test_many_codes_of_one_length(nested: Model, cloud: Any) -> None:
    clouds = [cloud(seed=seed) for seed in range(5)]
    codes, _ = Codec(nested, bits=48).codes(clouds)
    assert codes.shape == (5, 6)
    assert [c.shape for c in Codec(nested).restore(codes)] == [(64, 3)] * 5
    assert Codec(nested, bits=48).codes([])[0].shape == (0, 6)


def test_max_chamfer_takes_the_shortest_that_reaches_it(nested: Model, cloud: Any) -> None:
    points = cloud()
    reached = {}
    for bits in LENGTHS:
        data = pcbin.compress(points, model=nested, bits=bits, effort=0)
        reached[bits] = chamfer(points, data, nested)
    for value in reached.values():
        data = pcbin.compress(points, model=nested, max_chamfer=value * 1.001, effort=0)
        assert pcb.peek(data).code_bits == min(b for b, v in reached.items() if v <= value * 1.001)
        assert chamfer(points, data, nested) <= value * 1.001


def test_max_chamfer_with_a_search_is_never_longer(nested: Model, cloud: Any) -> None:
    points = cloud()
    best = min(
        chamfer(points, pcbin.compress(points, model=nested, bits=bits, effort=0), nested) for bits in LENGTHS
    )
    plain = pcbin.compress(points, model=nested, max_chamfer=best * 1.001, effort=0)
    searched = pcbin.compress(points, model=nested, max_chamfer=best * 1.001, effort=3)
    assert pcb.peek(searched).code_bits <= pcb.peek(plain).code_bits
    assert chamfer(points, searched, nested) <= best * 1.001


def test_max_chamfer_out_of_reach(nested: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="with all its 64 bits model nested reaches"):
        pcbin.compress(cloud(), model=nested, max_chamfer=1e-9)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_max_chamfer_that_is_none(limit: float, nested: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="use a number above 0"):
        pcbin.compress(cloud(), model=nested, max_chamfer=limit)


def test_max_chamfer_where_it_makes_no_sense(nested: Model, tiny: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="pass one of them"):
        pcbin.compress(cloud(), model=nested, max_chamfer=1.0, bits=32)
    with pytest.raises(InputError, match="needs a model of nested codes"):
        pcbin.compress(cloud(), model=tiny, max_chamfer=1.0)
    with pytest.raises(InputError, match="have one length"):
        Codec(nested, max_chamfer=1.0).codes([cloud()])


def test_archives_of_prefixes(nested: Model, cloud: Any, tmp_path: Any) -> None:
    path = tmp_path / "some.pcb"
    with pcbin.open(path, "w", model=nested, bits=24) as archive:
        archive.extend([cloud(seed=seed) for seed in range(3)])
    with pcbin.open(path, "r", model=nested) as archive:
        assert archive.bits == 24
        assert archive.codes().shape == (3, 3)
        assert archive[2].shape == (64, 3)
    with pcb.ArchiveReader(path) as reader:
        assert len(reader[0].code.tobytes()) == 3


def test_appending_keeps_the_length(
    model_parts: Callable[..., Any], models_folder: Any, cloud: Any, tmp_path: Any
) -> None:
    (models_folder / "nested.safetensors").write_bytes(
        dump_model(*model_parts(bits=64, nested=(16, 32), name="nested"))
    )
    path = tmp_path / "some.pcb"
    with pcbin.open(path, "w", model="nested", bits=24) as archive:
        archive.append(cloud())
    with pcbin.open(path, "a") as archive:
        archive.append(cloud(seed=1))
    with pcbin.open(path) as archive:
        assert archive.codes().shape == (2, 3)
    with pytest.raises(InputError, match="its codes have 24 bits"):
        pcbin.open(path, "a", bits=32)


@pytest.mark.parametrize(
    "nested_as", [{"shortest": 12, "default": 32}, {"shortest": 32, "default": 16}, {"shortest": 16}, 16,
                  {"shortest": 16, "default": 128}],
)  # fmt: skip
def test_descriptions_that_make_no_sense(nested_as: Any, model_parts: Callable[..., Any]) -> None:
    from pcbin.errors import WeightsCorrupt

    model, info, tensors = model_parts(bits=64)
    with pytest.raises(WeightsCorrupt):
        Model.from_parts({**model, "nested": nested_as}, info, tensors)
