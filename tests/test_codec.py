"""Clouds to bytes and back, with a small model whose weights are random."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pcbin
from pcbin.arrays import normalise, pack_bits, thin, unpack_bits
from pcbin.codec import BATCH_SIZE, Codec
from pcbin.errors import Checksum, FormatError, InputError, ModelMismatch, ModelNotFound, NotPcb, Truncated
from pcbin.formats import pcb
from pcbin.models.model import Model


@pytest.fixture
def other(model_parts: Callable[..., Any]) -> Model:
    return Model.from_parts(*model_parts(seed=5, name="other"))


def expected(model: Model, points: Any) -> Any:
    """The decoded cloud in place, step by step."""
    normalised, pose = normalise(np.asarray(points, dtype=np.float64))
    few = thin(normalised, model.encoder_points)
    return model.decode(model.encode(few[None]))[0].astype(np.float64) * pose.scale + np.array(pose.center)


sizes = st.sampled_from([1, 2, 3, 10, 255, 256, 257, 1000])


@given(
    n=sizes, seed=st.integers(0, 1000), size=st.floats(-6, 6), offset=st.floats(-5, 7), negative=st.booleans()
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip(  # noqa: PLR0917
    n: int, seed: int, size: float, offset: float, negative: bool, tiny: Any
) -> None:
    """In place, whatever the units; within float32's rounding of the object's size and the pose's."""
    rng = np.random.default_rng(seed)
    place = 10.0**offset * (-1 if negative else 1)
    points = rng.uniform(-1, 1, (n, 3)) * 10.0**size + place
    data = pcbin.compress(points, model=tiny, effort=0)
    assert data == pcbin.compress(points, model=tiny, effort=0)
    decoded = pcbin.decompress(data, model=tiny)
    assert decoded.shape == (64, 3)
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    step = 4 * 2.0**-52 * abs(place)
    np.testing.assert_allclose(decoded, expected(tiny, points), atol=2e-5 * diagonal + step, rtol=0)


def test_shape_dtype_and_size(tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny)
    decoded = pcbin.decompress(data, model=tiny)
    assert (decoded.shape, decoded.dtype) == ((64, 3), np.float32)
    assert len(pcbin.compress(cloud(), model=tiny, pose=False)) == len(data) - 16


def test_sizes_of_the_design(model_parts: Callable[..., Any], cloud: Any) -> None:
    """128 bits: at most 44 bytes without pose, 64 with; also with the exact pose of georeferenced clouds."""
    model = Model.from_parts(*model_parts(bits=128))
    assert len(pcbin.compress(cloud(), model=model, pose=False)) <= 44
    assert len(pcbin.compress(cloud(), model=model)) <= 64
    assert len(pcbin.compress(cloud(center=(5e5, 5.4e6, 100)), model=model)) <= 64


def test_order_and_type_do_not_matter(tiny: Model, cloud: Any) -> None:
    points = cloud(100).astype(np.float32)
    data = pcbin.compress(points, model=tiny)
    assert pcbin.compress(points[::-1], model=tiny) == data
    assert pcbin.compress(points.tolist(), model=tiny) == data


def test_georeferenced(tiny: Model, cloud: Any) -> None:
    """A 1 m object at UTM coordinates: float64 comes back, right to a millionth of its size."""
    near, far = cloud(200), cloud(200, center=(500_000.0, 5_400_000.0, 300.0))
    decoded = pcbin.decompress(pcbin.compress(far, model=tiny), model=tiny)
    assert decoded.dtype == np.float64
    reference = pcbin.decompress(pcbin.compress(near, model=tiny), model=tiny)
    np.testing.assert_allclose(decoded - [500_000.0, 5_400_000.0, 300.0], reference, atol=2e-6)


def test_without_pose(tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(size=40.0, center=(7, 8, 9)), model=tiny, pose=False)
    decoded = pcbin.decompress(data, model=tiny)
    np.testing.assert_array_equal(
        decoded, pcbin.decompress(pcbin.compress(cloud(), model=tiny, pose=False), model=tiny)
    )
    assert decoded.dtype == np.float32
    single = pcb.loads(data)
    np.testing.assert_array_equal(
        decoded, tiny.decode(np.frombuffer(single.code.tobytes(), np.uint8)[None])[0]
    )


