"""Every file of an output folder searched, against the originals read afresh."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from vcem.core.files import read_csv
from vcem.dicom.deidentify_folder import FILES, Settings, Watch, in_processes, list_all
from vcem.dicom.identifiers import Identifiers, identifiers_of
from vcem.dicom.unreadable import UNREADABLE
from vcem.dicom.verify import Leak, Others, leaks_in, leaks_in_text, worth_searching_elsewhere


@dataclass(frozen=True)
class Verdict:
    """What the search was: `searched` counts the UIDs, names and numbers of all originals."""

    files: int
    searched: int
    leaks: tuple[Leak, ...]


def verify_folder(settings: Settings, watch: Watch[list[Leak]]) -> Verdict:
    """Search every byte of every output file, and its name, for what identifies in the originals.

    Raises:
        UsageError: if the output folder has no table of files.
    """
    vocabulary = settings.profile.vocabulary
    names = list_all(settings.source)
    collect = partial(_collect, settings.source, vocabulary)
    others = _joined(in_processes(collect, names, settings.jobs), vocabulary)
    made = {row["output"]: row["file"] for row in read_csv(settings.out / FILES, ["file", "output"]) if row["output"]}
    originals = {settings.names.file(name): name for name in names}
    tasks = [(output, originals.get(made.get(output, ""), "")) for output in list_all(settings.out)]
    search = partial(_search, settings, others)
    leaks = [leak for found in watch(in_processes(search, tasks, settings.jobs), len(tasks)) for leak in found]
    gone = [Leak(output, "it is gone") for output in made if not (settings.out / output).is_file()]
    return Verdict(len(tasks), len(others.uids) + len(others.names), (*leaks, *gone))


def _header(path: Path) -> Dataset | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are common in originals; they are searched as they are
            dataset = pydicom.dcmread(path, stop_before_pixels=True)
            dataset.update(dataset.file_meta)
            return dataset
    except UNREADABLE:
        return None


def _identifiers(source: Path, name: str, vocabulary: frozenset[str]) -> tuple[Dataset, Identifiers] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = _header(source / name)
        return (header, identifiers_of(header, name, vocabulary)) if header is not None else None


def _collect(source: Path, vocabulary: frozenset[str], name: str) -> Others:
    found = _identifiers(source, name, vocabulary)
    if found is None:
        return Others(frozenset(), frozenset())
    return Others(found[1].uids, frozenset(worth_searching_elsewhere(found[1].names, vocabulary)))


def _joined(several: Iterable[Others], vocabulary: frozenset[str]) -> Others:
    uids: set[str] = set()
    names: set[str] = set()
    for one in several:
        uids |= one.uids
        names |= one.names
    return Others(frozenset(uids), frozenset(names - vocabulary))


def _search(settings: Settings, others: Others, task: tuple[str, str]) -> list[Leak]:
    output, original = task
    content = (settings.out / output).read_bytes()
    if original:
        found = _identifiers(settings.source, original, settings.profile.vocabulary)
        if found is None:
            return [Leak(output, "its original cannot be read")]
        return leaks_in(output, content, found[1], found[0], others)
    strange = [] if _is_ours(output) else [Leak(output, "nothing here made this file")]
    return [*strange, *leaks_in_text(output, content, others)]


def _is_ours(output: str) -> bool:
    return "/" not in output and Path(output).suffix in (".csv", ".json")
