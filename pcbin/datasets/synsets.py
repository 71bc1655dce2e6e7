"""The classes of ShapeNetCore: WordNet synset ids, which name its folders, and what people call them."""

from __future__ import annotations

import re

NAMES: dict[str, tuple[str, ...]] = {
    "02691156": ("airplane", "plane"),
    "02747177": ("trash_bin", "ashcan"),
    "02773838": ("bag",),
    "02801938": ("basket",),
    "02808440": ("bathtub",),
    "02818832": ("bed",),
    "02828884": ("bench",),
    "02843684": ("birdhouse",),
    "02871439": ("bookshelf",),
    "02876657": ("bottle",),
    "02880940": ("bowl",),
    "02924116": ("bus",),
    "02933112": ("cabinet",),
    "02942699": ("camera",),
    "02946921": ("can", "tin_can"),
    "02954340": ("cap",),
    "02958343": ("car",),
    "02992529": ("cellphone", "cellular_telephone"),
    "03001627": ("chair",),
    "03046257": ("clock",),
    "03085013": ("keyboard",),
    "03207941": ("dishwasher",),
    "03211117": ("display", "monitor"),
    "03261776": ("earphone",),
    "03325088": ("faucet",),
    "03337140": ("file_cabinet", "file"),
    "03467517": ("guitar",),
    "03513137": ("helmet",),
    "03593526": ("jar",),
    "03624134": ("knife",),
    "03636649": ("lamp",),
    "03642806": ("laptop",),
    "03691459": ("loudspeaker", "speaker"),
    "03710193": ("mailbox",),
    "03759954": ("microphone",),
    "03761084": ("microwave",),
    "03790512": ("motorcycle", "motorbike"),
    "03797390": ("mug",),
    "03928116": ("piano",),
    "03938244": ("pillow",),
    "03948459": ("pistol",),
    "03991062": ("flowerpot", "flower_pot", "pot"),
    "04004475": ("printer",),
    "04074963": ("remote_control", "remote"),
    "04090263": ("rifle",),
    "04099429": ("rocket",),
    "04225987": ("skateboard",),
    "04256520": ("sofa", "couch"),
    "04330267": ("stove",),
    "04379243": ("table",),
    "04401088": ("telephone",),
    "04460130": ("tower",),
    "04468005": ("train",),
    "04530566": ("watercraft", "vessel"),
    "04554684": ("washing_machine", "washer"),
}
"""Synset id -> names; the first is the label of the class."""

_IDS = {name: synset for synset, names in NAMES.items() for name in (synset, *names)}


def is_synset(name: str) -> bool:
    """Whether a folder's name has the form of a synset id."""
    return re.fullmatch("[0-9]{8}", name) is not None


def label_of(folder: str) -> str:
    """The class of a folder: the synset's name where the folder is called by a known id."""
    return NAMES[folder][0] if folder in NAMES else folder


def same(a: str, b: str) -> bool:
    """Whether two names (ids) mean one synset; spaces, underscores and capitals make no difference."""
    found = _IDS.get(_plain(a))
    return found is not None and found == _IDS.get(_plain(b))


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
