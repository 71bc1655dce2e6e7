"""3MF: what the build places, nested components, parts in other files, and hostile archives."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from pcbin.errors import InputError
from pcbin.formats.clouds import read_cloud, threemf

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
MESH = (
    "<mesh><vertices>"
    '<vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/>'
    '<vertex x="1" y="1" z="0"/><vertex x="0" y="1" z="0"/>'
    "</vertices><triangles>"
    '<triangle v1="0" v2="1" v3="2"/><triangle v1="0" v2="2" v3="3"/><triangle v1="0" v2="0" v3="3"/>'
    "</triangles></mesh>"
)
SQUARE = f'<object id="1" type="model">{MESH}</object>'
AT_NINE = "1 0 0 0 1 0 0 0 1 9 0 0"


def model(objects: str = SQUARE, build: str = '<item objectid="1"/>', head: str = "") -> str:
    names = f'xmlns="{CORE}" xmlns:p="{PRODUCTION}"'
    content = f"<resources>{objects}</resources><build>{build}</build>"
    return f'{head}<model unit="millimeter" {names}>{content}</model>'


def package(root: str | None = None, **others: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", model() if root is None else root)
        for name, text in others.items():
            archive.writestr(f"3D/Objects/{name}.model", text)
    return target.getvalue()


def read(data: bytes, **options):
    stream = io.BytesIO(data)
    stream.name = "chair.3mf"  # type: ignore[attr-defined]
    return read_cloud(stream, **options)


def test_a_square():
    cloud = read(package(), samples=400)
    assert (cloud.sampled_from, cloud.skipped_faces, cloud.dropped) == ("mesh of 2 triangles", 1, ())
    assert ((cloud.points >= 0) & (cloud.points <= 1)).all()
    assert (cloud.points[:, 2] == 0).all()


def test_only_what_the_build_places():
    objects = SQUARE + SQUARE.replace('id="1"', 'id="2"')
    cloud = read(package(model(objects, f'<item objectid="1"/><item objectid="1" transform="{AT_NINE}"/>')))
    assert cloud.sampled_from == "mesh of 4 triangles"
    assert (cloud.points[:, 0] >= 9).mean() == pytest.approx(0.5, abs=0.05)


def test_transforms_are_of_rows():
    """(x, y, z, 1) times the (4, 3) matrix."""
    build = '<item objectid="1" transform="0 2 0 -1 0 0 0 0 1 5 6 7"/>'
    points = read(package(model(build=build)), samples=0).points
    np.testing.assert_array_equal(points, [[5, 6, 7], [5, 8, 7], [4, 8, 7], [4, 6, 7]])


def test_components_nest():
    inner = (
        f'<object id="2"><components><component objectid="1" transform="{AT_NINE}"/></components></object>'
    )
    outer = (
        '<object id="3"><components>' + '<component objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 0"/>' * 2
    )
    cloud = read(
        package(model(SQUARE + inner + outer + "</components></object>", '<item objectid="3"/>')), samples=0
    )
    np.testing.assert_array_equal(cloud.points[:4], [[0, 9, 0], [0, 10, 0], [-1, 10, 0], [-1, 9, 0]])
    assert len(cloud.points) == 8


def test_parts_in_other_files_have_their_own_numbers():
    part = '<component objectid="1" p:path="/3D/Objects/{}.model" transform="{}"/>'
    components = (
        part.format("a", AT_NINE) + part.format("b", "2 0 0 0 2 0 0 0 2 0 0 0") + part.format("a", AT_NINE)
    )
    root = model(f'<object id="8"><components>{components}</components></object>', '<item objectid="8"/>')
    points = read(package(root, a=model(build=""), b=model(build='<item objectid="1"/>')), samples=0).points
    assert len(points) == 12
    assert points.max(axis=0).tolist() == [10, 2, 0]


def test_the_relationships_name_the_first_part():
    target = io.BytesIO()
    relationship = f'<Relationship Target="/other/M.model" Id="a" Type="{threemf._RELATIONSHIP}"/>'
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="any">{relationship}</Relationships>')
        archive.writestr("Other/m.model", model())
    assert read(target.getvalue()).sampled_from == "mesh of 2 triangles"


BOMB = '<!DOCTYPE m [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
CYCLE = (
    '<object id="{}"><components><component objectid="{}"/><component objectid="{}"/></components></object>'
)
NESTED = "".join(CYCLE.format(k, k + 1, k + 1) for k in range(1, 60))
BAD = {
    "no zip": (b"PK\3\4 and nothing", "damaged 3MF"),
    "cut": (package()[:-40], "damaged 3MF"),
    "no model": (b"PK\5\6" + bytes(18), r"no /3d/3dmodel\.model in it"),
    "no XML": (package("hello"), "damaged 3MF .*syntax error"),
    "cut XML": (package(model()[:-9]), "damaged 3MF"),
    "a document type": (package(model(head=BOMB)), "document type, which 3MF forbids"),
    "a number": (package(model().replace('x="1"', 'x="1oops"')), "damaged 3MF .*1oops"),
    "no number": (package(model().replace('x="1"', "")), "damaged 3MF"),
    "a fraction": (package(model().replace('v1="0"', 'v1="0.5"')), "damaged 3MF"),
    "a large index": (package(model().replace('v1="0"', 'v1="99999999999999999999"')), "damaged 3MF"),
    "a corner nowhere": (package(model().replace('v2="1"', 'v2="4"')), "vertex 4 .* of 4"),
    "a short transform": (package(model(build='<item objectid="1" transform="1 0 0"/>')), "damaged 3MF"),
    "an object that is not there": (package(model(build='<item objectid="7"/>')), "object '7' is not in"),
    "a part that is not there": (
        package(model(build='<item objectid="7" p:path="/no.model"/>')),
        "no /no.model",
    ),
    "nothing built": (package(model(build="")), "without meshes or points"),
    "a cycle": (package(model(CYCLE.format(1, 1, 1))), "places more than 100,000 objects"),
    "2 to the 60": (package(model(NESTED + '<object id="60"/>')), "places more than 100,000 objects"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files(case):
    data, problem = BAD[case]
    with pytest.raises(InputError, match=problem) as caught:
        read(data)
    assert str(caught.value).startswith("chair.3mf: ")
    assert len(str(caught.value)) < 500


def test_bombs():
    with pytest.raises(InputError, match="unpacks to more than 16,777,216 bytes"):
        read(package(model() + " " * 2**24))
    many = "".join(f'<object id="{k}"/>' for k in range(100_001))
    with pytest.raises(InputError, match="more than 100,000 objects"):
        read(package(model().replace("<resources>", "<resources>" + many)))


def test_mutations():
    """In the XML, and in the archive."""
    from test_clouds_fuzz import mutated

    rejected = 0
    for round in range(600):
        rng = np.random.default_rng([3, round])
        text = model().encode()
        data = package(mutated(text, rng).decode("latin-1")) if round % 2 else mutated(package(), rng)
        try:
            cloud = read(data, samples=16)
        except InputError:
            rejected += 1
        else:
            assert np.isfinite(cloud.points).all()
    assert 30 < rejected < 590


def test_written_by_trimesh(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    for name in ("lxml", "networkx"):
        pytest.importorskip(name)
    scene = trimesh.Scene()
    scene.add_geometry(
        trimesh.creation.box(), transform=trimesh.transformations.rotation_matrix(1, [1, 2, 3], [4, 5, 6])
    )
    scene.add_geometry(
        trimesh.creation.icosphere(), transform=trimesh.transformations.translation_matrix([9, 0, 0])
    )
    path = tmp_path / "model.3mf"
    path.write_bytes(scene.export(file_type="3mf"))
    cloud, whole = read_cloud(path, samples=0), trimesh.util.concatenate(scene.dump())
    order = np.lexsort(cloud.points.round(4).T), np.lexsort(whole.vertices.round(4).T)
    np.testing.assert_allclose(cloud.points[order[0]], whole.vertices[order[1]], atol=1e-4)
