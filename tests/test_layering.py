"""Who may import whom (CONTRIBUTING, "layers"): an import against the order is a defect."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pcbin.formats.model_file import dump_model

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pcbin"

LAYERS = (
    {"pcbin.errors", "pcbin._prefetch", "pcbin._version", "pcbin._words"},
    {"pcbin._bits", "pcbin.arrays", "pcbin.metrics"},
    {"pcbin.formats"},
    {"pcbin.models"},
    {"pcbin.coding", "pcbin.resample"},
    {"pcbin.modalities"},
    {"pcbin.codec"},
    {"pcbin.auto"},
    {
        "pcbin.api",
        "pcbin.archive_writer",
        "pcbin.arrow",
        "pcbin.cluster",
        "pcbin.convert",
        "pcbin.evaluation",
        "pcbin.merging",
        "pcbin.truncation",
    },
    {"pcbin.archive", "pcbin.archive_dataset"},
    {"pcbin.generation", "pcbin.known_codes", "pcbin.search"},
    {"pcbin.pages"},
    {"pcbin"},
    {"pcbin.datasets"},
    {"pcbin.fleet"},
    {"pcbin.training"},
    {"pcbin.reproduce"},
    {"pcbin.cli"},
    {"pcbin.__main__"},
)
"""The rooms from the ground up: each may import its own modules, those beside it and those below."""

CLOSED = {
    "pcbin.models": {"pcbin.formats.pcb", "pcbin.formats.clouds", "pcbin.formats.images"},
    "pcbin.coding": {"pcbin.formats.pcb", "pcbin.formats.clouds", "pcbin.formats.images"},
    "pcbin.formats.pcb": {"pcbin.formats.clouds", "pcbin.formats.images", "pcbin.formats.model_file"},
}
"""Models and codings know no file of the user's, containers no network."""

LEARNING = {"pcbin.training", "pcbin.reproduce"}
"""Whoever imports these has installed what trains and draws."""

COMPILED = "pcbin.metrics.neighbour_grid"
"""Imported late, and done without where numba is not installed."""

