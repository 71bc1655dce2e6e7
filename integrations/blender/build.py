"""Builds the extension as one .zip with pcbin and all it needs, for one platform.

    python integrations/blender/build.py -o dist                      for this machine's platform
    python integrations/blender/build.py -o dist --platform macos-arm64

NumPy is Blender's own; click is left out, as only commands need it. Needs pip, and a package index for the
dependencies. In Blender: Edit > Preferences > Get Extensions > Install from Disk.
"""

import argparse
import platform
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON = "3.11"
"""Of Blender 5.0."""
PLATFORMS = {
    "linux-x64": ("manylinux2014_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64"),
    "macos-arm64": ("macosx_11_0_arm64", "macosx_12_0_arm64"),
    "windows-x64": ("win_amd64",),
}  # fmt: skip
NOT_BUNDLED = {"numpy", "click"}


def main() -> None:
    """Reads the command line, and builds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("dist"), help="a folder")
    parser.add_argument("--platform", choices=PLATFORMS, default=this_platform())
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    manifest = (HERE / "blender_manifest.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"', manifest, re.MULTILINE)
    assert version is not None
    target = arguments.output / f"pcbin-blender-{version[1]}-{arguments.platform}.zip"
    with tempfile.TemporaryDirectory() as folder:
        wheels = gather(Path(folder), arguments.platform)
        listed = "".join(f'  "./wheels/{wheel.name}",\n' for wheel in wheels)
        lists = f'platforms = ["{arguments.platform}"]\nwheels = [\n{listed}]\n'
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            # keys after a table would belong to it
            archive.writestr(
                "blender_manifest.toml", manifest.replace("[permissions]", f"{lists}\n[permissions]")
            )
            archive.write(HERE / "__init__.py", "__init__.py")
            archive.write(ROOT / "LICENSE", "LICENSE")
            for wheel in wheels:
                archive.write(wheel, f"wheels/{wheel.name}")
    print(f"{target}: {target.stat().st_size:,} bytes, {len(wheels)} wheels")


def this_platform() -> str | None:
    """What Blender calls the platform that this runs on; None for one that is not built for."""
    system = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}.get(platform.system(), "")
    machine = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64"}.get(platform.machine().lower(), "")
    name = f"{system}-{machine}"
    return name if name in PLATFORMS else None


def gather(folder: Path, name: str) -> list[Path]:
    """The wheels of pcbin and of what it needs, in a folder."""
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    [own] = folder.glob("pcbin-*.whl")
    with zipfile.ZipFile(own) as wheel:
        [metadata] = [one for one in wheel.namelist() if one.endswith(".dist-info/METADATA")]
        text = wheel.read(metadata).decode()
    needed = re.findall(r"^Requires-Dist: ([^;\n]+)$", text, re.MULTILINE)  # extras have a marker after ;
    needed = [one for one in needed if re.split(r"[^\w-]", one)[0] not in NOT_BUNDLED]
    tags = [word for tag in PLATFORMS[name] for word in ("--platform", tag)]
    only = ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp", "--no-deps", *tags]
    subprocess.run([*pip, "download", *only, "-d", str(folder), *needed], check=True)
    return sorted(folder.glob("*.whl"))


if __name__ == "__main__":
    main()
