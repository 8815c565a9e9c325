"""Every file of an output folder searched, against the originals read afresh."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path

from pydicom.dataset import Dataset

from vcem.core.files import read_csv
from vcem.core.watch import Watch
from vcem.dicom.damage import attributes_of
from vcem.dicom.deidentify_folder import Settings, in_processes, list_all, list_closed
from vcem.dicom.identifiers import Identifiers, identifiers_of
from vcem.dicom.leaks import Leak, Others, leaks_in_text, others_of, words_of
from vcem.dicom.spellings import FORMS
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass
from vcem.dicom.verify import leaks_in
from vcem.engine import Failed, refuse_failed
from vcem.folders.release import CASES, FILES

CLOSED = (CASES,)  # tables of closed terms: in sentences a short name may be any word


@dataclass(frozen=True)
class Verdict:
    """What the search was.

    `searched` counts the UIDs, names and numbers of all originals, `closed` the files and folders of the originals that
    could not be opened: what they say was not searched.
    """

    files: int
    searched: int
    closed: int
    leaks: tuple[Leak, ...]


@dataclass(frozen=True)
class _Task:
    """One file to search: its original, empty for a text, and a text's own words, None if it should not be there."""

    output: str
    original: str
    own_words: frozenset[str] | None

    def __str__(self) -> str:
        return self.output


def verify_folder(settings: Settings, watch: Watch) -> Verdict:
    """Search every byte of every output file, and its name, for what identifies in the originals.

    Raises:
        UsageError: if the output folder has no table of files.
    """
    own = frozenset(words_of(" ".join(FORMS)))
    texts = {name: own for name in list_all(settings.out) if _is_table(name)}
    return search_files(settings, made_from(settings.out), texts, watch)


def made_from(out: Path) -> dict[str, str]:
    """Return the pseudonym of the input file of each released image of a de-identified folder.

    Raises:
        UsageError: if the folder has no table of files.
    """
    return {row["output"]: row["file"] for row in read_csv(out / FILES, ["file", "output"]) if row["output"]}


def search_files(
    settings: Settings, images: Mapping[str, str], texts: Mapping[str, frozenset[str]], watch: Watch
) -> Verdict:
    """Search every file of `settings.out`; those that are neither among the images nor the texts are leaks, too.

    Args:
        settings: the originals, the folder to search, and the key.
        images: released images, and the pseudonym of the original file of each.
        texts: other files that may be there, each with words in small letters that are its own and identify nobody.
        watch: passes what was found through, for progress.

    Raises:
        FailureError: if originals could not be read for what identifies in them.
    """
    vocabulary = settings.profile.vocabulary
    names = list_all(settings.source)
    collect = partial(_collect, settings.source, vocabulary)
    collected = list(refuse_failed(in_processes(collect, names, settings.jobs), "originals read for the search"))
    others = _joined(one for one in collected if one is not None)
    closed = collected.count(None) + len(list_closed(settings.source))
    originals = {settings.names.file(name): name for name in names}
    tasks = [_Task(output, originals.get(images.get(output, ""), ""), texts.get(output))
             for output in list_all(settings.out)]  # fmt: skip
    search = partial(_search, settings, others)
    searched = zip(tasks, in_processes(search, tasks, settings.jobs), strict=True)
    found = (_unsearched(task, r) if isinstance(r, Failed) else r for task, r in searched)
    leaks = [leak for several in watch(found, len(tasks)) for leak in several]
    gone = [Leak(output, "it is gone") for output in images if not (settings.out / output).is_file()]
    return Verdict(len(tasks), len(others.uids | others.names | others.wholes | others.words), closed, (*leaks, *gone))


def _unsearched(task: _Task, failed: Failed) -> list[Leak]:
    return [Leak(task.output, f"it could not be searched: {failed.cause}")]


def _header(path: Path) -> Dataset | None:
    try:
        with odd_values_pass():  # they are searched as they are
            dataset = attributes_of(path)
            dataset.update(dataset.file_meta)
            return dataset
    except UNREADABLE:
        return None


def _identifiers(source: Path, name: str, vocabulary: frozenset[str]) -> tuple[Dataset, Identifiers] | None:
    with odd_values_pass():
        header = _header(source / name)
        return (header, identifiers_of(header, name, vocabulary)) if header is not None else None


def _collect(source: Path, vocabulary: frozenset[str], name: str) -> Others | None:
    """Return what identifies in one original; nothing if it could not be opened."""
    found = _identifiers(source, name, vocabulary)
    if found is None:
        return Others() if os.access(source / name, os.R_OK) else None
    return others_of(found[1], vocabulary)


def _joined(several: Iterable[Others]) -> Others:
    found = list(several)
    return Others(*(frozenset().union(*parts) for parts in zip(*map(astuple, [Others(), *found]), strict=True)))


def _search(settings: Settings, others: Others, task: _Task) -> list[Leak]:
    content = (settings.out / task.output).read_bytes()
    if task.original:
        found = _identifiers(settings.source, task.original, settings.profile.vocabulary)
        if found is None:
            return [Leak(task.output, "its original cannot be read")]
        return leaks_in(task.output, content, found[1], found[0], others)
    strange = [Leak(task.output, "nothing here made this file")] if task.own_words is None else []
    own = task.own_words or frozenset()
    short = others.words - own if task.output in CLOSED else frozenset()
    searched = replace(others, names=others.names - own, words=short)
    return [*strange, *leaks_in_text(task.output, content, searched)]


def _is_table(output: str) -> bool:
    return "/" not in output and Path(output).suffix in (".csv", ".json")
