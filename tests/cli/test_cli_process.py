"""pcbin as a process: pipes, terminals, full disks, signals, and what is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_helpers import environment, process, write_xyz

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


@pytest.fixture
def coded(here: Path) -> Path:
    write_xyz("a.xyz")
    process("encode", "a.xyz", "-q", "--model", "tiny")
    return Path("a.pcb")


def test_bytes_pass_unchanged_through_pipes(coded: Path) -> None:
    data = Path("a.xyz").read_bytes()
    packed = process("encode", "-", "--format", "xyz", "--model", "tiny", input=data)
    assert packed.stdout == coded.read_bytes()
    assert packed.stderr == b""  # reports go to terminals only when data is on standard output
    back = process("decode", "-", input=packed.stdout)
    process("decode", "a.pcb", "-q")
    assert back.stdout == Path("a.ply").read_bytes()
    assert b"format    .pcb 1.0, one cloud" in process("info", "-", input=packed.stdout).stdout
    assert b"standard input: OK" in process("verify", "-", input=packed.stdout).stdout
    assert (
        b"standard input: file at byte 16" in process("verify", "-", input=packed.stdout[:-1], code=1).stderr
    )


def test_archives_pass_through_pipes(here: Path) -> None:
    for k in range(3):
        write_xyz(f"in/{k}.xyz", k)
    packed = process("encode", "in", "-o", "-", "--model", "tiny").stdout
    assert b"clouds   3" in process("info", "-", input=packed).stdout
    assert b"OK, 3 clouds" in process("verify", "-", input=packed).stdout
    assert b"after the end of the file" in process("verify", "-", input=packed + b"x", code=1).stderr
    process("decode", "-", "-o", "out", input=packed)
    assert len(list(Path("out").iterdir())) == 3
    process("decode", "-", "--index", "1,2", "-o", "some", input=packed)
    assert {p.stem for p in Path("some").iterdir()} == {"1", "2"}
    assert (
        b"there is no cloud 3"
        in process("decode", "-", "--index", "3", "-o", "x/", input=packed, code=1).stderr
    )
    assert (
        b"needs a file, not a pipe"
        in process("decode", "-", "--index", "-1", "-o", "x/", input=packed, code=1).stderr
    )


def test_single_files_end_where_they_end(coded: Path) -> None:
    assert b"after the end" in process("verify", "-", input=coded.read_bytes() + b"x", code=1).stderr


@posix
def test_a_reader_that_leaves_is_no_error(coded: Path) -> None:
    command = [sys.executable, "-m", "pcbin", "decode", "a.pcb", "-o", "-", "--format", "xyz"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        command, stdout=write_end, stderr=subprocess.PIPE, env=environment(), check=False, timeout=60
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")


@linux
@pytest.mark.parametrize(
    "args", [("decode", "a.pcb", "-o", "-"), ("info", "a.pcb"), ("decode", "a.pcb", "-o", "/dev/full")]
)
def test_a_full_disk(coded: Path, args: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = process(*args, code=1, stdout=full)
    assert b"No space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1


@posix
def test_terminals_get_no_binary_data(coded: Path) -> None:
    import pty

    def on_terminal(*args: str) -> tuple[int, bytes]:
        main_end, terminal = pty.openpty()
        done = subprocess.run(
            [sys.executable, "-m", "pcbin", *args],
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
            env=environment(),
            check=False,
            timeout=60,
        )
        os.set_blocking(main_end, False)
        os.close(terminal)
        found = b""
        try:
            while block := os.read(main_end, 65536):
                found += block
        except OSError:
            pass
        os.close(main_end)
        return done.returncode, found

    code, shown = on_terminal("decode", "a.pcb", "-o", "-")
    assert code == 2
    assert b"will not write binary data to a terminal" in shown
    code, shown = on_terminal("encode", "a.xyz", "-o", "-", "--model", "tiny")
    assert code == 2
    code, shown = on_terminal("encode", "a.xyz", "-o", "-", "-f", "-q", "--model", "tiny")
    assert (code, b"PCB" in shown) == (0, True)
    for k in range(40):
        write_xyz(f"in/{k}.xyz", k, n=50)
    code, shown = on_terminal("encode", "in", "-o", "out", "--model", "tiny", "--no-report")
    assert code == 0
    assert b"/s, 0:00:" in shown
    assert b" left" in shown
    assert shown.rstrip().endswith(b"not kept: order of the points")


@posix
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_interrupted(here: Path, number: str) -> None:
    command = [sys.executable, "-m", "pcbin", "decode", "-"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # what a shell starts in the background ignores SIGINT, and so would all that it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as running:
        assert running.stderr is not None
        for _ in range(20):  # a signal during the interpreter's start may be lost
            time.sleep(1.5)  # by now, on most machines, it waits for its input
            running.send_signal(signal.Signals[number])
            try:
                running.wait(3)
                break
            except subprocess.TimeoutExpired:
                continue
        code, word = (130, b"interrupted") if number == "SIGINT" else (143, b"terminated")
        assert running.wait(60) == code
        assert running.stderr.read() == b"pcbin: error: " + word + b"\n"


@posix
def test_no_permission(coded: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may do anything")
    Path("locked").mkdir(mode=0o500)
    assert b"Permission denied" in process("decode", "a.pcb", "-o", "locked/a.ply", code=1).stderr
    coded.chmod(0)
    assert b"a.pcb: Permission denied" in process("decode", "a.pcb", code=1).stderr


LATE = ("torch", "scipy", "zstandard", "plyfile", "safetensors", "msgpack", "importlib.metadata", "tomllib")


@pytest.mark.parametrize(
    "args", [("decode", "a.pcb", "-f"), ("info", "a.pcb"), ("--version",), ("verify", "a.pcb")]
)
def test_what_is_not_imported(coded: Path, args: tuple[str, ...]) -> None:
    script = (
        "import sys; from pcbin.cli.program import program\n"
        f"try: program({list(args)!r}, prog_name='pcbin')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([name for name in {LATE} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, env=environment(), check=True, timeout=60
    )
    found = done.stderr.decode().strip()
    allowed = "['plyfile']" if args[0] == "decode" else "[]"
    assert found in ("[]", allowed)


def test_entry_point_and_version() -> None:
    import pcbin

    done = process("--version")
    assert done.stdout.decode().split() == ["pcbin", pcbin.__version__]
    assert b"Commands:" in process(code=2).stderr
    assert b"'decide'" in process("decide", code=2).stderr
