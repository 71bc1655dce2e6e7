"""Training on boxes: it learns, and a run that is killed and resumed is the run that was not."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pcbin.errors import InputError  # noqa: E402
from pcbin.formats.atomic import open_atomic  # noqa: E402
from pcbin.metrics import chamfer  # noqa: E402
from pcbin.training import checkpoint, train  # noqa: E402
from pcbin.training.build import build, load  # noqa: E402
from pcbin.training.freeze import freeze  # noqa: E402
from pcbin.training.objective import Objective  # noqa: E402
from pcbin.training.optimisation import learning_rate  # noqa: E402
from pcbin.training.recipe import Recipe, parse  # noqa: E402
from pcbin.training.tasks.clouds import CloudTask, load_data  # noqa: E402

POINTS = 64
torch.set_num_threads(1)  # threads only wait for each other on networks this small


def boxes(count: int, seed: int) -> Any:
    """(count, 96, 3): points on boxes of random proportions, unit diagonal."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.5, 0.5, (count, 96, 3))
    axis = rng.integers(0, 3, (count, 96, 1))
    side = rng.choice([-0.5, 0.5], (count, 96, 1))
    np.put_along_axis(points, axis, side, axis=2)
    points[:, :2] = [[-0.5] * 3, [0.5] * 3]
    sizes = rng.uniform(0.2, 1.0, (count, 1, 3))
    return (points * sizes / np.linalg.norm(sizes, axis=2, keepdims=True)).astype(np.float16)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    np.savez(tmp_path / "boxes.npz", points=boxes(60, 0), split=np.array(["train"] * 50 + ["test"] * 10))
    return tmp_path


NESTED = {"kind": "bernoulli", "size": 16, "options": {"prefixes": [8, 16], "default": 16}}


LATENTS = {"generating": "bernoulli"}


def recipe(*, kind: str = "bernoulli", **training: Any) -> Recipe:
    table = {
        "name": "boxes",
        "license": "none",
        "data": [{"path": "boxes.npz", "split": "train", "validation": 0.2}],
        "encoder": {"point_widths": [16, 32], "widths": [32]},
        "latent": NESTED if kind == "nested" else {"kind": LATENTS.get(kind, kind), "size": 16},
        "decoder": {"widths": [32], "points": POINTS},
        "objective": {"kl_weight": 0.01, "free_nats": 0.01} if kind in ("normal", "beta") else {},
        "generation": {"weight": 0.3, "pool": 20, "pairs": 4} if kind == "generating" else {},
        "augment": {"mirror": 0.5, "scale": 0.1},
        "train": {
            "steps": 12,
            "batch": 8,
            "rate": 5e-3,
            "warmup": 3,
            "points": POINTS,
            "encoder_points": 48,
            "validate_every": 5,
            **training,
        },
    }
    return parse(table, "test")


def silent(_: str) -> None: ...


def run(plan: Recipe, data: Path, name: str) -> Path:
    return train.train(plan, data, data / name, report=silent)


def log_of(folder: Path) -> list[dict[str, str]]:
    """The lines without the times."""
    with (folder / "log.csv").open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def tensors_of(path: Path) -> dict[str, Any]:
    return checkpoint.read(path).tensors


def same(a: Path, b: Path) -> bool:
    mine, other = tensors_of(a), tensors_of(b)
    return mine.keys() == other.keys() and all(torch.equal(mine[n], other[n]) for n in mine)


