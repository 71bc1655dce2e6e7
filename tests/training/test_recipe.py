"""Recipes: what a TOML file may say, and what is said about a wrong one."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest

from pcbin.errors import InputError
from pcbin.training.recipe import Recipe, Source, load, parse, without_none

pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")

FULL: dict[str, Any] = {
    "name": "example",
    "description": "d",
    "license": "l",
    "data": [
        {"path": "a.npz", "split": "train", "validation": 0.1, "weight": 2, "final_weight": 0.5},
        {"path": "folder", "classes": ["chair", "table"]},
    ],
    "encoder": {"point_widths": [8, 16], "widths": []},
    "latent": {"kind": "beta", "size": 16, "options": {"prior": 0.5}},
    "decoder": {"widths": [32], "blocks": 1, "points": 64},
    "objective": {"kl_weight": 0.1, "free_nats": 0.5},
    "augment": {"mirror": 1, "scale": 0.1, "warp": 0.1, "shear": 0.1, "splice": 0.5},
    "train": {"steps": 10, "batch": 4, "rate": 1e-3, "warmup": 0, "patience": 0, "seed": 0},
}


def test_everything_arrives() -> None:
    recipe = parse(FULL, "here")
    assert recipe.data == (
        Source("a.npz", "train", 0.1, 2.0, 0.5),
        Source("folder", classes=("chair", "table")),
    )
    assert recipe.encoder.point_widths == (8, 16)
    assert recipe.encoder.widths == ()
    assert recipe.latent.options == {"prior": 0.5}
    assert (recipe.decoder.blocks, recipe.decoder.points) == (1, 64)
    assert recipe.objective.free_nats == 0.5
    assert type(recipe.augment.mirror) is float
    assert recipe.train.steps == 10
    assert recipe.train.average == 0.999  # what is not said


def test_parse_leaves_its_table_alone() -> None:
    import copy

    table = copy.deepcopy(FULL)
    parse(table, "here")
    assert table == FULL


def test_a_name_is_enough() -> None:
    assert parse({"name": "x"}, "here") == Recipe(name="x")


def test_through_json_and_back() -> None:
    """A checkpoint keeps the recipe as JSON."""
    import json

    recipe = parse(FULL, "here")
    assert parse(without_none(json.loads(json.dumps(dataclasses.asdict(recipe)))), "there") == recipe


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parents[2].glob("models/*/*.toml")), ids=lambda p: p.stem
)
def test_shipped_recipes(path: Path) -> None:
    recipe = load(path)
    assert recipe.data
    assert recipe.license
    assert recipe.latent.size % 8 == 0


def test_there_is_a_shipped_recipe(root: Path) -> None:
    assert load(root / "models" / "chair" / "recipe.toml").name == "chair"


def put(where: str, value: Any) -> dict[str, Any]:
    """FULL with one value changed: 'train.steps', 'data.0.path', 'name'."""
    import copy

    table: Any = copy.deepcopy(FULL)
    inner = table
    *steps, last = where.split(".")
    for step in steps:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = value
    return table  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("name", 5),
        ("name", "../x"),
        ("name", "π"),
        ("name", "nul"),
        ("description", None),
        ("data", {}),
        ("data", "a.npz"),
        ("data", ["a.npz"]),
        ("data.0.path", 3),
        ("data.0.split", 1),
        ("data.0.classes", "chair"),
        ("data.0.classes", []),
        ("data.0.classes", [1]),
        ("data.0.classes", [""]),
        ("data.0.classes", ["chair", "chair"]),
        ("data.0.classes", {"chair": 1}),
        ("data.0.validation", "half"),
        ("data.0.validation", -0.1),
        ("data.0.validation", 1.5),
        ("data.0.weight", -1),
        ("data.0.weight", float("nan")),
        ("data.0.weight", float("inf")),
        ("data.0.weight", True),
        ("encoder", 5),
        ("encoder", []),
        ("encoder.point_widths", []),
        ("encoder.point_widths", 64),
        ("encoder.point_widths", [64, 0]),
        ("encoder.point_widths", [64, -1]),
        ("encoder.point_widths", [64.0]),
        ("encoder.point_widths", [True]),
        ("encoder.widths", "512"),
        ("latent.kind", 1),
        ("latent.size", 0),
        ("latent.size", -8),
        ("latent.size", 12.0),
        ("latent.options", 5),
        ("latent.options", []),
        ("decoder.points", 0),
        ("decoder.blocks", -1),
        ("objective.kl_weight", "0"),
        ("objective.free_nats", -1.0),
        ("augment.mirror", 1.5),
        ("augment.splice", 2),
        ("augment.scale", float("nan")),
        ("train.steps", 0),
        ("train.steps", 1e4),
        ("train.steps", True),
        ("train.batch", 0),
        ("train.points", 0),
        ("train.encoder_points", 0),
        ("train.validate_every", 0),
        ("train.warmup", -1),
        ("train.seed", -1),
        ("train.rate", -1e-3),
        ("train.rate", float("inf")),
        ("train.average", 1.5),
    ],
    ids=str,
)
def test_wrong_values(where: str, value: Any) -> None:
    with pytest.raises(InputError) as error:
        parse(put(where, value), "my.toml")
    message = str(error.value)
    assert message.startswith("my.toml")
    table, key = where.split(".")[0], where.split(".")[-1]  # noqa: PLC0207
    assert key in message or table in message


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("latents", "my.toml: unknown key 'latents'; known are name, description"),
        ("train.epochs", r"my.toml: \[train\]: unknown key 'epochs'; known are steps, batch"),
        ("data.1.splits", r"my.toml: \[\[data\]\]: unknown key 'splits'; known are path, split"),
        ("augment.spin", r"my.toml: \[augment\]: unknown key 'spin'; known are mirror"),
    ],
)
def test_unknown_keys(where: str, place: str) -> None:
    with pytest.raises(InputError, match=place):
        parse(put(where, 1), "my.toml")


def test_missing_keys() -> None:
    with pytest.raises(InputError, match=r"my.toml.*name"):
        parse({}, "my.toml")
    with pytest.raises(InputError, match=r"my.toml: \[\[data\]\].*path"):
        parse({"name": "x", "data": [{"split": "train"}]}, "my.toml")


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    with pytest.raises(InputError, match=r"recipe\.toml: no such recipe"):
        load(path)
    for data in (b"name = ", b"\xff\xfe\x00", b"name = 'a'\nname = 'b'\n"):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"recipe\.toml: not a readable TOML file"):
            load(path)
    with pytest.raises(InputError, match="not a readable TOML file"):
        load(tmp_path)
    path.write_text("name = 'p'\n# π\n[train]\nsteps = 7\n", encoding="utf-8")
    assert load(path).name == "p"
    assert load(path).train.steps == 7
    path.write_text("name = 'x'\n[train]\nstep = 7\n")
    with pytest.raises(InputError, match=r"recipe\.toml: \[train\]: unknown key 'step'"):
        load(path)