@pytest.mark.parametrize("n", [1, 7, 400])
@pytest.mark.parametrize("place", [(0.0, 0.0, 0.0), (1.5, -2.0, 3.25), (0.1, 5e6 + 0.7, -1e-9)])
def test_a_cloud_without_extent_decodes_to_its_place(n: int, place: Any, tiny: Model) -> None:
    points = np.array([place] * n)
    decoded = pcbin.decompress(pcbin.compress(points, model=tiny), model=tiny)
    assert decoded.shape == (64, 3)
    assert (decoded == np.array(place)).all()
    with pytest.raises(InputError, match="nothing but a position; store it with its pose"):
        pcbin.compress(points, model=tiny, pose=False)


def test_sampling_of_large_clouds(tiny: Model, cloud: Any) -> None:
    points = cloud(5000)
    for sampling in ("farthest", "random"):
        data = pcbin.compress(points, model=tiny, effort=0, sampling=sampling, seed=3)  # type: ignore[arg-type]
        few = thin(normalise(points)[0], 256, method=sampling, seed=3)  # type: ignore[arg-type]
        assert list(pcb.loads(data).code.tobytes()) == tiny.encode(few[None])[0].tolist()
    with pytest.raises(InputError, match="unknown method 'grid'"):
        pcbin.compress(points, model=tiny, sampling="grid")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 3)), np.zeros((3, 2)), [[np.nan] * 3], [[np.inf, 0, 0]], "chair.ply", None]
)
def test_what_is_no_cloud(wrong: Any, tiny: Model) -> None:
    with pytest.raises(InputError):
        pcbin.compress(wrong, model=tiny)


def test_sizes_no_file_can_hold(tiny: Model, cloud: Any) -> None:
    for size in (1e-60, 1e60):
        with pytest.raises(InputError, match="change the unit"):
            pcbin.compress(cloud() * size, model=tiny)


def test_batches_equal_singles(tiny: Model, cloud: Any) -> None:
    """Clouds of many sizes, more than a batch: each as if it were alone, in the order given."""
    codec = Codec(tiny)
    clouds = [cloud(20 + 7 * (i % 5), seed=i, size=1 + i, center=(i, 0, 0)) for i in range(BATCH_SIZE + 20)]
    codes, poses = codec.codes(iter(clouds))
    assert codes.shape == (BATCH_SIZE + 20, 2)
    for points, code, pose in zip(clouds, codes, poses, strict=True):
        single = pcb.loads(codec.encode(points))
        assert list(single.code.tobytes()) == code.tolist()
        assert pose == normalise(points)[1]
    decoded = list(codec.restore(codes, poses))
    for points, placed in zip(clouds, decoded, strict=True):
        np.testing.assert_allclose(placed, codec.decode(codec.encode(points)), atol=1e-5 * np.ptp(points))
    normalised: list[Any] = list(codec.restore(codes))
    assert poses[3] is not None
    np.testing.assert_array_equal(poses[3].apply(normalised[3]), decoded[3])


def test_no_clouds(tiny: Model) -> None:
    codes, poses = Codec(tiny).codes([])
    assert codes.shape == (0, 2)
    assert codes.dtype == np.uint8
    assert poses == []
    assert list(Codec(tiny).restore(codes, poses)) == []


@pytest.mark.parametrize("shape", [(2,), (1, 3), (1, 1), (1, 2, 1)])
def test_codes_of_another_shape(shape: tuple[int, ...], tiny: Model) -> None:
    with pytest.raises(InputError, match=re.escape("model tiny takes uint8 (n, 2)")):
        list(Codec(tiny).restore(np.zeros(shape, np.uint8)))


def test_codes_of_another_type(tiny: Model) -> None:
    with pytest.raises(InputError, match="codes: int64"):
        list(Codec(tiny).restore(np.zeros((1, 2), np.int64)))


@pytest.mark.parametrize("count", [0, 2, 4])
def test_one_pose_a_code(count: int, tiny: Model) -> None:
    with pytest.raises(InputError, match=f"{count} poses for 3 codes"):
        list(Codec(tiny).restore(np.zeros((3, 2), np.uint8), [pcbin.Pose((0.0, 0.0, 0.0), 1.0)] * count))


def test_every_code_decodes(tiny: Model) -> None:
    """Any 16 bits are a code: all 2^8 of one byte."""
    codes = np.zeros((256, 2), np.uint8)
    codes[:, 1] = np.arange(256)
    decoded = np.stack(list(Codec(tiny).restore(codes)))
    assert decoded.shape == (256, 64, 3)
    assert np.isfinite(decoded).all()
    assert len(np.unique(decoded.reshape(256, -1), axis=0)) == 256


