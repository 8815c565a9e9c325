"""The end of a reading, and looks at its results before that: each with its reason in the log.

Who looks early, and stops when p is small, finds differences that are not there. So nothing is analysed before the end
unless somebody says why, and every later result tells of it.
"""

from vcem.core.errors import UsageError
from vcem.study.folder import Study
from vcem.study.record import CLOSED, END, LOOK, Entry, Record, When


def end(study: Study, record: Record, at: When, because: str = "") -> None:
    """End the reading for good, for everybody: nobody who knows the results may let others go on.

    Raises:
        UsageError: if answers are missing and no reason is given.
        EndedError: if it has ended already.
    """
    said = missing(study, record)
    if said and not because.strip():
        raise UsageError(
            f"{said}: the reading has not ended.",
            "all answers, or a written reason why the study ends without them",
            "let the readers go on. With a reason (--because WHY) it ends as it is, for good; with --interim WHY you "
            "look and it goes on. Either reason stays in the log and is written over every later result",
        )
    record.append(at, END, "", "", {"because": because.strip() if said else ""})


def look(study: Study, record: Record, at: When, because: str) -> None:
    """Note, before the results are seen, that they are looked at while the reading goes on.

    Raises:
        UsageError: if no reason is given, or the reading has ended and nothing is interim any more.
    """
    if not because.strip():
        raise UsageError("The reading has not ended.", "its end, or a written reason why the results are looked at now")
    if ended := record.end():
        raise UsageError(
            f"The reading ended at {ended.at}: no look is interim any more.",
            "a reading that goes on",
            "leave --interim out",
        )
    record.append(at, LOOK, "", "", {"because": because.strip(), "missing": missing(study, record)})


def looks(record: Record) -> list[str]:
    """Return what is said of every look before the end, the first line of how many there were; empty without any."""
    found = record.entries(LOOK)
    if not found:
        return []
    times = "once" if len(found) == 1 else f"{len(found)} times"
    return [
        f"The results were looked at {times} before the reading ended. No p and no interval is corrected for it.",
        *(f"Look {n}, {e.at[:16]} UTC, when {_what(e, 'missing', 'all was read')}: {_what(e, 'because', 'no reason')}"
          for n, e in enumerate(found, 1)),
    ]  # fmt: skip


def _what(entry: Entry, name: str, without: str) -> str:
    return str(entry.body.get(name) or without)


def missing(study: Study, record: Record) -> str:
    """Return what is not read or closed yet, empty if all is."""
    done = sum(len(record.answered(reader.name)) for reader in study.design.readers)
    left, still_open = len(study.slots) - done, not_closed(study, record)
    said = [f"{left} readings are not answered"] if left else []
    said += [f"{still_open} sessions are not closed by their readers"] if still_open else []
    return " and ".join(said)


def not_closed(study: Study, record: Record) -> int:
    """Return how many sessions their readers have not closed, where answers may be changed until then."""
    if not study.design.reading.revisable:
        return 0
    closed = {(e.reader, str(e.body.get("session"))) for e in record.entries(CLOSED)}
    return len({(s.reader, str(s.session)) for s in study.slots} - closed)
