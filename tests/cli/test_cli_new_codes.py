"""`pcbin generate`, `interpolate` and `arithmetic`: their files and pictures, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import ROOT, documents, run

import pcbin
from pcbin.arrays import unpack_bits
from pcbin.cluster import BernoulliMixture, Mixture
from pcbin.formats import pcb
from pcbin.generation import combine, generate, prior_of


@pytest.fixture(autouse=True)
def models() -> None:
    """The shipped models, in place of a random one: what they know of their codes is what this is about."""


@pytest.fixture
def chairs(here: Path) -> dict[str, Any]:
    """The codes of three example chairs, of effort 0; their files lie in the working folder."""
    found = {}
    codec = pcbin.Codec("chair", effort=0, orient="keep")
    for name in ("chair", "armchair", "swivel_chair"):
        data = codec.encode_file(ROOT / "examples" / f"{name}.ply", f"{name}.pcb")
        found[name] = codes_of(data)[0]
    return found


def codes_of(path: str | Path) -> Any:
    with pcbin.open(path) as archive:
        return archive.codes()


def is_png(path: str) -> bool:
    return Path(path).read_bytes().startswith(b"\x89PNG\r\n")


def test_generate(here: Path) -> None:
    said = run("generate", "-n", 5, "--seed", 3, "-o", "new.pcb", "--sheet", "new.png").stdout
    assert said.startswith("prior mixture, seed 3, 5 codes of 128 bits by chair -> new.pcb (")
    np.testing.assert_array_equal(codes_of("new.pcb"), generate(5, seed=3))
    assert is_png("new.png")
    run("decode", "new.pcb", "-o", "clouds/")
    assert len(list(Path("clouds").iterdir())) == 5
    [told] = documents(run("generate", "--prior", "fair", "-n", 1, "--bits", 64, "-o", "one.pcb", "--json"))
    assert (told["prior"], told["codes"], told["bits"]) == ("fair", 1, 64)
    assert pcb.peek(Path("one.pcb").read_bytes()).layout == "single"
    assert told["bytes"] == Path("one.pcb").stat().st_size


def test_generate_like(chairs: dict[str, Any]) -> None:
    run("generate", "--like", "armchair.pcb", "-n", 40, "-o", "arms.pcb")
    run("generate", "-n", 40, "-o", "any.pcb")
    paths = ("arms.pcb", "any.pcb")
    like, drawn = (unpack_bits(codes_of(path) ^ chairs["armchair"]).mean() for path in paths)
    assert like < 0.8 * drawn


def test_generate_from_a_mixture_of_ones_own(here: Path) -> None:
    low, high = np.zeros((30, 16), np.uint8), np.full((30, 16), 255, np.uint8)
    fitted = BernoulliMixture(2).fit(np.concatenate([low, high]))
    Mixture(pcbin.load_model("chair").id, fitted.weights_, fitted.means_).save("own.pcbm")
    run("generate", "--mixture", "own.pcbm", "--cluster", 1, "-n", 20, "-o", "one.pcb")
    ones = unpack_bits(codes_of("one.pcb")).mean()
    assert ones > 0.9 or ones < 0.1


@pytest.mark.parametrize("way", ["likely", "random"])
def test_interpolate(chairs: dict[str, Any], way: str) -> None:
    command = ("interpolate", "chair.pcb", "armchair.pcb", "--path", way)
    [told] = documents(run(*command, "--steps", 5, "-o", "path.pcb", "--sheet", "path.png", "--json"))
    codes = codes_of("path.pcb")
    np.testing.assert_array_equal(codes[[0, -1]], [chairs["chair"], chairs["armchair"]])
    assert told["flipped"] == unpack_bits(codes ^ chairs["chair"]).sum(axis=1).tolist()
    assert is_png("path.png")
    assert ("minus_log2_p" in told) == (way == "likely")
    if way == "likely":
        nats = prior_of(pcbin.load_model("chair")).log_likelihood(codes)
        np.testing.assert_allclose(told["minus_log2_p"], -nats / np.log(2))


def test_arithmetic(chairs: dict[str, Any]) -> None:
    sum_of = "chair.pcb - swivel_chair.pcb + armchair.pcb"
    [told] = documents(run("arithmetic", sum_of, "-o", "sum.pcb", "--sheet", "sum.png", "--json"))
    wanted = combine([(1, chairs["chair"]), (-1, chairs["swivel_chair"]), (1, chairs["armchair"])])
    np.testing.assert_array_equal(codes_of("sum.pcb")[0], wanted)
    assert told["flipped"] == unpack_bits((wanted ^ chairs["chair"])[None]).sum()
    with pcbin.open("sum.pcb") as new, pcbin.open("chair.pcb") as old:
        assert new.pose == old.pose
    assert is_png("sum.png")


def test_arithmetic_on_groups(chairs: dict[str, Any]) -> None:
    Path("group").mkdir()
    for name in ("armchair", "swivel_chair"):
        Path(f"{name}.pcb").rename(f"group/{name}.pcb")
    run("arithmetic", "chair.pcb - group/ + group/", "-o", "same.pcb")
    np.testing.assert_array_equal(codes_of("same.pcb")[0], chairs["chair"])
    said = run("arithmetic", "group/ - chair.pcb + chair.pcb", "-o", "mean.pcb").stdout
    assert said.startswith("the sum, 1 code of 128 bits by chair -> mean.pcb")
    with pcbin.open("mean.pcb") as archive:
        assert archive.pose is None


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("generate", 2, "name a .pcb file with -o, a picture with --sheet, or both"),
        ("generate --sheet new.jpg", 2, "pictures are PNG"),
        ("generate -o new.txt", 2, ".pcb"),
        ("generate -n 401 --sheet new.png", 2, "a sheet shows at most 400"),
        ("interpolate chair.pcb chair.pcb --steps 401 --sheet new.png", 2, "a sheet shows at most 400"),
        ("generate --model cells -o new.pcb", 1, "cell codes"),
        ("generate --cluster 256 -o new.pcb", 1, "pass at most 255"),
        ("generate --cluster 1 --like chair.pcb -o new.pcb", 2, "not both"),
        ("generate --prior fair --cluster 0 -o new.pcb", 2, "about mixtures"),
        ("generate --mixture none.pcbm -o new.pcb", 1, "no such mixture file"),
        ("generate --mixture none.pcbm --bits 64 -o new.pcb", 2, "omit --model, --prior and --bits"),
        ("generate --like chair.pcb -o chair.pcb", 1, "chair.pcb exists"),
        ("generate --like chair.pcb -o chair.pcb -f", 1, "is an input"),
        ("generate --like chair.pcb --model furniture -o new.pcb", 1, "the mixture is of codes of model"),
        ("interpolate chair.pcb none.pcb -o new.pcb", 1, "none.pcb"),
        ("interpolate chair.pcb other.pcb -o new.pcb", 1, "encode both with one model"),
        ("interpolate chair.pcb cells.pcb -o new.pcb", 1, "cell codes"),
        ("interpolate chair.pcb two.pcb -o new.pcb", 1, "2 codes, and one is needed"),
        ("interpolate chair.pcb chair.pcb --path random --mixture a -o new.pcb", 2, "likely paths"),
        ("interpolate - chair.pcb -o new.pcb", 2, "not standard input"),
    ],
)
def test_what_is_refused(chairs: dict[str, Any], command: str, code: int, said: str) -> None:
    run("generate", "-n", 2, "-o", "two.pcb")
    run("generate", "--model", "furniture", "-n", 1, "--bits", 128, "-o", "other.pcb")
    run("encode", ROOT / "examples" / "led.ply", "--model", "cells", "--no-report", "-q", "-o", "cells.pcb")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    result = run(*command.split(), code=code)
    assert said in result.stderr
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_sums_that_are_refused(chairs: dict[str, Any]) -> None:
    assert "sum to 2" in run("arithmetic", "chair.pcb + armchair.pcb", "-o", "x.pcb", code=2).stderr
    assert "none.pcb" in run("arithmetic", "none.pcb", "-o", "x.pcb", code=1).stderr
    assert not Path("x.pcb").exists()