@pytest.mark.parametrize("kind", ["deterministic", "normal", "beta", "bernoulli", "nested"])
def test_it_learns(kind: str, data: Path) -> None:
    steps = 400 if kind == "beta" else 120  # its bits are random at first
    plan = recipe(kind=kind, steps=steps, validate_every=40, batch=16)
    run(plan, data, "run")
    log = log_of(data / "run")
    assert [int(row["step"]) for row in log] == list(range(40, steps + 1, 40))
    assert list(json.loads(log[-1]["terms"])) == ([] if kind == "deterministic" else ["term z"])
    first, last = (float(log[i]["chamfer_e3"]) for i in (0, -1))
    assert last < 0.6 * first
    assert "boxes.npz" in log[-1]["validation"]
    assert float(log[-1]["kl"]) >= 0
    validation = checkpoint.read(data / "run" / "checkpoint.safetensors").state.validation
    assert validation is not None
    scores = validation["boxes.npz"]
    assert 0 < scores["chamfer_e3"] < first
    assert ("chamfer_e3_continuous" in scores) == (kind == "beta")
    assert ("chamfer_e3_8_bits" in scores) == (kind == "nested")
    assert "chamfer_e3_16_bits" not in scores  # the default length is that of chamfer_e3


def test_same_seed_same_run(data: Path) -> None:
    a, b = run(recipe(), data, "a"), run(recipe(), data, "b")
    assert log_of(a.parent) == log_of(b.parent)
    assert same(a, b)
    assert not same(a, run(recipe(seed=1), data, "c"))


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        *(("bernoulli", last) for last in (1, 4, 5, 7, 10, 11)),
        *((kind, last) for kind in ("nested", "generating") for last in (4, 7)),
    ],
)
def test_killed_and_resumed(kind: str, last: int, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkpoint is of step `last`; two more steps were made, and perhaps logged, when the run was
    killed.
    """
    whole = run(recipe(kind=kind), data, "whole")
    folder = data / "killed"
    genuine_save, genuine_forward = checkpoint.save, Objective.forward
    monkeypatch.setattr(train, "SAVE_EVERY_S", -1.0)
    steps = 0

    def save(path: Path, network: Any, averaged: Any, optimiser: Any, state: Any, *rest: Any) -> None:
        if state.step <= last:
            genuine_save(path, network, averaged, optimiser, state, *rest)

    def forward(*arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps > last + 2:
            raise Killed
        return genuine_forward(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save)
        patch.setattr(Objective, "forward", forward)
        if last + 2 < 12:
            with pytest.raises(Killed):
                run(recipe(kind=kind), data, "killed")
        else:
            run(recipe(kind=kind), data, "killed")  # it went to its end, but the last checkpoint was lost
    assert checkpoint.read(folder / "checkpoint.safetensors").state.step == last
    said: list[str] = []
    resumed = train.train(recipe(kind=kind), data, folder, report=said.append)
    assert said[0] == f"resumed at step {last}"
    assert log_of(folder) == log_of(whole.parent)
    assert same(resumed, whole)


def test_killed_before_the_first_checkpoint(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(recipe(), data, "whole")
    said = 0

    def report(_: str) -> None:
        nonlocal said
        said += 1
        if said == 2:
            raise Killed

    with pytest.raises(Killed):
        train.train(recipe(), data, data / "killed", report=report)
    assert len(log_of(data / "killed")) == 1
    run(recipe(), data, "killed")
    assert log_of(data / "killed") == log_of(whole.parent)


def test_a_finished_run_is_left_alone(data: Path) -> None:
    path = run(recipe(), data, "run")
    before = path.read_bytes(), log_of(path.parent)
    assert run(recipe(), data, "run") == path
    assert (path.read_bytes(), log_of(path.parent)) == before


def test_a_checkpoint_from_before_a_key(data: Path) -> None:
    """A recipe's key that came later and is not used makes no other recipe of it."""
    from safetensors.torch import save_file

    path = run(recipe(), data, "run")
    tensors, state = checkpoint.read(path)
    for source in state.recipe["data"]:
        del source["classes"]
    for table, keys in (
        ("decoder", ["image"]),
        ("objective", ["sigma"]),
        ("train", ["decay_every", "decay"]),
    ):
        for key in keys:
            del state.recipe[table][key]
    save_file(tensors, path, metadata={"state": state.to_json()})
    assert run(recipe(), data, "run") == path


def test_another_recipe_in_the_folder(data: Path) -> None:
    run(recipe(), data, "run")
    before = (data / "run" / "checkpoint.safetensors").read_bytes()
    wider = dataclasses.replace(recipe(), decoder=dataclasses.replace(recipe().decoder, widths=(48,)))
    for other in (recipe(rate=1e-3), recipe(steps=50), recipe(kind="beta"), wider):
        with pytest.raises(InputError, match=r"made by another recipe.* train into another folder"):
            run(other, data, "run")
    assert (data / "run" / "checkpoint.safetensors").read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None])
