"""Images found by their names, and LE matched with DES."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vcem.core.keys import PairKey, parse_pair
from vcem.core.terms import Energy
from vcem.folders.catalogue import Skipped
from vcem.ingest.layout import Release, list_files

# P3_L_DM_MLO, and its odd relatives P99_L_DM_MLO_2 and P281_L_DM_MLO2
_NAME = re.compile(r"(?P<breast>P\d+_[LR])_(?P<type>DM|CM)_(?P<view>(?:CC|MLO)(?:_?\d+)?)", re.IGNORECASE)
_TYPES = {"DM": Energy.LE, "CM": Energy.DES}
_ENDINGS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Image:
    """One image file; `name` is its name in the release's tables: capitals, no blanks, no ending."""

    name: str
    path: Path
    pair: str
    energy: Energy


@dataclass(frozen=True)
class Match:
    """LE and DES of one pair."""

    key: PairKey
    le: Image
    des: Image


def pair_of(name: str) -> tuple[str, Energy] | None:
    """Return pair and energy of an image's name, or None if it cannot be read: P66_L_DM_CC is LE of P66_L_CC."""
    found = _NAME.fullmatch(name.strip())
    if not found:
        return None
    return f"{found['breast']}_{found['view']}".upper(), _TYPES[found["type"].upper()]


def find_images(release: Release) -> tuple[list[Image], list[Skipped]]:
    """List the images of both folders, and what is there besides them."""
    images: dict[tuple[str, Energy], Image] = {}
    skipped = []
    for folder, energy in ((release.low_energy, Energy.LE), (release.subtracted, Energy.DES)):
        for path in list_files(folder):
            found = _image(path, energy)
            if isinstance(found, str):
                skipped.append(Skipped(_what(path, release), found))
            elif (found.pair, energy) in images:
                skipped.append(Skipped(_what(path, release), f"second file of {found.name}"))
            else:
                images[found.pair, energy] = found
    return list(images.values()), skipped


def match(images: Iterable[Image], release: Release) -> tuple[list[Match], list[Skipped]]:
    """Match LE with DES by name, pairs in the order of patient number, side and view."""
    by_pair: dict[str, dict[Energy, Image]] = {}
    for image in images:
        by_pair.setdefault(image.pair, {})[image.energy] = image
    matches, skipped = [], []
    for pair, found in by_pair.items():
        if len(found) == 2:
            matches.append(Match(parse_pair(pair), found[Energy.LE], found[Energy.DES]))
        else:
            (alone,) = found.values()
            other = "DES" if alone.energy is Energy.LE else "LE"
            skipped.append(Skipped(_what(alone.path, release), f"{alone.energy} without {other}"))
    return sorted(matches, key=_order), skipped


def _order(found: Match) -> tuple[int, str]:
    return int(found.key.patient[1:]), found.key.pair


def _image(path: Path, energy: Energy) -> Image | str:
    ending = path.suffix.strip().lower()
    name = path.name[: len(path.name) - len(path.suffix)].strip()
    if not path.is_file() or ending not in _ENDINGS:
        return f"no image file ({', '.join(_ENDINGS)})"
    read = pair_of(name)
    if read is None:
        return "name not understood: expected one such as P3_L_DM_MLO.jpg"
    if read[1] is not energy:
        return f"named as {read[1]} but lies in the folder of {energy}"
    return Image(name.upper(), path, read[0], energy)


def _what(path: Path, release: Release) -> str:
    return path.relative_to(release.source).as_posix()
