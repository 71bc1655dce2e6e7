"""Clouds with a model of cell codes, from points to files and back; the model's weights are random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pcbin
from pcbin import Codec
from pcbin.coding.options import Options
from pcbin.errors import FormatError, InputError
from pcbin.formats import pcb
from tests.cell_helpers import random_model

MODEL = random_model()


def clouds(count: int, *, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(int(rng.integers(80, 500)), 3)) * [3, 2, 1] + 7 for _ in range(count)]


def codec(bits: int = 1024, effort: int = 1) -> Codec:
    return Codec.with_options(MODEL, Options(bits=bits, effort=effort))


def test_no_code_is_longer_than_asked_and_decodes_to_what_was_measured() -> None:
    for bits in (512, 1024):
        for cloud, coded in zip(clouds(4), codec(bits).code_many(clouds(4)), strict=True):
            assert not isinstance(coded, Exception)
            assert coded.bits <= bits
            back = codec().decode(coded.pack())
            assert back.shape == (256, 3)
            assert pcbin.evaluate(cloud, back).chamfer == pytest.approx(coded.chamfer, rel=1e-4)


def test_more_bits_and_more_effort_are_no_worse() -> None:
    def mean(bits: int, effort: int) -> float:
        return float(np.mean([one.chamfer for one in codec(bits, effort).code_many(clouds(4))]))  # type: ignore[union-attr,arg-type]

    assert mean(1600, 1) < mean(704, 1)
    assert mean(1024, 3) <= mean(1024, 0)


def test_the_fewest_bits_for_a_distance() -> None:
    cloud = clouds(1)[0]
    loose, tight = (
        Codec.with_options(MODEL, Options(max_chamfer=limit)).code(cloud) for limit in (20e-3, 8e-3)
    )
    assert loose.chamfer is not None
    assert tight.chamfer is not None
    assert loose.chamfer <= 20e-3
    assert tight.chamfer <= 8e-3
    assert loose.bits < tight.bits
    with pytest.raises(InputError, match="allow more"):
        Codec.with_options(MODEL, Options(max_chamfer=1e-9)).code(cloud)


def test_one_point_and_equal_points_come_back_to_their_place() -> None:
    for cloud in ([[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]] * 30):
        back = codec(64).decode(codec(64).encode(np.array(cloud)))
        np.testing.assert_allclose(back, np.broadcast_to(cloud[0], back.shape), rtol=1e-6)


def test_too_few_bits_are_an_error_that_says_so() -> None:
    with pytest.raises(InputError, match="bits = 8: not even the coarsest cells"):
        codec(8).encode(clouds(1)[0])


def test_an_archive_keeps_each_codes_length(tmp_path: Path) -> None:
    path, some = tmp_path / "all.pcb", clouds(7)
    coded = [one for one in codec().code_many(some) if not isinstance(one, Exception)]
    with pcbin.open(path, "w", model=MODEL, bits=1024) as writer:
        writer.extend(some)
    with pcbin.open(path, model=MODEL) as archive:
        assert [len(one.code) for one in archive.records()] == [one.bits for one in coded]
        for one, back in zip(coded, archive, strict=True):
            np.testing.assert_allclose(back, one.restore(), atol=1e-5)
        with pytest.raises(InputError, match="do not make an array"):
            archive.codes()
    assert path.stat().st_size < 200 + 7 * (1024 // 8 + 28)


def test_entropy_coding_leaves_cell_codes_as_they_are(tmp_path: Path) -> None:
    """They are arithmetic codes: reading them needs no table."""
    some = clouds(3)
    coded = codec().code(some[0])
    assert coded.pack(entropy=True) == coded.pack()
    assert codec().encode(some[0], entropy=True) == codec().encode(some[0])
    path = tmp_path / "all.pcb"
    with pcbin.open(path, "w", model=MODEL, bits=1024, entropy=True) as writer:
        writer.extend(some)
    with pcbin.open(path) as archive:
        assert [one.code for one in archive.records()] == [one.code for one in map(record, some)]


def record(cloud: np.ndarray) -> pcb.Single:
    return pcb.loads(codec().encode(cloud))


def test_damaged_codes_are_refused() -> None:
    data = codec().encode(clouds(1)[0], pose=False)
    single = pcb.loads(data)
    for place in range(0, len(single.code), 7):
        code = single.code.copy()
        code.invert(place)
        other = pcb.dumps(code, single.model_id)
        try:
            assert np.isfinite(codec().decode(other)).all()
        except FormatError as error:
            assert "code" in str(error)  # noqa: PT017
