"""What every modality promises to the codec, to archives and to reports: one suite for all of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.codec import BATCH_SIZE, Codec
from pcbin.coding.options import Options
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.formats.clouds import SAMPLES, cloud_of
from pcbin.modalities import Modality, Rate, Reading, modality_of, modality_of_file
from pcbin.modalities.clouds import CLOUDS
from pcbin.modalities.evaluations import METRICS
from pcbin.modalities.images import IMAGES
from pcbin.models.model import Model

SIZE = (6, 5)


@dataclass
class Case:
    """A modality with a nested model of 24 bits, 16 by default, and random objects."""

    modality: Modality
    model: Model
    make: Callable[[int], Any]
    wrong: Any
    suffix: str

    def several(self, count: int = 5) -> list[Any]:
        return [self.make(seed) for seed in range(count)]


@pytest.fixture(params=["cloud", "image"])
def case(request: pytest.FixtureRequest, model_parts: Any, image_parts: Any, cloud: Any) -> Case:
    if request.param == "cloud":
        parts = model_parts(bits=24, nested=(8, 16))
        model = Model.from_parts(*parts)
        return Case(
            CLOUDS, model, lambda seed: cloud(40 + seed % 3, seed=seed, center=(seed, 0, 0)), [[1, 2]], ".ply"
        )
    parts = image_parts(bits=24, image=SIZE)
    parts[0]["nested"] = {"shortest": 8, "default": 16}
    return Case(
        IMAGES,
        Model.from_parts(*parts),
        lambda seed: np.random.default_rng(seed).integers(0, 256, SIZE, dtype=np.uint8),
        np.zeros((2, 2)),
        ".png",
    )


def test_chosen_by_the_model_and_by_the_name(case: Case) -> None:
    assert modality_of(case.model) is case.modality
    assert modality_of_file(f"a{case.suffix}") is case.modality
    assert modality_of_file("a", case.suffix) is case.modality
    assert modality_of_file("a.what") is None


def test_bytes_and_back(case: Case) -> None:
    codec = Codec(case.model)
    for item in case.several():
        data = codec.encode(item)
        assert pcb.peek(data).code_bits == 16
        decoded = codec.decode(data)
        assert np.array_equal(decoded, pcbin.decompress(data, model=case.model))
        assert data == pcbin.compress(item, model=case.model)
        assert data == pcbin.compress(item.tolist() if case.modality is CLOUDS else item, model=case.model)


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_many_are_as_if_alone(case: Case, bits: int) -> None:
    codec = Codec(case.model, bits=bits)
    items = case.several(BATCH_SIZE + 3)
    codes, poses = codec.codes(iter(items))
    assert (codes.dtype, codes.shape) == (np.uint8, (len(items), bits // 8))
    alone = [codec.code(item) for item in items]
    assert [one.code.tolist() for one in alone] == codes.tolist()
    assert [one.pose for one in alone] == poses
    for coded, restored in zip(alone, codec.restore(codes, poses), strict=True):
        np.testing.assert_allclose(restored, coded.restore(), rtol=1e-5, atol=1e-5)


def test_no_objects(case: Case) -> None:
    codes, poses = Codec(case.model).codes([])
    assert (codes.shape, poses) == ((0, 2), [])
    assert list(Codec(case.model).restore(codes)) == []


def test_what_is_no_such_object(case: Case) -> None:
    codec = Codec(case.model)
    with pytest.raises(InputError):
        codec.encode(case.wrong)
    good = case.several(2)
    first, second, third = codec.code_many([good[0], case.wrong, good[1]])
    assert isinstance(second, InputError)
    assert [one.pack() for one in (first, third)] == [codec.encode(one) for one in good]  # type: ignore[union-attr]


def test_rates_are_those_of_the_code(case: Case) -> None:
    """Of this code, at whatever length; not of the longest one that the model has."""
    item = case.make(0)
    for bits in (8, 24):
        data = pcbin.compress(item, model=case.model, bits=bits)
        coded = Codec(case.model, bits=bits).code(item)
        whole, alone = coded.evaluate(item, data=data), coded.evaluate(item)
        assert (whole.payload_bits, whole.container_bits) == (bits, 8 * len(data))
        assert (alone.payload_bits, alone.container_bits, alone.ratio) == (bits, None, None)
        assert alone.payload_ratio == whole.payload_ratio
        function = pcbin.evaluate if case.modality is CLOUDS else pcbin.evaluate_image
        found = asdict(function(item, data=data, model=case.model))  # the file has its pose in float32
        wanted = {key: value for key, value in asdict(whole).items() if value is not None}
        assert {key: found[key] for key in wanted} == pytest.approx(wanted, rel=1e-5)


def test_archives(case: Case, tmp_path: Path) -> None:
    items, path = case.several(), tmp_path / "all.pcb"
    with pcbin.open(path, "w", model=case.model) as writer:
        writer.append(items[0], {"name": "first"})
        second, wrong, third = writer.codec.code_many([items[1], case.wrong, items[2]])
        assert isinstance(wrong, InputError)
        for coded, metadata in (second, None), (third, {"name": "third"}):
            assert isinstance(coded, pcbin.Coded)
            writer.add(coded, metadata)
    with pcbin.open(path, model=case.model) as archive:
        assert (len(archive), archive.count(), archive.verify()) == (3, 3, 3)
        assert [record.metadata.get("name") for record in archive.records()] == ["first", None, "third"]
        for restored, item in zip(archive, items, strict=False):
            wanted = Codec(case.model).code(item).restore()
            np.testing.assert_allclose(restored, wanted, rtol=1e-5, atol=1e-5)


def test_files(case: Case, tmp_path: Path) -> None:
    """What is written is read back, and recognised."""
    pytest.importorskip("PIL" if case.modality is IMAGES else "plyfile")
    files = case.modality.files
    assert files.default.suffix == case.suffix
    path, item = tmp_path / f"a{case.suffix}", Codec(case.model).code(case.make(1)).restore()
    with path.open("wb") as file:
        files.write(file, item, files.output(path))
    assert files.wants(path, None)
    assert case.suffix in files.suffixes
    found = files.read(path, model=case.model)
    np.testing.assert_allclose(found.array, item, rtol=1e-6)
    assert found.raw_bits > 0
    assert found.size.keys() <= case.modality.restored_facts(item, None).keys()
    with path.open("rb") as file:
        assert np.array_equal(
            files.read(io.BytesIO(file.read()), Reading(format=case.suffix)).array, found.array
        )


def test_reports(case: Case) -> None:
    report, item = case.modality.report, case.make(2)
    decoded = Codec(case.model).code(item).restore()
    found = case.modality.evaluate(item, decoded, Rate(16, 320))
    assert set(report.means) <= asdict(found).keys()
    assert len(report.cells(asdict(found))) == len(report.head) - 1
    assert report.head[0] == case.modality.noun.upper()
    line, document = report.mean([("a", found), ("b", found)])
    assert "worst" in line
    assert document["worst"] in ("a", "b")
    for evaluation in (found, case.modality.evaluate(item, decoded)):
        assert report.line(evaluation)
        assert all(name and value for name, value in report.rows(evaluation))


def test_reports_of_other_metrics(case: Case) -> None:
    item = case.make(2)
    decoded = Codec(case.model).code(item).restore()
    if not case.modality.has_points:
        for call in (
            lambda: case.modality.report_of("all"),
            lambda: case.modality.evaluate(item, decoded, metrics="emd"),
        ):
            with pytest.raises(InputError, match="metrics: those of clouds"):
                call()
        return
    every = case.modality.evaluate(item, decoded, Rate(16, 320), metrics="all", normals=np.ones_like(item))
    for names in ([name] for name in METRICS):
        report, found = case.modality.report_of(names), case.modality.evaluate(item, decoded, metrics=names)
        fields = report.document(every).keys() & {field for some in METRICS.values() for field in some}
        assert fields == set(METRICS[names[0]])
        assert set(report.means) >= fields
        assert len(report.cells(asdict(every))) == len(report.head) - 1
        assert len(report.rows(found)) > 1  # and not the number of points alone
    report = case.modality.report_of("all")
    figures = asdict(every)
    assert figures.pop("one_way") is None, "only completed clouds have a distance one way"
    assert report.document(every) == figures
    assert None not in figures.values()
    assert "-" in report.cells(asdict(replace(every, d2_psnr=None)))
    assert ("D2-PSNR", "not measured: the original has no normals") in report.rows(
        replace(every, d2_psnr=None)
    )


def test_what_only_clouds_have(case: Case) -> None:
    codec, codes = Codec(case.model), np.zeros((1, 2), np.uint8)
    if case.modality.has_points:
        assert next(codec.restore(codes, n_points=100)).shape == (100, 3)
        assert Codec(case.model, max_chamfer=1e9).code(case.make(0)).bits == 8
        return
    with pytest.raises(InputError, match="which have no points; omit n_points"):
        list(codec.restore(codes, n_points=100))
    with pytest.raises(InputError, match="which have no points; omit spacing"):
        list(codec.restore(codes, spacing="even"))
    with pytest.raises(InputError, match="max_chamfer is a distance of clouds"):
        Codec(case.model, max_chamfer=1e-3)
    with pytest.raises(InputError, match="max_chamfer is a distance of clouds"):
        case.modality.check(case.model, Options(max_chamfer=1e-3))


def test_surfaces_are_sampled_not_their_corners(nested: Model) -> None:
    """A box of eight corners and twelve triangles, as trimesh, Open3D and PyVista have them."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 3)], float)
    faces = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]]
    faces += [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
    mesh = SimpleNamespace(vertices=corners, faces=np.array(faces))
    data = pcbin.compress(mesh, model=nested, bits=64)
    assert data != pcbin.compress(corners, model=nested, bits=64)
    assert data == pcbin.compress(cloud_of(mesh, samples=nested.encoder_points).points, model=nested, bits=64)
    assert pcbin.evaluate(mesh, data=data, model=nested).points == SAMPLES
