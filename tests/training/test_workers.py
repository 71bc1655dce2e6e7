"""Several processes train one model: PyTorch's torchrun, on the CPU."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
from image_helpers import write_npz

torch = pytest.importorskip("torch")

from pcbin.errors import InputError  # noqa: E402
from pcbin.training import checkpoint  # noqa: E402
from pcbin.training.workers import Workers  # noqa: E402

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not torch.distributed.is_available() or not torch.distributed.is_gloo_available(), reason="needs gloo"
)

RECIPE = """
name = "bars"
license = "none"
[[data]]
path = "set.npz"
split = "train"
validation = 0.2
[encoder]
widths = [24]
[latent]
kind = "bernoulli-mixture"
size = 8
[latent.options]
components = 4
pretrain = 0.5
[decoder]
widths = [24]
image = [6, 5]
[objective]
kl_weight = 0.1
[train]
steps = 40
batch = 16
rate = 1e-2
warmup = 2
average = 0.9
validate_every = 10
"""


KILLED = """
import os
from pcbin.training import train
from pcbin.training.objective import Objective

genuine, calls = Objective.forward, 0

def forward(*arguments):
    global calls
    calls += 1
    if calls > 24:
        os._exit(9)
    return genuine(*arguments)

train.SAVE_EVERY_S, Objective.forward = -1.0, forward
from pcbin.cli import main
main()
"""

LEAVING = """
import atexit, os, time
from pathlib import Path
from pcbin.training.objective import Objective

genuine, calls, stop = Objective.forward, 0, os.environ.get("STOP_AT")

def forward(*arguments):
    global calls
    calls += 1
    if stop and calls == int(stop):
        raise KeyboardInterrupt
    return genuine(*arguments)

def gloo():
    names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return [name for name in names if "gloo" in name]

def tell():
    deadline = time.monotonic() + 2
    while gloo() and time.monotonic() < deadline:  # a thread that was joined is listed a moment longer
        time.sleep(0.01)
    os.write(2, f"left: {gloo()}\\n".encode())

Objective.forward = forward
atexit.register(tell)
from pcbin.cli import main
main()
"""


def torchrun(
    folder: Path, *program: str, out: str, recipe: str = RECIPE, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Trains with two processes; program: what each of them runs, `pcbin` or a script."""
    (folder / "recipe.toml").write_text(recipe)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += [*program, "train", "recipe.toml", "--data", ".", "-o", out]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **variables}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder with the run of two processes, and what it said."""
    folder = tmp_path_factory.mktemp("workers")
    write_npz(folder / "set.npz")
    done = torchrun(folder, "-m", "pcbin", out="run")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout, done.stderr


def log_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_two_processes_learn_one_model(trained: tuple[Path, str, str]) -> None:
    """One of them speaks, logs and saves; and the mixture is fitted on the way."""
    folder, out, err = trained
    assert out.count("now `pcbin freeze run") == 1
    assert err.count("bars: ") == 1
    assert err.count("step 20: the mixture is fitted") == 1
    log = log_of(folder / "run")
    assert [row["step"] for row in log] == ["10", "20", "30", "40"]
    assert float(log[-1]["nll"]) < 0.9 * float(log[0]["nll"])
    assert sorted(path.name for path in (folder / "run").iterdir()) == ["checkpoint.safetensors", "log.csv"]
    assert checkpoint.read(folder / "run" / "checkpoint.safetensors").state.step == 40


@pytest.mark.slow
def test_killed_and_resumed(trained: tuple[Path, str, str]) -> None:
    """Both processes die behind the mixture's fit; the same command gives the run that was not killed."""
    folder, _, _ = trained
    (folder / "killed.py").write_text(KILLED)
    assert torchrun(folder, "killed.py", out="again").returncode != 0
    path = folder / "again" / "checkpoint.safetensors"
    step = checkpoint.read(path).state.step
    assert step in (23, 24)  # the other process may end while the first one saves
    done = torchrun(folder, "-m", "pcbin", out="again")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(f"resumed at step {step}") == 1
    whole, found = (checkpoint.read(folder / run / path.name).tensors for run in ("run", "again"))
    assert whole.keys() == found.keys()
    assert all(torch.equal(whole[name], found[name]) for name in whole)
    one, other = (
        [{k: v for k, v in row.items() if k != "seconds"} for row in log_of(folder / run)]
        for run in ("run", "again")
    )
    assert one == other


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux to name threads")
@pytest.mark.parametrize(
    ("out", "recipe", "variables", "code"),
    [
        ("left", RECIPE, {}, 0),
        ("run", RECIPE.replace("1e-2", "2e-2"), {}, 1),
        ("interrupted", RECIPE, {"STOP_AT": "5"}, 130),
    ],
    ids=["trained", "error", "interrupted"],
)
def test_no_thread_outlives_the_group(
    trained: tuple[Path, str, str], out: str, recipe: str, variables: dict[str, str], code: int
) -> None:
    """A thread of gloo's that still runs when Python ends may abort the process, on a busy machine often."""
    folder, _, _ = trained
    (folder / "leaving.py").write_text(LEAVING)
    done = torchrun(folder, "leaving.py", out=out, recipe=recipe, **variables)
    left = [line for line in done.stderr.splitlines() if line.startswith("left: ")]
    assert left, done.stderr
    assert set(left) == {"left: []"}
    if code == 0:
        assert (done.returncode, len(left)) == (0, 2), done.stderr
    else:  # torchrun may end one of them when it sees that the other has ended
        assert done.returncode != 0
        assert re.search(rf"exitcode +: {code} ", done.stderr), done.stderr


