"""Which files of a folder are clouds."""

from __future__ import annotations

import gzip
import os
import sys

import pytest

from pcbin.formats.clouds import is_cloud

APACHE = (
    "                                 Apache License\n                     Version 2.0, January 2004\n"
    "        http://www.apache.org/licenses/\n\n   TERMS AND CONDITIONS FOR USE, REPRODUCTION\n"
)
TEXTS = {
    "LICENSE.TXT": APACHE,
    "mit.txt": "MIT License\n\nCopyright (c) 2026 The pcbin developers\n\nPermission is hereby\n",
    "train_files.txt": "data/ply_data_train0.h5\ndata/ply_data_train1.h5\n",
    "labels.txt": "0\n1\n2\n",
    "classes.txt": "chair 0\ntable 1\n",
    "metadata.csv": "fullId,category,weight\nwss.1a,Chair,1.5\n",
    "requirements.txt": "numpy>=1.26,<3\nscipy\n",
    "empty.txt": "",
    "binary.txt": "1 2 3\n\0\n",
    "notes.md": "1 2 3\n",
    "a.h5": "",
    "noext": "1 2 3\n",
}
CLOUDS = {
    "a.txt": "1 2 3\n4 5 6\n",
    "B.TXT": "# a cloud\n\nX Y Z\n1 2 3\n",
    "counted.txt": "2\n1 2 3\n4 5 6\n",
    "chemistry.asc": "2\nwater\nO 1 2 3\nH 4 5 6\n",
    "decimal.csv": "1,0;2,0;3,0\n",
    "broken.txt": "1 2 nonsense\n",
    "quoted.csv": '"x","y","z"\n"1","2","3"\n',
    "empty.ply": "",
    "empty.xyz": "",
    "nonsense.xyz": "nonsense\n",
    "a.npz": "",
}  # an empty .xyz is meant as a cloud, and whoever reads it says that it is empty


@pytest.mark.parametrize("name", TEXTS)
def test_other_files(name, tmp_path):
    (tmp_path / name).write_text(TEXTS[name])
    assert not is_cloud(tmp_path / name)


@pytest.mark.parametrize("name", CLOUDS)
def test_clouds(name, tmp_path):
    (tmp_path / name).write_text(CLOUDS[name])
    assert is_cloud(tmp_path / name)
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(CLOUDS[name].encode()))
    assert is_cloud(os.fspath(tmp_path / f"{name}.gz"))


def test_one_format(tmp_path):
    (tmp_path / "a.txt").write_text("1 2 3\n")
    assert is_cloud(tmp_path / "a.txt", format="xyz")
    assert not is_cloud(tmp_path / "a.txt", format="ply")
    assert is_cloud("a.ply", format="ply")


def test_what_cannot_be_looked_at_is_for_the_reader_to_refuse(tmp_path):
    assert is_cloud(tmp_path / "missing.txt")
    (tmp_path / "damaged.txt.gz").write_bytes(b"no gzip")
    assert is_cloud(tmp_path / "damaged.txt.gz")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("1 2 3\n")
    assert is_cloud(path)