EXTRAS = {
    "torch",
    "matplotlib",
    "PIL",
    "tensorboard",
    "faiss",
    "ray",
    "tqdm",
    "tomli",
    "h5py",
    "numba",
    "sklearn",
    "trimesh",
    "laspy",
    "lazrs",
    "pye57",
    "fsspec",
    "pyarrow",
    "open3d",
    "pyvista",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(name: str, *, top_only: bool = False) -> Iterator[str]:
    """The modules that a module imports, absolute; names of a package are followed to its submodules."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    nodes: Iterator[ast.AST] = iter(_top(tree)) if top_only else ast.walk(tree)
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                base = package.split(".")[: len(package.split(".")) - node.level + 1]
                source = ".".join([*base, *([source] if source else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if inner in MODULES else source


def _top(tree: ast.Module) -> list[ast.AST]:
    """Everything that runs when the module is imported."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
            continue
        found.append(node)
        waiting += list(ast.iter_child_nodes(node))
    return found


def below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def level(name: str) -> int:
    """How high a module's room lies; the longest name that fits is its room."""
    rooms = {room: height for height, rooms in enumerate(LAYERS) for room in rooms}
    known = [room for room in rooms if name == room or (room != "pcbin" and below(name, room))]
    assert known, f"{name} belongs to no room of LAYERS; say where it stands"
    return rooms[max(known, key=len)]


def test_no_import_circle() -> None:
    """Imports inside functions and those for type checkers count: a reader follows them all the same."""
    waiting = {name: {target for target in imports(name) if target in MODULES} for name in MODULES}
    while leaves := [name for name, targets in waiting.items() if not targets & set(waiting)]:
        for name in leaves:
            del waiting[name]
    assert not waiting, f"among these there is a circle: {sorted(waiting)}"


def uses_torch(name: str) -> bool:
    return any(below(name, room) for room in LEARNING) or name.endswith("_torch")


def test_the_walk_sees_imports() -> None:
    """The checks below would pass on nothing: this one says that there is something."""
    assert "pcbin.formats.pcb" in set(imports("pcbin.codec"))
    assert "scipy.spatial" in set(imports("pcbin.metrics.neighbours"))  # inside a function
    assert "scipy.spatial" not in set(imports("pcbin.metrics.neighbours", top_only=True))
    assert "pcbin.training.checkpoint" in set(imports("pcbin.training.train", top_only=True))
    assert len(MODULES) > 20


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_order(name: str) -> None:
    targets = {target for target in imports(name) if below(target, "pcbin") and target != "pcbin._version"}
    wrong = {target for target in targets if level(target) > level(name)}
    wrong |= {
        target
        for room, closed in CLOSED.items()
        for target in targets
        if below(name, room) and any(below(target, one) for one in closed)
    }
    assert not wrong, f"{name} must not import {sorted(wrong)}"


@pytest.mark.parametrize("name", MODULES)
def test_torch_only_where_something_learns(name: str) -> None:
    """And in the torch backend, which is imported when a device asks for it."""
    if uses_torch(name):
        return
    assert not any(below(target, "torch") for target in imports(name))
    top = set(imports(name, top_only=True))
    assert not any(uses_torch(target) for target in top)
    extras = EXTRAS - {"numba"} if name == COMPILED else EXTRAS
    assert not any(below(target, extra) for target in top for extra in extras)


def run(code: str, folder: Path) -> set[str]:
    """The modules that are loaded after a fresh interpreter has run `code`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PCBIN_MODELS": str(folder)}
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            code + "\nimport sys, json; print(json.dumps(list(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


HEAVY = {
    "torch",
    "threadpoolctl",
    "numba",
    "matplotlib",
    "plyfile",
    "tensorboard",
    "click",
    "scipy",
    "hypothesis",
    "pytest",
}


def test_import_is_light(tmp_path: Path) -> None:
    loaded = run("import pcbin", tmp_path)
    assert not loaded & (HEAVY | {"numpy", "pcbin.codec"})
    loaded = run("import pcbin\nfor name in pcbin.__all__: getattr(pcbin, name)", tmp_path)
    assert {"pcbin.codec", "pcbin.archive", "pcbin.evaluation"} <= loaded
    assert not loaded & HEAVY


def test_round_trip_is_light(tiny_path: Path, tmp_path: Path) -> None:
    """Encoding without a search and decoding on the CPU load neither torch nor scipy."""
    code = f"""
import numpy, pathlib, pcbin
points = numpy.random.default_rng(0).normal(size=(100, 3))
data = pcbin.compress(points, model={str(tiny_path)!r}, effort=0)
pathlib.Path("one.pcb").write_bytes(data)
"""
    loaded = run(code, tiny_path.parent)
    assert not loaded & HEAVY
    code = """
import pathlib, pcbin
points = pcbin.decompress(pathlib.Path("one.pcb").read_bytes())
assert points.shape == (64, 3)
"""
    loaded = run(code, tiny_path.parent)
    assert "pcbin.models.model" in loaded
    assert not loaded & HEAVY


def test_a_search_and_info_load_no_training(tiny_path: Path, model_parts: Callable[..., Any]) -> None:
    """scipy's trees, but neither torch nor numba; residual models need the trees at effort 0 too."""
    (tiny_path.parent / "tail.safetensors").write_bytes(
        dump_model(*model_parts(bits=32, residual=(16, 4), name="tail"))
    )
    code = """
import numpy, pathlib, pcbin
from pcbin.cli.program import program
points = numpy.random.default_rng(0).normal(size=(100, 3))
for model, effort in (("tiny", 2), ("tail", 0), ("tail", 2)):
    path = pathlib.Path("one.pcb")
    path.write_bytes(pcbin.compress(points, model=model, effort=effort))
    assert pcbin.decompress(path.read_bytes()).shape == (64, 3)
    try:
        program(["info", "one.pcb"], prog_name="pcbin")
    except SystemExit as done:
        assert not done.code
"""
    loaded = run(code, tiny_path.parent)
    assert "pcbin.coding.matching" in loaded
    assert not loaded & {"torch", "numba", "matplotlib"}


def test_only_one_package_is_installed(root: Path) -> None:
    """formats/, models/ and cli/ are contracts for people; their names never reach site-packages."""
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["pcbin"]
    assert not any(
        (root / folder / "__init__.py").exists() for folder in ("formats", "models", "cli", "benchmarks")
    )
