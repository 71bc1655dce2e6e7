"""Write the software bill of materials of the wheel: what it needs, in which versions, under which licences.

python .ci/sbom.py dist/pcbin-0.1.0-py3-none-any.whl ENV/bin/python > pcbin.cdx.json

ENV is an environment into which only the wheel was installed. CycloneDX JSON by cyclonedx-bom
(.ci/tools.txt); what that does not know of the wheel (its version, its licences, its hash) is taken from the
wheel. With SOURCE_DATE_EPOCH set, the same wheel and environment give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def main(wheel: Path, python: str) -> None:
    command = ["environment", "--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "library"]
    made = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", *command, "--output-reproducible", "--of", "JSON", python],
        check=True,
        stdout=subprocess.PIPE,
    )
    bill: dict[str, Any] = json.loads(made.stdout)
    with zipfile.ZipFile(wheel) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(path).decode())
    root = bill["metadata"]["component"]
    root["version"] = metadata["Version"]
    root["purl"] = f"pkg:pypi/{metadata['Name']}@{metadata['Version']}"
    root["licenses"] = [{"acknowledgement": "declared", "expression": metadata["License-Expression"]}]
    root["hashes"] = [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}]
    needed = {
        canonicalize_name(requirement.name)
        for requirement in map(Requirement, metadata.get_all("Requires-Dist", []))
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    _keep_needed(bill, root["bom-ref"])
    found = {canonicalize_name(component["name"]) for component in bill["components"]}
    if not needed <= found:
        sys.exit(f"{python}: lacks {', '.join(sorted(needed - found))}; install the wheel there")
    if unknown := [one["name"] for one in bill["components"] if not one.get("licenses")]:
        sys.exit(f"no licence is known of {', '.join(unknown)}")
    json.dump(bill, sys.stdout, indent=2, sort_keys=True)
    print()


def _keep_needed(bill: dict[str, Any], root: str) -> None:
    """Drops what the environment has and the wheel does not need: pip, for one."""
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    kept, rest = {root}, [root]
    while rest:
        fresh = set(needs.get(rest.pop(), [])) - kept
        kept |= fresh
        rest += fresh
    bill["components"] = [one for one in bill["components"] if one["bom-ref"] in kept]
    bill["dependencies"] = [one for one in bill["dependencies"] if one["ref"] in kept]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