def workers(rank: int, monkeypatch: pytest.MonkeyPatch, ended: list[None] | None = None) -> Workers:
    """One of two processes, without the other; ended: gets an item whenever it leaves the group."""
    ended = [] if ended is None else ended
    for name, value in (("WORLD_SIZE", "2"), ("RANK", str(rank)), ("LOCAL_RANK", str(rank))):
        monkeypatch.setenv(name, value)
    group = SimpleNamespace(WORLD=SimpleNamespace(_get_backend=lambda device: None))
    monkeypatch.setattr("torch.distributed.group", group)
    monkeypatch.setattr("torch.distributed.init_process_group", lambda backend: None)
    monkeypatch.setattr("torch.distributed.destroy_process_group", lambda: ended.append(None))
    return Workers("cpu")


def test_batches_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Workers("cpu").share(15) == 15
    found = workers(1, monkeypatch)
    assert (found.count, found.rank, found.first, found.share(16)) == (2, 1, False, 8)


def test_a_batch_that_does_not_divide(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process says so, and the others end with the exit code of an error, silent."""
    with pytest.raises(InputError, match="a batch of 15 does not divide among 2 processes; change `batch`"):
        workers(0, monkeypatch).share(15)
    with pytest.raises(SystemExit) as end:
        workers(1, monkeypatch).share(15)
    assert end.value.code == 1


@pytest.mark.parametrize("error", [InputError, KeyboardInterrupt, SystemExit])
def test_the_group_is_left_once(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end and after an error, whose traceback then holds none of the variables that hold the group."""

    class Module: ...

    modules: list[weakref.ref[Module]] = []

    def training() -> None:
        module = Module()
        modules.append(weakref.ref(module))
        try:
            raise ValueError
        except ValueError:
            raise error from None

    ended: list[None] = []
    with workers(0, monkeypatch, ended):
        pass
    with pytest.raises(error) as caught, workers(0, monkeypatch, ended) as found:
        training()
    assert [module() for module in modules] == [None]
    assert caught.value.__traceback__ is not None
    found.close()
    assert len(ended) == 2


def test_one_process_needs_no_others() -> None:
    found, module = Workers("cpu"), torch.nn.Linear(2, 2)
    assert found.first
    assert found.wrap(module) is module
    assert found.agree([1]) == [1]
    found.close()