def test_a_damaged_checkpoint(damage: bytes | None, data: Path) -> None:
    path = run(recipe(), data, "run")
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    with pytest.raises(InputError, match="not a checkpoint of pcbin"):
        run(recipe(), data, "run")


def test_early_stopping(data: Path) -> None:
    """A rate of 0 never gets better: the second of two validations without improvement is the last."""
    plan = recipe(rate=0.0, final_rate=0.0, patience=2, validate_every=1, steps=50)
    said: list[str] = []
    path = train.train(plan, data, data / "run", report=said.append)
    assert said[-1] == "no better for 2 validations: stopped"
    assert [int(row["step"]) for row in log_of(data / "run")] == [1, 2, 3]
    before = path.read_bytes()
    run(plan, data, "run")
    assert path.read_bytes() == before  # not one step more


def test_patience_needs_something_held_out(data: Path) -> None:
    plan = recipe(patience=1, validate_every=1, steps=6)
    plan = dataclasses.replace(plan, data=(dataclasses.replace(plan.data[0], validation=0.0),))
    run(plan, data, "run")
    assert len(log_of(data / "run")) == 6


def test_the_held_out_shapes_are_not_trained_on(data: Path) -> None:
    sets, validation = load_data(recipe(), data)
    trained = {cloud.tobytes() for cloud in sets[0].points}
    held = {cloud.tobytes() for cloud in validation["boxes.npz"]}
    assert (len(trained), len(held)) == (40, 10)
    assert not trained & held


def test_data_that_cannot_be_used(data: Path) -> None:
    plan = recipe()
    source = plan.data[0]
    for changed, message in (
        ((), r"no data; add a \[\[data\]\] table"),
        ((dataclasses.replace(source, path="none.npz"),), "no such file"),
        ((dataclasses.replace(source, split="val"),), "no shape is in split 'val'"),
        ((dataclasses.replace(source, validation=1.0),), "all shapes are held out"),
        ((dataclasses.replace(source, weight=0.0),), "weights"),
        ((dataclasses.replace(source, final_weight=0.0),), "weights"),
    ):
        with pytest.raises(InputError, match=message):
            run(dataclasses.replace(plan, data=changed), data, "run")
    assert not (data / "run").exists()


@pytest.mark.parametrize("device", ["gpu", "cuda:99", ""])
def test_devices_that_are_not_there(device: str, data: Path) -> None:
    with pytest.raises(InputError, match="use 'cpu', or 'cuda' on a machine with CUDA"):
        train.train(recipe(), data, data / "run", device=device, report=silent)


def test_rate() -> None:
    plan = recipe(steps=103, warmup=3, rate=1.0, final_rate=0.1).train
    assert learning_rate(0, plan) == pytest.approx(1 / 3)
    assert learning_rate(2, plan) == learning_rate(3, plan) == 1.0
    assert learning_rate(53, plan) == pytest.approx(0.55)
    assert learning_rate(103, plan) == pytest.approx(0.1)
    rates = [learning_rate(step, plan) for step in range(3, 103)]
    assert rates == sorted(rates, reverse=True)


