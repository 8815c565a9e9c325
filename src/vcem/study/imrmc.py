"""The exchange file of iMRMC (Gallas, FDA; user manual 4.1.1): sizes, `BEGIN DATA:`, one line a rating.

A line is `reader,case,modality,score`. Truth stands as the ratings of reader -1, 0 or 1. The format has no patients.
"""

from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.files import write_text
from vcem.stats.ratings import Ratings
from vcem.study.ratings import Rating, crossed, parse_score, parse_truth

BEGIN = "BEGIN DATA:"
TRUTH = "-1"


def write_imrmc(path: Path, ratings: Ratings, title: str = "Ratings of a reader study") -> None:
    """Write a study for iMRMC.

    Raises:
        UsageError: if a name holds a comma or a line end, or a reader is called -1.
    """
    for name in (*ratings.treatments, *ratings.readers, *ratings.cases):
        if "," in name or len(name.splitlines()) > 1:
            raise UsageError(f"{name!r} cannot be in an iMRMC file.", "names without commas and line ends")
    if TRUTH in ratings.readers:
        raise UsageError("A reader is called -1.", "another name: in an iMRMC file -1 is the truth")
    write_text(path, "\n".join([title, "", *_sizes(ratings), "", BEGIN, *_lines(ratings)]) + "\n")


def _sizes(ratings: Ratings) -> list[str]:
    positive = int(ratings.truth.sum())
    return [
        f"N0: {len(ratings.cases) - positive}",
        f"N1: {positive}",
        f"NR: {len(ratings.readers)}",
        f"NM: {len(ratings.treatments)}",
    ]


def _lines(ratings: Ratings) -> list[str]:
    truth = [f"{TRUTH},{case},0,{int(t)}" for case, t in zip(ratings.cases, ratings.truth, strict=True)]
    scores = [
        f"{reader},{case},{treatment},{float(ratings.scores[i, j, k])!r}"
        for j, reader in enumerate(ratings.readers)
        for k, case in enumerate(ratings.cases)
        for i, treatment in enumerate(ratings.treatments)
    ]
    return truth + scores


def read_imrmc(path: Path) -> Ratings:
    """Read and check an iMRMC file.

    Raises:
        UsageError: if it cannot be read, lacks truth, or is not fully crossed.
    """
    rows = _rows(path)
    truth = {row[1]: row for row in rows if row[0] == TRUTH}
    if len(truth) < sum(row[0] == TRUTH for row in rows):
        raise UsageError(f"{path} states the truth of a case twice.", "one line of reader -1 for each case")
    scored = [row for row in rows if row[0] != TRUTH]
    unknown = sorted({case for _, case, _, _, _ in scored} - set(truth))
    if unknown or not scored:
        raise UsageError(
            f"{path} states no truth for case {unknown[0]}." if unknown else f"{path} holds no ratings.",
            "a line of reader -1 for each case, then the ratings",
        )
    known = {case: parse_truth(row[3], row[4]) for case, row in truth.items()}
    return crossed(
        [Rating(place, r, t, case, known[case], parse_score(s, place), case) for r, case, t, s, place in scored],
        str(path),
    )


def _rows(path: Path) -> list[tuple[str, str, str, str, str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "an iMRMC file") from error
    start = next((n for n, line in enumerate(lines) if line.strip() == BEGIN), None)
    if start is None:
        raise UsageError(f"{path} has no line `{BEGIN}`.", "an iMRMC file")
    return [_row(line, f"{path}, line {n}") for n, line in enumerate(lines[start + 1 :], start + 2) if line.strip()]


def _row(line: str, place: str) -> tuple[str, str, str, str, str]:
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 4 or not all(cells):
        raise UsageError(f"{place}: {line!r} is not a rating.", "reader,case,modality,score")
    return cells[0], cells[1], cells[2], cells[3], place
