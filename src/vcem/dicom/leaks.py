"""What a leak is, and the search of a text among the images, for what identifies in all originals together."""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from vcem.dicom.identifiers import LONG, Identifier, Identifiers
from vcem.dicom.profile import words_in
from vcem.dicom.spellings import dates_in, spellings
from vcem.dicom.views import runs, views

LEAST_OF_OTHERS = 5
LEAST_WITHIN = 6  # letters; a shorter name may be a part of a common word
_VERY_LONG = 9  # digits; shorter numbers are within longer ones by chance
UID = re.compile(rb"\d+(?:\.\d+){2,}")
TOKEN = re.compile(r"[^\W_]+")
SET_APART = re.compile(r"(?<=\d)[ ./_-](?=\d)")
PSEUDONYM = re.compile(r"[pfs][0-9a-f]{14,16}|2\.25\.\d+")
_WORD = re.compile(r"[^\W_]+(?:[.@-][^\W_]+)*")
_INNER = re.compile(r"[.@-]")
_MADE_UP = re.compile(rf"{PSEUDONYM.pattern}|\b(?=[0-9]*[a-f])[0-9a-f]{{12,64}}\b", re.IGNORECASE)  # and check sums
_BROKEN = re.compile(r"-\r?\n\s*")


@dataclass(frozen=True)
class Leak:
    """Something of an original in an output file; it names the attribute, not what it said."""

    file: str
    what: str


@dataclass(frozen=True)
class Others:
    """What identifies in all originals together, in small letters.

    UIDs, parts of names and numbers of people that are long enough to be searched alone, whole names, short names, the
    digits of long numbers, and days of birth.
    """

    uids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    wholes: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    births: frozenset[date] = frozenset()


def others_of(own: Identifiers, vocabulary: frozenset[str]) -> Others:
    """Return what of one original is worth searching in all files; `vocabulary` are words of every header."""
    names = frozenset(worth_searching_elsewhere(own.names, vocabulary)) - vocabulary
    numbers = frozenset(number for number in own.numbers if len(number) >= LONG)
    return Others(own.uids, names, own.wholes, own.words, numbers, own.births)


def worth_searching_elsewhere(identifiers: Iterable[Identifier], vocabulary: frozenset[str]) -> set[str]:
    """Return, in small letters, those names and numbers that are rare enough to be searched in all files."""
    texts = {spelling.lower() for identifier in identifiers for spelling in spellings(identifier.value)}
    return {t for t in texts if len(t) >= (8 if t.isdigit() else LEAST_OF_OTHERS) and t not in vocabulary}


def leaks_in_text(name: str, content: bytes, others: Others) -> list[Leak]:
    """Search a file that is not an image, its name included, for what identifies in any original; lines are told."""
    found = [f"UID of an original at byte {m.start()}" for m in UID.finditer(content) if m[0].decode() in others.uids]
    text = content.decode("utf-8", "replace").replace("\0", "")
    lines = {"in the name of the file": name} | {f"line {n}": line for n, line in enumerate(text.splitlines(), 1)}
    named = [place for place, line in lines.items() if _names(line, others)]
    found += [f"name or number of a person, {place}" for place in named]
    found += [f"digits of a number of a person, {place}" for place, line in lines.items() if _digits(line, others)]
    found += [f"a day of birth, {place}" for place, line in lines.items() if others.births & dates_in(_bare(line))]
    if not named and _names(_BROKEN.sub("", text), others):
        found.append("name or number of a person, over two lines")
    hidden = b"\0".join((*views(content)[1:], runs(content))).decode("latin-1")
    long = {word for word in others.names if len(word) >= LEAST_WITHIN}
    if (words_of(hidden) - words_of(text)) & long or _has_whole(hidden, others.wholes):
        found.append("name or number of a person in a hidden form")
    return [Leak(name, what) for what in dict.fromkeys(found)]


def _names(line: str, others: Others) -> bool:
    """Tell whether a line holds a name, as it stands or without what hides letters from the eye."""
    seen = _seen(line)
    words = words_of(line) | words_of(seen) | {w for w in words_in(seen) if len(w) >= LEAST_OF_OTHERS}
    short = {word.lower() for word in TOKEN.findall(line)}
    return bool(words & others.names or short & others.words) or _has_whole(seen, others.wholes)


def _seen(text: str) -> str:
    """Return a text as somebody sees it: without marks of no width, accents as part of their letters, HTML resolved."""
    whole = unicodedata.normalize("NFC", html.unescape(text))
    return "".join(letter for letter in whole if unicodedata.category(letter) != "Cf")


def _bare(text: str) -> str:
    """Return a text without pseudonyms and check sums, in which any digits are by chance."""
    return _MADE_UP.sub(" ", text)


def _digits(line: str, others: Others) -> bool:
    """Tell whether a line holds a number of a person, whose digits may be set apart."""
    bare = _bare(line)
    found = {run for text in (bare, SET_APART.sub("", bare)) for run in re.findall(r"\d+", text)}
    return any(number in found or (len(number) >= _VERY_LONG and any(number in run for run in found))
               for number in others.numbers)  # fmt: skip


def _has_whole(text: str, wholes: frozenset[str]) -> bool:
    """Tell whether two to four words that follow each other, or a long one, are somebody's name."""
    words = [word.lower() for word in TOKEN.findall(text)]
    several = (" ".join(words[i : i + n]) for n in (2, 3, 4) for i in range(len(words) - n + 1))
    return any(name in wholes for name in (*several, *(word for word in words if len(word) >= LEAST_WITHIN)))


def words_of(text: str) -> set[str]:
    """Return the words of a text in small letters, and the parts of compound ones, that are long enough to search."""
    words = {part for word in _WORD.findall(text.lower()) for part in (word, *_INNER.split(word))}
    return {word for word in words if len(word) >= LEAST_OF_OTHERS}