def test_evaluate_is_the_metric(data: Path) -> None:
    """The validation figure is the Chamfer distance of `pcbin.evaluate`, through the thresholded code."""
    torch.manual_seed(0)
    network = build(recipe())
    clouds = boxes(40, 3)  # more than one batch
    task = CloudTask(recipe(), data)
    found = task.evaluate(network, clouds, torch.device("cpu"))["chamfer_e3"]
    expected = []
    with torch.no_grad():
        for cloud in clouds[:, :POINTS].astype(np.float32):
            code = network.encode(torch.from_numpy(cloud)[None]) > 0
            decoded = network.decode(2.0 * code - 1).numpy()[0]
            expected.append(chamfer(cloud, decoded))
    assert found == pytest.approx(1e3 * float(np.mean(expected)), rel=1e-3)


def test_validation_is_of_the_averaged_weights(data: Path) -> None:
    path = run(recipe(), data, "run")
    tensors, state = checkpoint.read(path)
    network = load(path).autoencoder
    task = CloudTask(recipe(), data)
    found = task.evaluate(network, task.validation["boxes.npz"], torch.device("cpu"))
    assert state.validation is not None
    assert found == pytest.approx(state.validation["boxes.npz"], rel=1e-6)
    assert not all(torch.equal(tensors["weights/" + n], tensors["averaged/" + n]) for n in network.tensors())


def test_what_cannot_be_frozen(data: Path) -> None:
    for kind in ("normal", "deterministic"):
        path = run(recipe(kind=kind, steps=1), data, kind)
        with pytest.raises(InputError, match=f"{kind} has no bits; train a binary latent"):
            freeze(path, None)
    with pytest.raises(InputError, match="no such checkpoint"):
        freeze(data / "none.safetensors", None)
    with pytest.raises(InputError, match="not a checkpoint"):
        freeze(data / "boxes.npz", None)
    odd = dataclasses.replace(recipe(steps=1), latent=dataclasses.replace(recipe().latent, size=12))
    with pytest.raises(InputError, match="12 bits; a code has a multiple of 8"):
        freeze(run(odd, data, "odd"), None)


def test_killed_while_saving(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that is half written replaces nothing: the run goes on from the one before."""
    whole = run(recipe(), data, "whole")

    def write_atomic(path: Path, data: bytes, *, overwrite: bool) -> None:
        with open_atomic(path, overwrite=overwrite) as file:
            if rb"\"step\": 7" in data:
                file.write(data[:1000])
                raise Killed
            file.write(data)

    with monkeypatch.context() as patch:
        patch.setattr(train, "SAVE_EVERY_S", -1.0)
        patch.setattr(checkpoint, "write_atomic", write_atomic)
        with pytest.raises(Killed):
            run(recipe(), data, "killed")
    assert checkpoint.read(data / "killed" / "checkpoint.safetensors").state.step == 6
    assert same(run(recipe(), data, "killed"), whole)
    assert log_of(data / "killed") == log_of(whole.parent)


@pytest.mark.slow
def test_killed_by_the_system(data: Path) -> None:
    """SIGKILL at a random moment, three times over."""
    import subprocess
    import sys
    import time

    plan = recipe(steps=400, validate_every=20)
    whole = run(plan, data, "whole")
    code = (
        "import sys, torch; torch.set_num_threads(1); from pathlib import Path;"
        "sys.path.insert(0, sys.argv[1]);"
        "import test_train as t; t.train.SAVE_EVERY_S = -1.0; d = Path(sys.argv[2]);"
        "print('begun', flush=True);"
        "t.run(t.recipe(steps=400, validate_every=20), d, 'killed')"
    )
    for pause in (0.3, 0.6, 1.0):
        arguments = [sys.executable, "-c", code, str(Path(__file__).parent), str(data)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(pause)
            process.kill()
    assert same(run(plan, data, "killed"), whole)
    assert log_of(data / "killed") == log_of(whole.parent)


def test_run_that_diverges_says_so(data: Path) -> None:
    with pytest.raises(InputError, match=r"diverged.*lower `rate`"):
        run(recipe(rate=1e30, warmup=1), data, "diverged")
