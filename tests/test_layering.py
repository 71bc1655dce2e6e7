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

MODULE_LEVEL_TORCH = {
    "pcbin.models.backend_torch",
    "pcbin.models.chamfer",
    "pcbin.models.checkpoint",
    "pcbin.models.freeze",
    "pcbin.models.latents.base",
    "pcbin.models.latents.bernoulli",
    "pcbin.models.latents.bernoulli_mixture",
    "pcbin.models.latents.beta",
    "pcbin.models.latents.deterministic",
    "pcbin.models.latents.gaussian_mixture",
    "pcbin.models.latents.labelled_normal",
    "pcbin.models.latents.mixture",
    "pcbin.models.latents.nested",
    "pcbin.models.latents.normal",
    "pcbin.models.network",
    "pcbin.models.objective",
    "pcbin.models.ops_torch",
    "pcbin.models.residual",
    "pcbin.models.residual_tune",
    "pcbin.models.tasks.base",
    "pcbin.models.tasks.clouds",
    "pcbin.models.tasks.pictures",
    "pcbin.models.train",
    "pcbin.models.workers",
}
"""Training and CUDA: only these may name torch at their top, and only each other may import them there."""

TRAINING = {"pcbin.models.freeze", "pcbin.models.latents", "pcbin.models.tasks"}
"""These name no torch themselves, but import what does; imported by training alone."""

STUDIES = "pcbin.reproduce"
BASE = {"pcbin.arrays", "pcbin.metrics", "pcbin.errors", "pcbin._version"}
EXTRAS = {"torch", "matplotlib", "PIL", "tensorboard", "faiss", "ray", "tqdm", "tomli", "h5py", "numba"}
COMPILED = {"pcbin.models.grid"}
"""Only these may name numba at their top, and nothing imports them at its own."""


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


def allowed(importer: str, imported: str) -> bool:  # noqa: PLR0911 - one return a layer
    """The order: cli -> pcbin/*.py -> models, formats -> arrays, metrics, errors."""
    if below(importer, "pcbin.cli") or importer == "pcbin.__main__":
        return True
    if importer in BASE:
        return imported in BASE
    if below(importer, "pcbin.models"):
        names = ("model_file", "mixture_file", "atomic", "clouds", "entropy")
        formats = [f"pcbin.formats.{name}" for name in names]
        return below(imported, "pcbin.models") or imported in BASE or any(below(imported, f) for f in formats)
    for package in ("pcbin.formats.pcb", "pcbin.formats.clouds"):
        if below(importer, package):
            shared = imported == "pcbin.formats.atomic" or below(imported, "pcbin.formats.entropy")
            return below(imported, package) or imported in BASE or shared
    if below(importer, "pcbin.formats.entropy"):
        return below(imported, "pcbin.formats.entropy") or imported in BASE
    if below(importer, "pcbin.formats"):
        return imported in BASE or imported in {"pcbin.formats.atomic", "pcbin.formats"}
    if below(imported, STUDIES) and not below(importer, STUDIES):
        return False
    return not below(imported, "pcbin.cli")  # the codec, archives, clusters, the report, the surface


def test_the_walk_sees_imports() -> None:
    """The checks below would pass on nothing: this one says that there is something."""
    assert "pcbin.formats.pcb" in set(imports("pcbin.codec"))
    assert "scipy.spatial" in set(imports("pcbin.metrics"))  # inside a function
    assert "scipy.spatial" not in set(imports("pcbin.metrics", top_only=True))
    assert "pcbin.models.checkpoint" in set(imports("pcbin.models.train", top_only=True))
    assert len(MODULES) > 20


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_order(name: str) -> None:
    wrong = {target for target in imports(name) if below(target, "pcbin") and not allowed(name, target)}
    assert not wrong, f"{name} must not import {sorted(wrong)}"


@pytest.mark.parametrize("name", MODULES)
def test_formats_know_no_network_and_models_no_user_file(name: str) -> None:
    """The two rules of the order that matter most, said a second time without the table."""
    targets = set(imports(name))
    if below(name, "pcbin.formats"):
        assert not any(below(target, "pcbin.models") or target == "pcbin.codec" for target in targets)
    if below(name, "pcbin.models"):
        assert not any(below(target, "pcbin.formats.pcb") or target == "pcbin.codec" for target in targets)


@pytest.mark.parametrize("name", MODULES)
def test_torch_at_module_level_only_where_training_needs_it(name: str) -> None:
    top = set(imports(name, top_only=True))
    assert not top & COMPILED
    if name in MODULE_LEVEL_TORCH | COMPILED or below(name, STUDIES):
        return
    assert not any(below(target, extra) for target in top for extra in EXTRAS)
    if name not in TRAINING:
        assert not top & (MODULE_LEVEL_TORCH | TRAINING)


@pytest.mark.parametrize(("extra", "expected"), [("torch", MODULE_LEVEL_TORCH), ("numba", COMPILED)])
def test_the_lists_are_exact(extra: str, expected: set[str]) -> None:
    named = {name for name in MODULES if any(below(t, extra) for t in imports(name, top_only=True))}
    assert {name for name in named if not below(name, STUDIES)} == expected


@pytest.mark.parametrize("name", [name for name in MODULES if not below(name, STUDIES)])
def test_nothing_stands_on_the_studies(name: str) -> None:
    """They train and draw, so they may import any extra; only a command may import them, when it runs."""
    reached = imports(name, top_only=below(name, "pcbin.cli"))
    assert not any(below(target, STUDIES) for target in reached)


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


HEAVY = {"torch", "numba", "matplotlib", "plyfile", "tensorboard", "click", "scipy", "hypothesis", "pytest"}


def test_import_is_light(tmp_path: Path) -> None:
    loaded = run("import pcbin", tmp_path)
    assert not loaded & (HEAVY | {"numpy", "pcbin.codec"})
    loaded = run("import pcbin\nfor name in pcbin.__all__: getattr(pcbin, name)", tmp_path)
    assert {"pcbin.codec", "pcbin.archive", "pcbin.report"} <= loaded
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
    assert "pcbin.models.matching" in loaded
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
