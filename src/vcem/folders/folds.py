"""Folds: which pairs train, validate and test."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vcem.core.called import FIELD, chain
from vcem.core.errors import UsageError
from vcem.core.files import Row, read_csv, read_json, write_csv, write_json
from vcem.core.terms import Protocol

MADE_BY = "vcem split"
FOLDS, LEAKS = "folds.json", "leak.csv"


@dataclass(frozen=True)
class Fold:
    """Pair ids of one fold."""

    train: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True)
class Folds:
    """All folds of one protocol, and the command that drew them where it is known."""

    protocol: Protocol
    seed: int
    folds: tuple[Fold, ...]
    called: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leak:
    """One fold's counts. A breast-view is patient, side and view: its repeats were taken minutes apart."""

    protocol: str
    fold: int
    train: int
    val: int
    test: int
    shared_patients: int
    test_pairs_with_shared_patient: int
    shared_breast_views: int
    test_pairs_with_shared_breast_view: int
    val_pairs_with_shared_patient: int


def file_of(prepared: Path, given: Path | None = None) -> Path:
    """Return the folds file: the given one, or that of the prepared folder."""
    return given or prepared / FOLDS


def leaks_of(folds: Path) -> Path:
    """Return the leak report that stands beside a folds file."""
    return folds.with_name(LEAKS)


def write_leaks(path: Path, counted: Iterable[Leak]) -> None:
    """Write the leak report as a table."""
    write_csv(path, [f.name for f in fields(Leak)], map(asdict, counted))


def read_leaks(path: Path) -> tuple[Row, ...]:
    """Read the leak report; empty where there is none.

    Raises:
        UsageError: if it lacks a column.
    """
    return tuple(read_csv(path, [f.name for f in fields(Leak)])) if path.is_file() else ()


def without(folds: Folds, absent: Collection[str]) -> Folds:
    """Return the same folds without the pairs that are not here."""
    if not absent:
        return folds
    parts = [
        Fold(*(tuple(pair for pair in part if pair not in absent) for part in (f.train, f.val, f.test)))
        for f in folds.folds
    ]
    return Folds(folds.protocol, folds.seed, tuple(parts))


def write_folds(path: Path, folds: Folds) -> None:
    """Write `folds.json`, with the command that drew them."""
    listed = [{"train": f.train, "val": f.val, "test": f.test} for f in folds.folds]
    write_json(path, {"protocol": folds.protocol, "seed": folds.seed, FIELD: chain(), "folds": listed})


def read_folds(path: Path) -> Folds:
    """Read `folds.json`.

    Raises:
        UsageError: if it is missing or not of that form, or a pair stands in two parts of one fold.
    """
    content = read_json(path, f"a folds.json made by `{MADE_BY}`")
    try:
        folds = tuple(_fold(f) for f in content["folds"])
        called = tuple(map(str, content.get(FIELD, ())))
        return Folds(Protocol(content["protocol"]), int(content.get("seed", 0)), folds, called)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is not a folds file: {error!r}.", f"a folds.json made by `{MADE_BY}`") from error


def refuse_shared(protocol: Protocol, fold: Fold, patients: Mapping[str, str]) -> None:
    """Refuse a strict fold of which two parts share a patient, as one that was edited by hand may.

    Args:
        protocol: how it was drawn; the paper's folds share patients.
        fold: pair ids.
        patients: whose each pair is.

    Raises:
        UsageError: naming the first patient.
    """
    parts = (fold.train, fold.val, fold.test)
    train, val, test = ({patients[pair] for pair in part if pair in patients} for part in parts)
    shared = sorted((train & val) | (train & test) | (val & test))
    if shared and protocol is Protocol.STRICT:
        raise UsageError(
            f"{len(shared)} patient(s) are in two parts of one strict fold, the first is {shared[0]}.",
            "each patient in one part: who trains a network must not test it",
            f"draw the folds again with `{MADE_BY}`",
        )


def _fold(content: dict[str, Any]) -> Fold:
    parts = {name: tuple(str(p) for p in content[name]) for name in ("train", "val", "test")}
    _refuse_overlap(parts)
    return Fold(**parts)


def _refuse_overlap(parts: dict[str, tuple[str, ...]]) -> None:
    listed = [p for part in parts.values() for p in part]
    if len(listed) != len(set(listed)):
        raise ValueError("a pair appears twice in one fold")
