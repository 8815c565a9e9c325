"""Which attributes of a mammogram may be released, and in which form: the table in deidentify.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

from pydicom.datadict import tag_for_keyword

from vcem.core.errors import UsageError
from vcem.core.files import sha256_text

TABLE = resources.files("vcem.dicom") / "deidentify.toml"
# what deidentify.py does by itself, for it needs more than one attribute to do so
CODE = ("CodeMeaning", "CodeValue", "CodingSchemeDesignator")
BY_HAND = (*CODE, "ImageComments", "ImageType", "LUTData", "PatientAge", "PatientID", "PatientName", "PixelData")
NUMBER = re.compile(r"\d{1,3}([a-z]\d{0,3}){0,2}")  # one part of a version, such as 43, 30b or 05p03
_WORDS = re.compile(r"[\W_]+")
_SPACED = re.compile(r"(?:(?<=^[^\W\d_])|(?<=[\W_][^\W\d_]))[\W_]+(?=[^\W\d_](?![^\W_]))")


class Action(StrEnum):
    """What is done to an attribute; deidentify.toml explains each."""

    NUMBER = "numbers"
    TIME = "times"
    DATE = "dates"
    UID = "uids"
    SERIAL = "serials"
    EMPTY = "emptied"
    TERM = "terms"
    WORDS = "words"
    VERSION = "versions"
    TEXT = "text"
    ITEMS = "holds"


@dataclass(frozen=True)
class Gate:
    """Which images pass at all."""

    sop_classes: tuple[str, ...]
    modality: str
    burned_in: str
    image_type_1: tuple[str, ...]
    image_type_2: tuple[str, ...]
    image_type_other: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """The rules, by keyword. `top` are the attributes that may stand outside of every sequence."""

    version: str
    digest: str
    gate: Gate
    actions: Mapping[str, Action]
    terms: Mapping[str, Mapping[str, str]]
    words: Mapping[str, frozenset[str]]
    text: Mapping[str, re.Pattern[str]]
    holds: Mapping[str, tuple[str, ...]]
    top: tuple[str, ...]
    type_2: frozenset[str]

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the closed lists, in small letters."""
        types = (*self.gate.image_type_1, *self.gate.image_type_2, *self.gate.image_type_other)
        closed = (*self.terms.values(), *self.words.values())
        terms = (*types, *(term for several in closed for term in several))
        return frozenset(word for term in terms for word in words_in(term))

    @property
    def said(self) -> frozenset[str]:
        """The attributes whose own words or numbers may stay."""
        gone = (Action.EMPTY, Action.UID, Action.DATE)
        return frozenset(keyword for keyword, action in self.actions.items() if action not in gone)

    def has_words(self, keyword: str, text: str) -> bool:
        """Tell whether a text consists of the words that its attribute may hold."""
        numbers = self.actions[keyword] is Action.VERSION
        return all(word in self.words[keyword] or (numbers and _is_version(word, self.words[keyword]))
                   for word in words_in(text))  # fmt: skip


def words_in(text: str) -> list[str]:
    """Return the words of a text in small letters; single ones in a row are one: I.M.S. is IMS, J a n e is Jane."""
    return [word for word in _WORDS.split(_SPACED.sub("", text.lower())) if word]


def _is_version(word: str, prefixes: frozenset[str]) -> bool:
    letters = re.match(r"[^\d]*", word)
    prefix = letters[0] if letters else ""
    return (not prefix or prefix in prefixes) and bool(NUMBER.fullmatch(word[len(prefix) :]))


def read_profile(path: Path | None = None) -> Profile:
    """Read the rules; without a path, those that come with the program.

    Raises:
        UsageError: if they cannot be read, name an attribute that DICOM lacks, or one twice.
    """
    name = str(path or TABLE.name)
    try:
        text = (path or TABLE).read_text("utf-8")
        return _profile(tomllib.loads(text), sha256_text(text))
    except OSError as error:
        raise UsageError(f"Rules {name} cannot be read: {error.strerror or error}.", "a TOML file") from error
    except (ValueError, KeyError, TypeError, re.error) as error:
        raise UsageError(
            f"Rules {name}: {error}.", "the tables of deidentify.toml", "start from a copy of deidentify.toml"
        ) from error


def _profile(table: dict[str, Any], digest: str) -> Profile:
    unknown = set(table) - {*Action, "version", "gate", "type_2", "only_in_items"}
    if unknown:
        raise ValueError(f"unknown table {min(unknown)!r}")
    actions = _actions(table)
    only_in_items = frozenset(table["only_in_items"])
    return Profile(
        version=str(table["version"]),
        digest=digest,
        gate=_gate(table["gate"]),
        actions=actions,
        terms={keyword: {term.lower(): term for term in terms} for keyword, terms in table["terms"].items()},
        words={
            keyword: frozenset(word.lower() for word in words)
            for action in (Action.WORDS, Action.VERSION)
            for keyword, words in table[action].items()
        },
        text={keyword: re.compile(pattern) for keyword, pattern in table["text"].items()},
        holds={keyword: tuple(_known(held)) for keyword, held in table["holds"].items()},
        top=tuple(keyword for keyword in actions if keyword not in only_in_items),
        type_2=frozenset(table["type_2"]),
    )


def _gate(table: dict[str, Any]) -> Gate:
    lists = {name: tuple(map(str, value)) for name, value in table.items() if name not in ("modality", "burned_in")}
    return Gate(modality=table["modality"], burned_in=table["burned_in"], **lists)


def _actions(table: dict[str, Any]) -> dict[str, Action]:
    actions: dict[str, Action] = {}
    for action in Action:
        for keyword in _known(table[action]):
            if keyword in actions or keyword in BY_HAND:
                raise ValueError(f"{keyword} has two rules")
            actions[keyword] = action
    return actions


def _known(keywords: list[str] | dict[str, Any]) -> list[str]:
    unknown = [keyword for keyword in keywords if tag_for_keyword(keyword) is None]
    if unknown:
        raise ValueError(f"DICOM has no attribute {unknown[0]!r}")
    return list(keywords)