def test_bits_and_bytes() -> None:
    code = np.array([0b00000101, 0b10000000], np.uint8)
    bits = pcb.code_from_bytes(code.tobytes())
    assert [i for i in range(16) if bits[i]] == [0, 2, 15]
    assert unpack_bits(code).tolist() == bits.tolist()
    assert pack_bits(unpack_bits(code)).tolist() == list(pcb.code_to_bytes(bits)) == code.tolist()


def test_the_model_is_found_by_hash(tiny_path: Any, cloud: Any) -> None:
    """The reader names no model: the file does."""
    data = pcbin.compress(cloud(), model="tiny")
    assert pcbin.decompress(data).shape == (64, 3)
    assert pcbin.decompress(data, model="tiny").shape == (64, 3)
    assert pcbin.decompress(data, model=tiny_path).shape == (64, 3)
    for view in (bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(pcbin.decompress(view), pcbin.decompress(data))


def test_a_model_that_is_not_installed(models_folder: Any, tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny)
    with pytest.raises(ModelNotFound, match=tiny.id.hex()):
        pcbin.decompress(data)
    with pytest.raises(ModelNotFound, match="'chair'"):
        pcbin.Codec()
    with pytest.raises(ModelNotFound, match="no installed model of clouds"):
        pcbin.compress(cloud())


def test_the_wrong_model(tiny: Model, other: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny)
    with pytest.raises(ModelMismatch, match=f"made by model {tiny.id.hex()} .*not by other {other.id.hex()}"):
        pcbin.decompress(data, model=other)


def test_metadata(tiny: Model, cloud: Any) -> None:
    notes = {"name": "Stuhl", "tags": ["a", "b"], "n": 3, "nested": {"x": None}}
    data = pcbin.compress(cloud(), model=tiny, metadata=notes)
    assert pcb.loads(data).metadata == notes
    np.testing.assert_array_equal(
        pcbin.decompress(data, model=tiny), pcbin.decompress(pcbin.compress(cloud(), model=tiny), model=tiny)
    )
    with pytest.raises(InputError):
        pcbin.compress(cloud(), model=tiny, metadata={"f": object()})


def test_damaged_data(tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny, metadata={"a": 1})
    for at in range(len(data)):
        with pytest.raises(FormatError):
            pcbin.decompress(data[:at], model=tiny)
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            with pytest.raises(FormatError):
                pcbin.decompress(broken, model=tiny)
    with pytest.raises(NotPcb):
        pcbin.decompress(b"\x89PNG" + data[4:], model=tiny)
    with pytest.raises(Truncated):
        pcbin.decompress(data[:20], model=tiny)
    with pytest.raises(Checksum):
        pcbin.decompress(data[:-1] + bytes([data[-1] ^ 1]), model=tiny)
    with pytest.raises(FormatError, match="after the end"):
        pcbin.decompress(data + b"\0", model=tiny)


@pytest.mark.parametrize("wrong", [None, "file.pcb", 5, [1, 2]])
def test_what_is_no_bytes(wrong: Any, tiny: Model) -> None:
    with pytest.raises(InputError):
        pcbin.decompress(wrong, model=tiny)


def test_torch_decodes_the_same(tiny: Model, tiny_path: Any, cloud: Any) -> None:
    pytest.importorskip("torch")
    data = pcbin.compress(cloud(), model="tiny", device="torch")
    plain, other = pcbin.decompress(data), pcbin.decompress(data, device="torch")
    np.testing.assert_allclose(plain, other, atol=1e-4 * float(np.linalg.norm(np.ptp(cloud(), axis=0))))


def test_tensors_and_objects(tiny: Model, cloud: Any) -> None:
    torch = pytest.importorskip("torch")
    from types import SimpleNamespace

    points = cloud(50).astype(np.float32)
    data = pcbin.compress(points, model=tiny)
    assert pcbin.compress(torch.from_numpy(points.copy()).requires_grad_(), model=tiny) == data
    assert pcbin.compress(SimpleNamespace(vertices=points), model=tiny) == data


def test_repr(tiny: Model) -> None:
    assert repr(Codec(tiny)) == "<pcbin.Codec tiny, 16 bits, effort 1, cpu>"
