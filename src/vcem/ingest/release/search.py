"""The independent search of a whole release, its tables and texts included, before it is called finished."""

import re
from dataclasses import replace

from vcem.core.files import MANIFEST, sha256
from vcem.core.watch import Watch
from vcem.dicom.leaks import Leak, words_of
from vcem.dicom.spellings import FORMS
from vcem.dicom.verify_folder import Verdict, made_from, search_files
from vcem.folders.release import CITATION, LICENSE, README, SUMS, TABLES, TEXTS
from vcem.ingest.release.citation import to_cff
from vcem.ingest.release.folder import Draft, readme_of
from vcem.ingest.release.licences import licence_text
from vcem.ingest.release.terms import closed_terms

# names that are also words of licences
LEGAL = frozenset({
    "alter", "author", "brand", "chance", "change", "claim", "close", "court", "field", "force", "forth", "grant",
    "heirs", "major", "means", "minor", "moral", "other", "owner", "party", "place", "power", "price", "right", "shall",
    "share", "since", "state", "terms", "trade", "under", "whole", "works",
})  # fmt: skip
_SHORT = re.compile(r"[^\W_]+")


def search(made: Draft, watch: Watch) -> Verdict:
    """Search every file of the release for what identifies in the originals, and hold it against its check sums."""
    out = made.settings.out
    sources = made_from(made.source)
    images = {case.image: sources.get(name, "") for case, name in made.plan.cases}
    verdict = search_files(made.settings, images, _own_words(made), watch)
    gone = [Leak(name, "it is gone") for name in (*TABLES, *TEXTS) if name != MANIFEST and not (out / name).is_file()]
    return replace(verdict, leaks=(*verdict.leaks, *gone, *_changed(made)))


def _own_words(made: Draft) -> dict[str, frozenset[str]]:
    """Return, for each text, the words of its form and of the authors' names, which are nobody's of the archive.

    What else the user said is searched: terms added to findings, the licence file, title and affiliations. The whole
    name of a patient is searched everywhere.
    """
    closed = words_of(closed_terms()) | {word.lower() for word in _SHORT.findall(closed_terms())}
    authors = words_of(made.terms.citation.names)
    said = words_of(made.terms.citation.words)
    forms = {name: closed | authors | (words_of(_form(made, name)) - said) for name in TEXTS}
    forms[LICENSE] |= LEGAL
    return {name: frozenset(words) for name, words in (forms | dict.fromkeys(TABLES, closed)).items()}


def _form(made: Draft, name: str) -> str:
    """Return what the program writes into a text whatever the images are."""
    terms = made.terms
    if name == README:
        return readme_of(made)
    if name == LICENSE:
        return "" if terms.licence_file else licence_text(terms.licence, None, terms.citation.names)
    if name == CITATION:
        return to_cff(terms.citation, terms.licence)
    return " ".join([*TEXTS, *TABLES, *FORMS])


def _changed(made: Draft) -> list[Leak]:
    """Tell images that are not those of the source, and files that are not those of the check sums."""
    out = made.settings.out
    wanted = {case.image: made.checks[name] for case, name in made.plan.cases}
    if (out / SUMS).is_file():
        lines = (line.partition("  ") for line in (out / SUMS).read_text("utf-8").splitlines())
        wanted = {name: check for check, _, name in lines} | wanted
    return [Leak(name, "it is not what was released") for name, check in sorted(wanted.items())
            if (out / name).is_file() and sha256(out / name) != check]  # fmt: skip
