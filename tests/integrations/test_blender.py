"""The Blender extension, in Blender as a module (bpy): what its operators do, not how they look."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.formats.clouds import read_cloud
from pcbin.metrics import chamfer

FOLDER = Path(__file__).parents[2] / "integrations" / "blender"
EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_manifest() -> None:
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    found = tomllib.loads((FOLDER / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert found["version"] == pcbin.__version__
    assert {"schema_version", "id", "name", "tagline", "maintainer", "type", "license"} <= set(found)
    texts = [found["tagline"], *found["permissions"].values()]  # Blender's rules
    assert all(len(text) <= 64 and text[-1] not in ".!?" for text in texts)


@pytest.fixture(scope="module")
def bpy() -> Iterator[Any]:
    """Blender with the extension enabled, and an empty scene."""
    bpy = pytest.importorskip("bpy")
    spec = importlib.util.spec_from_file_location("pcbin_for_blender", FOLDER / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    extension = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = extension
    spec.loader.exec_module(extension)
    extension.register()
    yield bpy
    extension.unregister()
    del sys.modules[spec.name]
    assert not hasattr(bpy.types.WindowManager, "pcbin_results")


@pytest.fixture
def scene(bpy: Any) -> Any:
    for one in list(bpy.data.objects):
        bpy.data.objects.remove(one)
    return bpy


def vertices(found: Any) -> Any:
    points = np.empty(3 * len(found.data.vertices), np.float32)
    found.data.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def upright(points: Any) -> Any:
    """Points with y up, as Blender has them."""
    x, y, z = np.asarray(points).T
    return np.stack([x, -z, y], axis=1)


def add_mesh(bpy: Any, name: str, corners: Any, faces: Any) -> Any:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], faces)
    found = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(found)
    return found


def box(bpy: Any, name: str = "box", size: tuple[float, float, float] = (1, 2, 3)) -> Any:
    bpy.ops.mesh.primitive_cube_add()
    found = bpy.context.active_object
    found.name, found.scale = name, size
    bpy.context.view_layer.update()
    return found


def select(bpy: Any, *chosen: Any) -> None:
    for one in bpy.data.objects:
        one.select_set(one in chosen)
    bpy.context.view_layer.objects.active = chosen[0]


def test_import(scene: Any, tmp_path: Path) -> None:
    points = read_cloud(EXAMPLES / "chair.ply").points
    data = pcbin.compress(points)
    (tmp_path / "chair.pcb").write_bytes(data)
    scene.ops.import_scene.pcb(filepath=str(tmp_path / "chair.pcb"))
    found = scene.context.active_object
    assert found.name == "chair"
    np.testing.assert_array_equal(vertices(found), upright(pcbin.decompress(data)))
    scene.ops.import_scene.pcb(filepath=str(tmp_path / "chair.pcb"), up="y", points=500)
    np.testing.assert_array_equal(vertices(scene.context.active_object), pcbin.decompress(data, n_points=500))


def test_import_of_archives(scene: Any, tmp_path: Path) -> None:
    with pcbin.open(tmp_path / "a.pcb", "w", model="chair", effort=0, warn=False) as archive:
        for name in ("chair", "armchair", "led"):
            archive.append(read_cloud(EXAMPLES / f"{name}.ply").points, {"name": name})
    scene.ops.import_scene.pcb(filepath=str(tmp_path / "a.pcb"), limit=2)
    assert sorted(one.name for one in scene.data.objects) == ["armchair", "chair"]
    scene.ops.import_scene.pcb(directory=str(tmp_path), files=[{"name": "a.pcb"}])
    assert len(scene.data.objects) == 5
    (tmp_path / "a.pcb").write_bytes(b"no")
    with pytest.raises(RuntimeError, match="is not the magic"):
        scene.ops.import_scene.pcb(filepath=str(tmp_path / "a.pcb"))


def test_export_of_a_surface(scene: Any, tmp_path: Path) -> None:
    """A mesh with a modifier and a transform is coded as the file that Blender would write of it."""
    found = box(scene)
    found.location, found.rotation_euler = (4, 5, 6), (0, 0, 0.5)
    found.modifiers.new("bevel", "BEVEL").width = 0.2
    scene.context.view_layer.update()
    select(scene, found)
    scene.ops.export_scene.pcb(filepath=str(tmp_path / "box.pcb"), model="cells", effort=0)
    scene.ops.wm.obj_export(filepath=str(tmp_path / "box.obj"), export_selected_objects=True)
    file = read_cloud(tmp_path / "box.obj")
    assert file.sampled_from is not None
    data = (tmp_path / "box.pcb").read_bytes()
    other = pcbin.compress(file.points, model="cells", effort=0, metadata={"name": "box"})
    back, wanted = pcbin.decompress(data), pcbin.decompress(other)
    scale = np.linalg.norm(np.ptp(file.points, axis=0))
    assert chamfer(wanted / scale, back / scale) < 1e-3
    with pcbin.open(tmp_path / "box.pcb") as archive:
        assert archive.metadata == {"name": "box"}
    scene.ops.import_scene.pcb(filepath=str(tmp_path / "box.pcb"))
    there = vertices(scene.context.active_object)
    np.testing.assert_allclose((there.min(axis=0) + there.max(axis=0)) / 2, (4, 5, 6), atol=0.2)


def test_export_of_points_gives_the_code_of_the_file(scene: Any, tmp_path: Path) -> None:
    """Of a cloud all points are taken, so nothing is drawn: there and back, the code is the same."""
    points = read_cloud(EXAMPLES / "armchair.ply").points.astype(np.float32)
    select(scene, add_mesh(scene, "armchair", upright(points).tolist(), []))
    scene.ops.export_scene.pcb(filepath=str(tmp_path / "a.pcb"), bits=64)
    wanted = pcbin.compress(points, bits=64, metadata={"name": "armchair"}, warn=False)
    with pcbin.open(tmp_path / "a.pcb") as archive:
        np.testing.assert_allclose(archive[0], pcbin.decompress(wanted), atol=1e-5)
        assert archive.bits == 64


def test_export_of_several(scene: Any, tmp_path: Path) -> None:
    select(scene, box(scene, "b"), box(scene, "a", (3, 1, 1)))
    scene.ops.export_scene.pcb(filepath=str(tmp_path / "two.pcb"), model="chair", effort=0)
    with pcbin.open(tmp_path / "two.pcb") as archive:
        assert [one.metadata["name"] for one in archive.records()] == ["a", "b"]
    scene.ops.object.select_all(action="DESELECT")
    assert not scene.ops.export_scene.pcb.poll()


@pytest.mark.parametrize("kind", ["folder", "archive", "index"])
def test_find_similar(scene: Any, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    shapes = {"tall": (1, 1, 4), "flat": (3, 3, 0.5), "cube": (1, 1, 1)}
    for name, size in shapes.items():
        select(scene, box(scene, name, size))
        scene.ops.wm.obj_export(filepath=str(folder / f"{name}.obj"), export_selected_objects=True)
    library = folder
    if kind == "archive":
        library = tmp_path / "a.pcb"
        with pcbin.open(library, "w", model="cells", warn=False) as archive:
            for path in sorted(folder.glob("*.obj")):
                archive.append(read_cloud(path).points, {"name": path.stem})
    if kind == "index":
        pytest.importorskip("click")
        from click.testing import CliRunner

        from pcbin.cli.program import program

        library = tmp_path / "lib.pcb"
        result = CliRunner().invoke(program, ["index", str(folder), "-o", str(library)])
        assert result.exit_code == 0, result.output
    query = box(scene, "query", (2, 0.5, 0.5))  # tall, lying and half as large
    select(scene, query)
    scene.ops.pcbin.find_similar(library=str(library), count=3)
    results = scene.context.window_manager.pcbin_results
    assert len(results) == 3
    assert "tall" in results[0].name
    assert results[0].ratio < results[1].ratio
    scene.ops.pcbin.add_similar(index=0)
    added = vertices(scene.context.active_object)
    assert len(added) >= 1000
    assert np.ptp(added, axis=0).argmax() == 2  # as tall as it was, along z
    with pytest.raises(RuntimeError, match="search again"):
        scene.ops.pcbin.add_similar(index=7)
    with pytest.raises(RuntimeError, match="name a library"):
        scene.ops.pcbin.find_similar(library=str(tmp_path / "nothing"))


INSTALL = """
import sys
import bpy
bpy.ops.preferences.addon_enable(module="bl_pkg")
package, chair, folder = sys.argv[1:]
bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
import pcbin
assert "extensions" in pcbin.__file__, pcbin.__file__
bpy.ops.import_scene.pcb(filepath=chair)
assert len(bpy.context.active_object.data.vertices) == 2048
bpy.ops.pcbin.find_similar(library=folder, count=2)
assert "chair" in bpy.context.window_manager.pcbin_results[0].name
assert not {"click", "torch"} & set(sys.modules)
"""


@pytest.mark.slow
def test_the_package_installs(tmp_path: Path) -> None:
    """What build.py writes, installed by Blender's own means, in a Blender that has no other pcbin."""
    pytest.importorskip("bpy")
    build = [sys.executable, str(FOLDER / "build.py"), "-o", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True, timeout=600)
    [package] = tmp_path.glob("*.zip")
    (tmp_path / "chair.pcb").write_bytes(pcbin.compress(read_cloud(EXAMPLES / "chair.ply").points))
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["BLENDER_USER_RESOURCES"] = str(tmp_path / "user")
    command = [sys.executable, "-c", INSTALL, str(package), str(tmp_path / "chair.pcb"), str(EXAMPLES)]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
