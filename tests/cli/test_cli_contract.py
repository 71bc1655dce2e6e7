"""The top-level folder cli/ says what the commands do: man pages, completions, recorded sessions."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from cli_helpers import ROOT, environment, run
from click.testing import CliRunner

from pcbin.cli.program import program

CLI = ROOT / "cli"
SESSIONS = sorted((CLI / "sessions").glob("*.txt"))
SHIPPED = ROOT / "pcbin" / "models" / "zoo" / "chair.safetensors"


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(CLI / "generate.py"))


@pytest.fixture(scope="module")
def recorder() -> dict[str, Any]:
    return runpy.run_path(str(CLI / "record.py"))


def test_man_pages_are_up_to_date(generator: dict[str, Any]) -> None:
    wanted = {name: text for name, text in generator["generated"]().items() if name.startswith("man/")}
    present = {f"man/{path.name}": path.read_text(encoding="utf-8") for path in (CLI / "man").iterdir()}
    assert present == wanted, "run python cli/generate.py"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_there(generator: dict[str, Any], shell: str) -> None:
    # their text is click's and changes with its versions; that they work is tested below
    printed = run("completion", shell).stdout
    for text in (printed, (CLI / "completions" / f"pcbin.{shell}").read_text(encoding="utf-8")):
        assert f"_PCBIN_COMPLETE={shell}_complete" in text
    assert generator["generated"]()[f"completions/pcbin.{shell}"] == printed


IN_A_SHELL = {
    "bash": """compopt() { :; }
source "$1"
COMP_WORDS=(pcbin encode a.xyz --model t)
COMP_CWORD=4
_pcbin_completion pcbin
echo "${COMPREPLY[@]}"
""",
    "fish": """source $argv[1]
complete --do-complete "pcbin encode a.xyz --model t"
""",
    # completion needs the line editor, so a second zsh is typed into
    "zsh": """zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "autoload -Uz compinit && compinit -u -D; source $1; echo rea''dy"
zpty -r -m inner screen "*ready*"
zpty -n -w inner $'pcbin encode a.xyz --model t\t'
zpty -r -m inner screen "*--model t*iny*"
echo tiny""",
}
"""How each shell is asked to complete `pcbin encode a.xyz --model t`; its first argument is the script."""
OPTIONS = {"bash": ["--norc"], "fish": ["--no-config"], "zsh": ["-f"]}


@pytest.mark.parametrize("shell", IN_A_SHELL)
def test_the_printed_script_completes_in_the_shell(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    script, ask = tmp_path / f"pcbin.{shell}", tmp_path / "ask"
    script.write_text(run("completion", shell).stdout)
    ask.write_text(IN_A_SHELL[shell])
    (tmp_path / "pcbin").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pcbin "$@"\n')
    (tmp_path / "pcbin").chmod(0o755)
    done = subprocess.run(
        [shell, *OPTIONS[shell], str(ask), str(script)],
        capture_output=True, text=True, check=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**environment(), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.split() == ["tiny"], done.stderr


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("pcbin de", "decode"),
        ("pcbin models a", "add"),
        ("pcbin encode --app", "--append"),
        ("pcbin decode --model ti", "tiny"),
        ("pcbin encode --model a", "auto"),
        ("pcbin models show t", "tiny"),
        ("pcbin completion z", "zsh"),
    ],
)
def test_completions_work(words: str, wanted: str) -> None:
    environment = {
        "_PCBIN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    result = CliRunner().invoke(program, [], prog_name="pcbin", env=environment)
    assert f"plain,{wanted}" in result.stdout


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
@pytest.mark.parametrize("page", ["pcbin.1", "pcbin-encode.1", "pcbin-models-add.1"])
def test_man_pages_are_good_roff(page: str) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", str(CLI / "man" / page)], capture_output=True, check=True
    )
    assert done.stderr == b""
    # bold is typed twice there, with a backspace between
    assert b"EXIT STATUS" in re.sub(rb".\x08", b"", done.stdout)


def commands(command: click.Command, *path: str) -> list[tuple[str, ...]]:
    below = []
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            below += commands(child, *path, name)
    return [path, *below]


@pytest.mark.parametrize("path", commands(program))
def test_every_command_has_help_with_examples(path: tuple[str, ...]) -> None:
    long, short = run(*path, "--help").stdout, run(*path, "-h").stdout
    assert long == short
    assert "Examples:" in long
    assert f"\n    {' '.join(('pcbin', *path))}" in long


def test_sessions_are_parsed_and_written_alike(recorder: dict[str, Any]) -> None:
    assert SESSIONS
    for path in SESSIONS:
        text = path.read_text(encoding="utf-8")
        assert recorder["dump"](recorder["parse"](text)) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("distance 0.64e-3, D1-PSNR 36.5 dB; in 38 ms", "distance 1.2e-3, D1-PSNR 3 dB; in 1,038 ms"),
        (
            "a  2,048  128  52  0.2  473  0.64  36  0.512  23.9  6.7",
            "a  2,048  128  52  0.2  473  12  6  0.1  3.9  16.7",
        ),
        ('{"chamfer": 0.00064, "d1_psnr": 36.4}', '{"chamfer": 6.4e-05, "d1_psnr": 3.4}'),
        ("57.9 46.1 26.2", "-1 2.5 3"),
    ],
)  # fmt: skip
def test_volatile_figures_are_left_out(recorder: dict[str, Any], one: str, other: str) -> None:
    assert recorder["normalise"]([one]) == recorder["normalise"]([other])


def test_other_figures_count(recorder: dict[str, Any]) -> None:
    for one, other in (
        ("52 bytes as a file: 473 x", "53 bytes as a file: 473 x"),
        ("clouds 3", "clouds 4"),
        ("a b", "a c"),
    ):
        assert recorder["normalise"]([one]) != recorder["normalise"]([other])


@pytest.mark.skipif(not SHIPPED.is_file(), reason="the shipped model is not there")
@pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="sessions need bash")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem == "training" else [])
        for path in SESSIONS
    ],
)
def test_sessions_replay(recorder: dict[str, Any], path: Path) -> None:
    steps = recorder["parse"](path.read_text(encoding="utf-8"))
    if any("pcbin train" in step.command for step in steps):
        pytest.importorskip("torch")
    for wanted, found in zip(steps, recorder["replay"](steps), strict=True):
        assert recorder["normalise"](found.output) == recorder["normalise"](wanted.output), wanted.command
