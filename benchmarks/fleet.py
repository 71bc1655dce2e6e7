"""A run of `pcbin encode-dataset` on a table of clouds, measured, and what such runs cost at any size.

python benchmarks/fleet.py --clouds 10000        makes a table, encodes it, prints rates and the plan
python benchmarks/fleet.py --seconds 0.004       the plan alone, from a rate that is known

Linux only: processes are watched through /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

POINTS = 2048
RAW_BYTES = POINTS * 3 * 4
ROW_GROUP = 10_000
LOOK_S = 0.5
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

SIZES = ((10**6, 8), (10**9, 1000), (10**12, 100_000))
"""Clouds, and the cores that are taken for them."""
CORE_HOUR = 0.04
"""US dollars for an hour of one core (a vCPU): a price on demand; spare capacity costs a third."""
GB_MONTH = 0.023
"""US dollars for a month of 10^9 bytes in an object store."""


@dataclass(frozen=True)
class Measured:
    """clouds: encoded. cpu_s: of all processes. wall_s: of the run. wanted: the share of the time between a
    worker's first and last cloud in which it ran, or waited for a core that others had. peak_bytes: resident
    memory of all processes together, pages that they share counted for each. coded_bytes: of the shards."""

    clouds: int
    workers: int
    wall_s: float
    cpu_s: float
    wanted: float
    peak_bytes: int
    coded_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clouds", type=int, default=10_000)
    parser.add_argument("--model", default="chair")
    parser.add_argument("--effort", default="0")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--engine", default="local")
    parser.add_argument("--shard-size", default="1024")
    parser.add_argument("--seconds", type=float, help="of one core for a cloud: print the plan alone")
    parser.add_argument("--bytes", type=float, default=43.0, help="of a code with its place, for the plan")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    parser.add_argument("-o", "--folder", type=Path, help="for the table, which is kept, and the shards")
    args = parser.parse_args()
    if args.seconds is not None:
        print(plan(args.seconds, args.bytes))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        table = folder / f"clouds-{args.clouds}.parquet"
        if not table.exists():
            write_table(table, args.clouds)
        found = measure(args, table, folder / "out")
    if args.json is not None:
        args.json.write_text(json.dumps(asdict(found), indent=1) + "\n")
    print(report(found))
    print(plan(found.cpu_s / found.clouds, found.coded_bytes / found.clouds))


def write_table(path: Path, count: int) -> None:
    """Points on boxes, in row groups far larger than shards: the hardest to read in parts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    schema = pa.schema([("points", pa.list_(pa.float32(), 3 * POINTS))])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, count, ROW_GROUP):
            size = min(ROW_GROUP, count - start)
            points = rng.uniform(-1, 1, (size, POINTS, 3)).astype(np.float32)
            sides = rng.integers(0, 3, (size, POINTS, 1))
            np.put_along_axis(points, sides, rng.choice(np.array([-1, 1], np.float32), sides.shape), axis=2)
            points *= rng.uniform(0.3, 2, (size, 1, 3)).astype(np.float32)
            lists = pa.FixedSizeListArray.from_arrays(pa.array(points.reshape(-1)), 3 * POINTS)
            writer.write_table(pa.Table.from_arrays([lists], schema=schema), row_group_size=ROW_GROUP)


def measure(args: argparse.Namespace, table: Path, out: Path) -> Measured:
    """Encodes the table, watching the processes that take part."""
    if out.exists():
        raise SystemExit(f"{out} exists; what is there would not be encoded again: remove it")
    command = [
        sys.executable, "-m", "pcbin", "encode-dataset", str(table), "-o", str(out), "-q",
        "--model", args.model, "--effort", args.effort, "--workers", str(args.workers),
        "--engine", args.engine, "--shard-size", args.shard_size,
    ]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(command)
    watch = Watch(process.pid)
    while process.poll() is None:
        watch.look(any(out.glob("*.pcb")))
        time.sleep(LOOK_S)
    wall = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"encode-dataset failed: {process.returncode}")
    clouds = json.loads((out / "manifest.json").read_text())["clouds"]
    size = sum(one.stat().st_size for one in out.glob("*.pcb"))
    return Measured(clouds, args.workers, wall, watch.cpu_s, watch.wanted, watch.peak, size)


class Watch:
    """What a process and those below it take."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu: dict[int, float] = {}
        self._spans: dict[int, list[tuple[float, float]]] = {}
        self.peak = 0

    @property
    def cpu_s(self) -> float:
        """Of all of them, ended ones too."""
        return sum(self._cpu.values())

    @property
    def wanted(self) -> float:
        """The mean over workers of the share of time in which their main thread had work."""
        shares = []
        for spans in self._spans.values():
            (first, before), (last, after) = spans[0], spans[-1]
            if last > first:
                shares.append((after - before) / (last - first))
        return float(np.mean(shares)) if shares else float("nan")

    def look(self, working: bool) -> None:
        """Once. working: whether the workers have begun to encode."""
        resident = 0
        for pid in self._tree():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            self._cpu[pid] = (int(fields[11]) + int(fields[12])) / TICKS
            resident += int(fields[21]) * PAGE
            if working and (b"spawn_main" in command or b"ray::encode_part" in command):
                busy = (int(ran) + int(waited)) / 1e9
                self._spans.setdefault(pid, []).append((time.perf_counter(), busy))
        self.peak = max(self.peak, resident)

    def _tree(self) -> set[int]:
        parents: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        found, new = {self._pid}, {self._pid}
        while new:
            new = {pid for pid, parent in parents.items() if parent in new} - found
            found |= new
        return found


def report(found: Measured) -> str:
    each = found.cpu_s / found.clouds
    rows: list[tuple[str, Any]] = [
        ("clouds", f"{found.clouds:,}"),
        ("workers", found.workers),
        ("wall time", f"{found.wall_s:.0f} s"),
        ("time of one core a cloud", f"{1e3 * each:.2f} ms"),
        ("workers had work, or waited for a core that others had", f"{found.wanted:.1%} of the time"),
        ("peak memory of all processes", f"{found.peak_bytes / 1e6:.0f} MB"),
        ("bytes a cloud", f"{found.coded_bytes / found.clouds:.1f}"),
    ]
    return "\n".join(f"{name:<56}{value}" for name, value in rows) + "\n"


def plan(seconds: float, size: float) -> str:
    """The table of capacity planning. seconds: of one core for a cloud. size: its bytes, coded.

    core hours = clouds x seconds / 3600; days = core hours / cores / 24; dollars = core hours x CORE_HOUR;
    input = clouds x RAW_BYTES; codes = clouds x size; dollars a month = codes / 10^9 x GB_MONTH.
    """
    lines = [
        f"{1e3 * seconds:.2f} ms of a core a cloud, {size:.1f} bytes coded, {RAW_BYTES:,} bytes as float32; "
        f"${CORE_HOUR} a core hour, ${GB_MONTH} a GB month",
        "",
        "| clouds | input | core hours | cores | days | dollars | codes | dollars a month |",
        "| --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for clouds, cores in SIZES:
        hours = clouds * seconds / 3600
        codes = clouds * size
        lines.append(
            f"| 10^{len(str(clouds)) - 1} | {_bytes(clouds * RAW_BYTES)} | {hours:,.3g} | {cores:,} | "
            f"{hours / cores / 24:,.2g} | {hours * CORE_HOUR:,.3g} | {_bytes(codes)} | "
            f"{codes / 1e9 * GB_MONTH:,.2g} |".replace("e+0", "e").replace("e+", "e")
        )
    return "\n".join(lines)


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} PB"


if __name__ == "__main__":
    main()
