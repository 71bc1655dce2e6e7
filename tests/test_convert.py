"""Decoded clouds as objects of other libraries, and back to the same code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.errors import InputError, MissingDependency, Truncated

KINDS = ["trimesh", "open3d", "pyvista"]


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind: str, tmp_path: Path, cloud: Callable[..., Any], tiny_path: Path) -> None:
    pytest.importorskip(kind)
    convert = getattr(pcbin, f"to_{kind}")
    points = cloud(center=(5e5, 0, 1))
    found = convert(points)
    np.testing.assert_array_equal(found.vertices if kind == "trimesh" else found.points, points)
    options: Any = {"model": "tiny", "effort": 0}
    data = pcbin.compress(points, **options)
    assert pcbin.compress(found, **options) == data  # whatever pcbin makes it also takes
    (tmp_path / "a.pcb").write_bytes(data)
    for item in (data, memoryview(data), tmp_path / "a.pcb", str(tmp_path / "a.pcb")):
        found = convert(item)
        np.testing.assert_array_equal(
            found.vertices if kind == "trimesh" else found.points, pcbin.decompress(data)
        )
    with pytest.raises(InputError, match="empty"):
        convert(np.empty((0, 3)))
    with pytest.raises(Truncated):
        convert(data[:-1])


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_package(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, kind, None)
    with pytest.raises(MissingDependency, match=rf"to_{kind} needs {kind}: pip install 'pcbin\["):
        getattr(pcbin, f"to_{kind}")(np.zeros((1, 3)))
