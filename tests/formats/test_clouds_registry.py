"""Formats of other packages, the choice of a format, and what is imported when."""

from __future__ import annotations

import importlib.metadata
import io
import subprocess
import sys

import numpy as np
import pytest

from pcbin.errors import InputError
from pcbin.formats.clouds import (
    Cloud,
    CloudFormat,
    Mesh,
    _registry,
    format_of,
    formats,
    read_cloud,
    register,
    write_cloud,
)


def read_raw(stream, name):
    return Cloud(np.frombuffer(stream.read(), "<f8").reshape(-1, 3), ("nothing",))


def write_raw(stream, points):
    stream.write(points.astype("<f8").tobytes())


RAW = CloudFormat("raw", (".raw", ".raw.xyz"), read_raw, write_raw)


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    monkeypatch.setattr(_registry, "_formats", dict(_registry._formats))
    yield
    _registry._plugins.cache_clear()


@pytest.fixture
def install(monkeypatch):
    """Makes entry points of our group, given as name=value."""

    def install(**entries):
        points = [importlib.metadata.EntryPoint(n, v, "pcbin.clouds") for n, v in entries.items()]
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == "pcbin.clouds" else []
        )
        _registry._plugins.cache_clear()

    return install


def test_a_registered_format_reads_and_writes(tmp_path):
    register(RAW)
    target = io.BytesIO()
    write_cloud(target, [[1, 2, 3]], "raw")
    path = tmp_path / "A.Raw"
    path.write_bytes(target.getvalue())
    cloud = read_cloud(path)
    np.testing.assert_array_equal(cloud.points, [[1, 2, 3]])
    assert cloud.dropped == ("nothing",)
    assert formats()["raw"] is RAW


def test_what_a_plugin_returns_is_checked():
    register(CloudFormat("nan", (".nan",), lambda stream, name: Cloud(np.full((1, 3), np.nan))))
    with pytest.raises(InputError, match=r"a\.nan.*NaN"):
        read_cloud(named("a.nan"))
    register(CloudFormat("tri", (".tri",), lambda stream, name: Mesh(np.eye(3), np.array([[0, 1, 3]]))))
    with pytest.raises(InputError, match="vertex 3"):
        read_cloud(named("a.tri"))


def named(name: str) -> io.BytesIO:
    stream = io.BytesIO()
    stream.name = name  # type: ignore[attr-defined]
    return stream


def test_the_longest_suffix_wins():
    register(RAW)
    assert format_of("a.raw.xyz").name == "raw"
    assert format_of("a.xyz").name == "xyz"


@pytest.mark.parametrize(
    ("format", "problem"),
    [
        (CloudFormat("ply", (".ply2",)), "'ply' exists"),
        (CloudFormat("ply2", (".ply",)), "belongs to 'ply'"),
        (CloudFormat("Ply2", ()), "lower case"),
        (CloudFormat("", ()), "lower case"),
        (CloudFormat("ply2", ("ply2",)), "leading dot"),
        (CloudFormat("ply2", (".PLY2",)), "lower case"),
    ],
)
def test_what_cannot_be_registered(format, problem):
    with pytest.raises(InputError, match=problem):
        register(format)


def test_replacing():
    mine = CloudFormat("mine", (".ply",), read_raw)
    register(mine, replace=True)
    assert format_of("a.ply") is mine
    assert format_of("a", format="ply").name == "ply"
    other = CloudFormat("ply", (".ply",), read_raw)
    register(other, replace=True)
    assert format_of("a.ply") is other


def test_entry_points(install):
    install(raw=f"{__name__}:RAW")
    assert format_of("a.raw").name == "raw"
    assert format_of("a", format="raw").name == "raw"
    assert "raw" in formats()
    assert "ply" in formats()


def test_entry_points_are_not_looked_up_for_built_in_formats(monkeypatch):
    def forbidden(**options):
        raise AssertionError("looked up")

    _registry._plugins.cache_clear()
    monkeypatch.setattr(importlib.metadata, "entry_points", forbidden)
    assert format_of("a.ply").name == "ply"
    assert format_of("a", format="npz").name == "npz"


@pytest.mark.parametrize("value", ["no_such_module_here:RAW", f"{__name__}:nothing", f"{__name__}:read_raw"])
def test_a_broken_plugin_is_named_and_hides_nothing(install, value):
    install(fbx=value, raw=f"{__name__}:RAW")
    assert format_of("a.raw").name == "raw"
    with pytest.raises(InputError, match=r"unknown suffix '.fbx'.*the plugin 'fbx' .*does not load"):
        format_of("a.fbx")
    with pytest.warns(RuntimeWarning, match="the plugin 'fbx'"):
        assert "raw" in formats()


def test_a_function_that_cannot_be_imported():
    register(CloudFormat("lazy", (".lazy",), "no_such_module_here:read"))
    with pytest.raises(InputError, match=r"'lazy'.*no_such_module_here"):
        read_cloud(named("a.lazy"))


def test_unknown_formats(install):
    install()
    with pytest.raises(InputError, match=r"a.doc: unknown suffix '.doc'; .*\.asc, .*\.ply"):
        format_of("a.doc")
    with pytest.raises(InputError, match="no suffix"):
        format_of("chair")
    with pytest.raises(InputError, match="unknown format 'doc'"):
        format_of("a.ply", format="doc")
    with pytest.raises(InputError, match=r"<stdin>: .*name its format"):
        read_cloud(named("<stdin>"))
    with pytest.raises(InputError, match=r"stl cannot be written; use one of: csv"):
        write_cloud(io.BytesIO(), [[0, 0, 0]], "stl")
    with pytest.raises(InputError, match=r"no \.gz"):
        format_of("a.ply.gz", writing=True)
    register(CloudFormat("wo", (".wo",), None, write_raw))
    with pytest.raises(InputError, match="wo cannot be read"):
        format_of("a.wo")


def test_the_error_names_the_extras_that_read_more():
    with pytest.raises(
        InputError, match=r"'\.fbx'; .*\.e57 \(pcbin\[e57\]\), \.glb, .*\.las \(pcbin\[las\]\)"
    ):
        format_of("a.fbx")


def test_backends_are_imported_on_first_use():
    code = (
        "import sys, pcbin.formats.clouds as c; c.format_of('a.ply');"
        "late = {'plyfile', 'pcbin.formats.clouds.ply', 'pcbin.formats.clouds.npz'} & set(sys.modules);"
        "assert not late, late"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
