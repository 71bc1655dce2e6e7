"""The wheel as shipped, checked without pytest and torch: run with the Python of a fresh environment.

python -I tests/shipped.py examples/chair.ply
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    example = Path(sys.argv[1]).resolve()
    assert importlib.util.find_spec("torch") is None, "this environment has torch: the check is worth nothing"
    import numpy as np

    import pcbin

    place = Path(pcbin.__file__)
    assert "site-packages" in place.parts, f"imported from {place}, not from the installed wheel"
    for name in ("formats", "models", "cli"):
        assert importlib.util.find_spec(name) is None, f"the wheel installs a top-level {name!r}"
    command = str(Path(sys.executable).with_name("pcbin"))

    def run(*arguments: str, code: int = 0) -> str:
        done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    with tempfile.TemporaryDirectory() as folder:
        code, back, broken = Path(folder, "chair.pcb"), Path(folder, "back.xyz"), Path(folder, "broken.pcb")
        run("encode", str(example), "-o", str(code))
        assert code.stat().st_size <= 64
        run("decode", str(code), "-o", str(back))
        info = json.loads(run("info", "--json", str(code)))
        assert "chair" in json.dumps(info), info
        run("verify", str(code))
        broken.write_bytes(code.read_bytes()[:-1])
        run("verify", str(broken), code=1)
        run("eval", str(example), str(code))
        page, picture = Path(folder, "page.html"), Path(folder, "chair.png")
        run("view", str(example), str(code), "-o", str(page), "--no-open")
        assert "class Model" in page.read_text(encoding="utf-8")
        run("render", str(code), "-o", str(picture))
        assert picture.read_bytes().startswith(b"\x89PNG")
        points = np.loadtxt(back)
        assert points.shape == (2048, 3)
        assert np.allclose(points, pcbin.decompress(code.read_bytes()), atol=1e-3 * np.ptp(points))
    print(f"the wheel works: {place.parent}, pcbin {pcbin.__version__}, without torch")


if __name__ == "__main__":
    main()
