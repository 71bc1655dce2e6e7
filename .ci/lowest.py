"""Print the lowest versions that pyproject.toml allows, as constraints for pip.

python .ci/lowest.py > lowest.txt && pip install -c lowest.txt -e '.[test]'
"""

from __future__ import annotations

import sys
from pathlib import Path

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def main() -> None:
    text = Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    constraints: dict[str, str] = {}
    for requirement in map(Requirement, (line for lines in lists for line in lines)):
        if requirement.name == project["name"]:  # an extra made of others
            continue
        lowest = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        if len(lowest) != 1:
            sys.exit(f"pyproject.toml: {requirement}: give it one lower bound, as in >=1.0")
        marker = f"; {requirement.marker}" if requirement.marker else ""
        constraint = f"{requirement.name}=={lowest[0]}{marker}"
        if constraints.setdefault(requirement.name, constraint) != constraint:
            sys.exit(f"pyproject.toml: {requirement}: another list has {constraints[requirement.name]}")
    print(*sorted(constraints.values()), sep="\n")


if __name__ == "__main__":
    main()
