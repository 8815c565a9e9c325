"""Who made a data set and how to cite it: a TOML file of the user's -> CITATION.cff (Citation File Format 1.2.0)."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.ingest.release.licences import LICENCES

FORM = 'title, authors = [{family-names = "…", given-names = "…"}] or [{name = "…"}]'
TEXTS = ("title", "version", "date-released", "doi", "url", "abstract", "period", "source")
AUTHOR = ("family-names", "given-names", "name", "orcid", "affiliation")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Citation:
    """What the user said; `period` and `source` are those of Table 2.1, the rest is of CITATION.cff."""

    texts: Mapping[str, str]
    authors: tuple[Mapping[str, str], ...]

    @property
    def title(self) -> str:
        """The data set's title."""
        return self.texts["title"]

    @property
    def names(self) -> str:
        """The authors as text."""
        return ", ".join(
            a.get("name") or " ".join(p for p in (a.get("given-names"), a["family-names"]) if p) for a in self.authors
        )

    @property
    def words(self) -> str:
        """Everything that the user said, as one text."""
        return " ".join([*self.texts.values(), *(value for author in self.authors for value in author.values())])


def read_citation(path: Path) -> Citation:
    """Read the TOML file.

    Raises:
        UsageError: if it cannot be read, lacks title or authors, or holds something else.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return _citation(table)
    except OSError as error:
        raise UsageError(f"Citation {path} cannot be read: {error.strerror or error}.", "a TOML file") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"Citation {path}: {error}.", FORM, f"other fields: {', '.join(TEXTS[1:])}") from error


def _citation(table: dict[str, Any]) -> Citation:
    authors = tuple(dict(author) for author in table.pop("authors", ()))
    unknown = sorted(set(table) - set(TEXTS)) + sorted({field for a in authors for field in a} - set(AUTHOR))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}")
    texts = {name: " ".join(str(value).split()) for name, value in table.items()}
    if not texts.get("title"):
        raise ValueError("there is no title")
    if not authors or not all(author.get("name") or author.get("family-names") for author in authors):
        raise ValueError("there are no authors, or one without a name")
    if not all(isinstance(value, str) for author in authors for value in author.values()):
        raise ValueError("what is said of an author must be text")
    if "date-released" in texts and not _DATE.fullmatch(texts["date-released"]):
        raise ValueError("date-released must be such as 2026-03-01")
    return Citation(texts, authors)


def to_cff(citation: Citation, licence: str) -> str:
    """Return CITATION.cff; texts are quoted as in JSON, which YAML reads."""
    return "\n".join(_lines(citation, licence)) + "\n"


def _lines(citation: Citation, licence: str) -> Iterator[str]:
    yield "cff-version: 1.2.0"
    yield "type: dataset"
    yield 'message: "If you use this data set, please cite it as below."'
    for name in ("title", "version", "date-released", "doi", "url", "abstract"):
        if name in citation.texts:
            yield f"{name}: {_quoted(citation.texts[name])}"
    if licence in LICENCES:
        yield f"license: {licence}"
    yield "authors:"
    for author in citation.authors:
        for number, (name, value) in enumerate((n, author[n]) for n in AUTHOR if n in author):
            yield f"{'    ' if number else '  - '}{name}: {_quoted(value)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
