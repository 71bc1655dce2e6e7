"""`pcbin cluster` and `pcbin models mixture`: the vendor's mixture, the consumer's clusters."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import documents, process, run

from pcbin.cluster import Mixture
from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model, load_model

BITS = 128


def vendor(model_parts: Any, folder: Path, *, components: int = 4) -> Mixture:
    """A model with a mixture, installed as `digits`; its mixture."""
    model, info, tensors = model_parts(bits=BITS, points=256, encoder_points=256, seed=5, name="digits")
    rng = np.random.default_rng(1)
    means = np.where(rng.random((components, BITS)) < 0.5, 0.1, 0.9).astype(np.float32)
    model["mixture"] = {"components": components}
    tensors |= {"mixture/weights": np.full(components, 1 / components, np.float32), "mixture/means": means}
    data = dump_model(model, info, tensors)
    (folder / "digits.safetensors").write_bytes(data)
    return Mixture(load_model(data).id, tensors["mixture/weights"], means)


@pytest.fixture
def digits(models: Path, model_parts: Any, here: Path) -> Mixture:
    """The vendor's mixture; in the working folder lie its mixture file, an archive of 30 codes with names,
    and two single codes in a folder."""
    found = vendor(model_parts, models)
    found.save("digits.pcbm")
    write_archive("all.pcb", found, drawn(found, 30))
    Path("inbox").mkdir()
    for i, code in enumerate(drawn(found, 2, seed=9)):
        Path("inbox", f"{i}.pcb").write_bytes(single(code, found.model_id))
    return found


def drawn(mixture: Mixture, count: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    means = mixture.means[rng.integers(0, mixture.components, count)]
    return np.packbits(rng.random((count, BITS)) < means, axis=1, bitorder="little")


def write_archive(path: str, mixture: Mixture, codes: Any, *, named: bool = True) -> None:
    notes = [{"name": f"digit-{i}"} if named else None for i in range(len(codes))]
    with pcb.create_archive(
        path, model_id=mixture.model_id, code_bits=BITS, pose="none", overwrite=True
    ) as file:
        file.add_many(codes, None, None, notes)


def single(code: Any, model_id: bytes) -> bytes:

    return pcb.dumps(pcb.code_from_bytes(code.tobytes()), model_id)


def test_models_mixture(digits: Mixture, models: Path) -> None:
    text = run("models", "mixture", "digits", "-o", "m.pcbm").stdout
    assert text == "digits -> m.pcbm: 4 clusters of 128-bit codes, 2,088 bytes\n"
    assert Path("m.pcbm").read_bytes() == digits.dumps() == Path("digits.pcbm").read_bytes()
    assert "digits.pcbm exists; pass -f" in run("models", "mixture", "digits", code=1).stderr
    assert run("models", "mixture", "digits", "-f", "-q").stdout == ""
    assert process("models", "mixture", "digits", "-o", "-").stdout == digits.dumps()
    said = run("models", "mixture", "tiny", code=1).stderr
    assert said.count("\n") == 1
    assert "model tiny carries no mixture; train one" in said
    path = models / "digits.safetensors"
    assert "is an input" in run("models", "mixture", path, "-f", "-o", path, code=1).stderr


def test_an_archive(digits: Mixture) -> None:
    wanted = digits.responsibilities(drawn(digits, 30))
    lines = run("cluster", "all.pcb", "--mixture", "digits.pcbm").stdout.splitlines()
    assert lines[0].split() == ["CODE", "CLUSTER", "PROBABILITY"]
    for i, line in enumerate(lines[1:31]):
        assert line.split() == ["all.pcb:", f"digit-{i}", str(wanted[i].argmax()), f"{wanted[i].max():.4f}"]
    assert lines[31:33] == ["", "30 codes in 4 of 4 clusters"]
    sizes = np.bincount(wanted.argmax(axis=1), minlength=4)
    assert [line.split()[:3] for line in lines[33:]] == [["cluster", str(c), str(sizes[c])] for c in range(4)]


def test_json(digits: Mixture) -> None:
    *found, summary = documents(run("cluster", "all.pcb", "inbox", "--mixture", "digits.pcbm", "--json"))
    codes = np.concatenate([drawn(digits, 30), drawn(digits, 2, seed=9)])
    wanted = digits.responsibilities(codes)
    assert [d["cluster"] for d in found] == wanted.argmax(axis=1).tolist()
    np.testing.assert_allclose([d["probability"] for d in found], wanted.max(axis=1), atol=1e-6)
    assert [d["name"] for d in found] == [f"digit-{i}" for i in range(30)] + [None, None]
    assert [d["index"] for d in found] == [*range(30), 0, 0]
    assert {d["input"] for d in found} == {"all.pcb", str(Path("inbox/0.pcb")), str(Path("inbox/1.pcb"))}
    sizes = np.bincount(wanted.argmax(axis=1), minlength=4).tolist()
    assert (summary["summary"], summary["codes"], summary["sizes"]) == (True, 32, sizes)
    assert (summary["failed"], summary["model_id"]) == (0, digits.model_id.hex())


def test_the_mixture_inside_a_model(digits: Mixture) -> None:
    by_file = run("cluster", "all.pcb", "--mixture", "digits.pcbm").stdout
    assert run("cluster", "all.pcb", "--model", "digits").stdout == by_file
    assert "carries no mixture" in run("cluster", "all.pcb", "--model", "tiny", code=1).stderr


def test_no_weights_are_needed(digits: Mixture, models: Path) -> None:
    (models / "digits.safetensors").unlink()
    assert "30 codes" in run("cluster", "all.pcb", "--mixture", "digits.pcbm").stdout


def test_standard_input(digits: Mixture) -> None:
    """Archives and single codes, from a file and from a pipe."""
    data = Path("all.pcb").read_bytes()
    expected = documents(run("cluster", "all.pcb", "--mixture", "digits.pcbm", "--json"))
    done = process("cluster", "-", "--mixture", "digits.pcbm", "--json", input=data)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [d.get("cluster") for d in found] == [d.get("cluster") for d in expected]
    assert found[0]["input"] == "standard input"
    one = run("cluster", "-", "--mixture", "digits.pcbm", input=Path("inbox/0.pcb").read_bytes()).stdout
    assert "1 code in 1 of 4 clusters" in one
    assert (
        "must be the only input" in run("cluster", "-", "all.pcb", "--mixture", "digits.pcbm", code=2).stderr
    )


def test_tables(digits: Mixture) -> None:
    text = run("cluster", "all.pcb", "inbox", "--mixture", "digits.pcbm", "-o", "out.csv").stdout
    assert text.startswith("32 codes in 4 of 4 clusters, written to out.csv\n")
    assert "digit-0" not in text
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    *expected, _ = documents(run("cluster", "all.pcb", "inbox", "--mixture", "digits.pcbm", "--json"))
    assert [(r["input"], int(r["index"]), r["name"], int(r["cluster"])) for r in rows] == [
        (d["input"], d["index"], d["name"] or "", d["cluster"]) for d in expected
    ]
    run("cluster", "all.pcb", "inbox", "--mixture", "digits.pcbm", "-o", "out.json")
    assert json.loads(Path("out.json").read_text()) == expected
    assert (
        "out.csv exists; pass -f"
        in run("cluster", "inbox", "--mixture", "digits.pcbm", "-o", "out.csv", code=1).stderr
    )
    [summary] = documents(
        run("cluster", "inbox", "--mixture", "digits.pcbm", "-f", "-o", "out.csv", "--json")
    )
    assert (summary["codes"], summary["output"]) == (2, "out.csv")
    assert len(Path("out.csv").read_text().splitlines()) == 3


def test_names_of_strangers(digits: Mixture) -> None:
    """Neither a terminal nor a spreadsheet is given something to act on."""
    notes: list[dict[str, Any]] = [{"name": "=1+1"}, {"name": "\x1b[2J"}, {"name": 5}, {"name": 'a,"b"\n'}]
    options: dict[str, Any] = {"model_id": digits.model_id, "code_bits": BITS, "pose": "none"}
    with pcb.create_archive("bad.pcb", overwrite=False, **options) as file:
        file.add_many(drawn(digits, 4), None, None, notes)
    assert "\x1b" not in run("cluster", "bad.pcb", "--mixture", "digits.pcbm").stdout
    run("cluster", "bad.pcb", "--mixture", "digits.pcbm", "-o", "out.csv")
    with Path("out.csv").open(newline="") as rows:
        names = [row["name"] for row in csv.DictReader(rows)]
    assert names == ["'=1+1", "\\x1b[2J", "5", 'a,"b"\\n']


def test_codes_of_another_model(digits: Mixture, models: Path) -> None:
    """One line, for each; the others go on, and nothing of the wrong ones is in the table."""
    other = bytes(8)
    Path("inbox/other.pcb").write_bytes(single(drawn(digits, 1)[0], other))
    Path("inbox/short.pcb").write_bytes(single(drawn(digits, 1)[0][:2], digits.model_id))
    Path("inbox/cut.pcb").write_bytes(Path("all.pcb").read_bytes()[:-40])
    result = run("cluster", "inbox", "--mixture", "digits.pcbm", "-o", "out.csv", code=1)
    errors = [line for line in result.stderr.splitlines() if line.startswith("pcbin: error:")]
    assert len(errors) == 3
    assert f"other.pcb: the codes are of model {other.hex()} (128 bits)" in result.stderr
    assert f"short.pcb: the codes are of model {digits.model_id.hex()} (16 bits)" in result.stderr
    assert "get the mixture of the codes' model" in result.stderr
    assert "3 of 5 failed" in result.stderr
    assert result.stdout.startswith("2 codes in ")
    assert len(Path("out.csv").read_text().splitlines()) == 3
    result = run("cluster", "inbox/other.pcb", "--mixture", "digits.pcbm", "-o", "none.csv", code=1)
    assert result.stdout == ""
    assert not Path("none.csv").exists()


def test_an_archive_that_breaks_off_gives_nothing(digits: Mixture) -> None:
    """On standard input too: no row of it is believed."""
    data = Path("all.pcb").read_bytes()
    done = process("cluster", "-", "--mixture", "digits.pcbm", "--json", input=data[:-40], code=1)
    assert [list(json.loads(line)) for line in done.stdout.splitlines()] == [["input", "error"]]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "pass --mixture FILE, --model MODEL or --clusters N, one of the three"),
        (["--mixture", "digits.pcbm", "--model", "digits"], 2, "one of the three"),
        (["--mixture", "none.pcbm"], 1, "none.pcbm: no such mixture file"),
        (["--mixture", "all.pcb"], 1, "all.pcb: not a mixture file; get the file again"),
        (["--mixture", "inbox"], 1, "name a file, not a folder"),
        (["--model", "nobody"], 1, "no model 'nobody' is installed"),
        (["--mixture", "digits.pcbm", "-o", "out.txt"], 2, "out.txt: name a .csv or a .json file"),
        (["--mixture", "digits.pcbm", "-o", "none/out.csv"], 1, "does not exist; create it first"),
    ],
)
def test_wrong_command_lines(arguments: list[str], code: int, message: str, digits: Mixture) -> None:
    result = run("cluster", "all.pcb", *arguments, code=code)
    assert message in result.stderr
    assert result.stderr.count("error:") + result.stderr.count("Error:") == 1


def test_an_empty_archive(digits: Mixture) -> None:
    write_archive("empty.pcb", digits, drawn(digits, 0))
    result = run("cluster", "empty.pcb", "--mixture", "digits.pcbm", "-o", "out.csv")
    assert result.stdout.startswith("0 codes in 0 of 4 clusters")
    assert Path("out.csv").read_text().splitlines() == ["input,index,name,cluster,probability"]


def test_an_output_that_is_an_input(digits: Mixture) -> None:
    Path("all.csv").write_bytes(Path("all.pcb").read_bytes())
    before = Path("all.csv").read_bytes()
    result = run("cluster", "all.csv", "--mixture", "digits.pcbm", "-f", "-o", "all.csv", code=1)
    assert "is an input" in result.stderr
    assert Path("all.csv").read_bytes() == before


def test_torch_and_networks_stay_out(digits: Mixture) -> None:
    """The consumer runs on NumPy alone."""
    done = process("cluster", "all.pcb", "--mixture", "digits.pcbm", python=("-X", "importtime"))
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "pcbin.cluster" in imported
    assert not {"torch", "scipy", "sklearn", "tensorboard", "pcbin.codec"} & imported


def test_clusters_that_are_found(digits: Mixture) -> None:
    truth = digits.labels(drawn(digits, 30))
    Path("labels.csv").write_text(
        "name,label\n" + "".join(f"digit-{i},kind {c}\n" for i, c in enumerate(truth)), encoding="utf-8"
    )
    result = run(
        "cluster", "all.pcb", "--clusters", "4", "--save", "found.pcbm", "--labels", "labels.csv", "--json",
        "--sheet", "medoids.png",
    )  # fmt: skip
    *rows, summary = documents(result)
    assert len(rows) == summary["labelled"] == 30
    assert summary["acc"] > 0.95
    assert list(summary["bic"]) == ["4"]
    assert summary["sizes"] == np.bincount([row["cluster"] for row in rows], minlength=4).tolist()
    assert Path("medoids.png").read_bytes().startswith(b"\x89PNG")
    again = documents(run("cluster", "all.pcb", "--mixture", "found.pcbm", "--json"))
    assert [row["cluster"] for row in again[:-1]] == [row["cluster"] for row in rows]
    text = run("cluster", "all.pcb", "--clusters", "4", "--labels", "labels.csv").stdout
    assert "30 codes with a label: ACC " in text


def test_the_number_of_clusters_is_chosen(digits: Mixture) -> None:
    write_archive("many.pcb", digits, drawn(digits, 3000))
    result = run("cluster", "many.pcb", "--clusters", "auto", "--json")
    summary = documents(result)[-1]
    assert len(summary["sizes"]) == 4
    assert min(summary["bic"], key=summary["bic"].get) == "4"


def test_k_modes(digits: Mixture) -> None:
    *rows, summary = documents(run("cluster", "all.pcb", "--clusters", "4", "--method", "k-modes", "--json"))
    assert summary["inertia"] == sum(row["bits"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--clusters", "0"], 2, "'0' is neither a whole number above 0 nor auto"),
        (["--clusters", "31"], 1, "31 clusters of 30 codes"),
        (["--mixture", "digits.pcbm", "--method", "k-modes"], 2, "with --clusters N"),
        (["--clusters", "auto", "--method", "k-modes"], 2, "omit --method k-modes"),
        (["--clusters", "2", "--sheet", "a.jpg"], 2, "a.jpg: pictures are PNG"),
        (["--clusters", "2", "--labels", "all.pcb"], 1, "all.pcb: not UTF-8 text"),
    ],
)
def test_clusters_that_cannot_be_found(
    arguments: list[str], code: int, message: str, digits: Mixture
) -> None:
    assert message in run("cluster", "all.pcb", *arguments, code=code).stderr


def test_codes_of_two_models_are_not_one_set(digits: Mixture) -> None:
    Path("other.pcb").write_bytes(single(drawn(digits, 1)[0], bytes(8)))
    said = run("cluster", "all.pcb", "other.pcb", "--clusters", "2", code=1)
    assert "other.pcb: codes of model 0000000000000000" in said.stderr
    assert "30 codes in 2 of 2 clusters" in said.stdout
