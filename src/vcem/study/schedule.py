"""Who reads what when: each reader's own order, drawn by seed, spread evenly over strata and arms, and recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.files import sha256_text
from vcem.core.seeds import rng_for, seed_for
from vcem.study.cases import stratum
from vcem.study.design import Design
from vcem.study.items import Candidate, Chosen, Item, Phase

TRIES = 500
QUARTERS = 4


def schedule(design: Design, chosen: Chosen) -> tuple[Item, ...]:
    """Return every reading of every reader.

    Raises:
        UsageError: if repeats cannot be placed far enough apart.
    """
    return tuple(item for number in range(len(design.readers)) for item in _reader_items(design, chosen, number))


def _reader_items(design: Design, chosen: Chosen, number: int) -> list[Item]:
    reader = design.readers[number].name
    items = []
    for session in range(design.reading.sessions):
        shown = _shown(design, chosen, number, session)
        training = _order(design, chosen.training, (), shown, ("training", reader, session))
        phased = [(Phase.TRAINING, case) for case in training]
        seen: set[str] = set()
        for case in _order(design, chosen.read, chosen.repeated, shown, ("reading", reader, session)):
            phased.append((Phase.REPEAT if case.case in seen else Phase.READING, case))
            seen.add(case.case)
        for position, (phase, case) in enumerate(phased, 1):
            opaque = f"{seed_for(design.seed, 'opaque', reader, session, position):016x}"
            places = shown[case.case]
            if phase is Phase.REPEAT:
                places = design.reading.shown_again(places, rng_for(design.seed, "places again", reader, case.case))
            items.append(Item(reader, session + 1, position, phase, case.case, places, opaque))
    return items


def _order(
    design: Design,
    cases: Sequence[Candidate],
    repeated: Sequence[Candidate],
    shown: Mapping[str, tuple[str, ...]],
    key: tuple[str | int, ...],
) -> list[Candidate]:
    """Return cases in random order, strata and arms alike in each quarter, the repeated ones again after the gap."""
    strata = [f"{stratum(design, c)} {design.reading.arm(shown[c.case])}" for c in cases]
    again = {c.case for c in repeated}
    for trial in range(TRIES):
        rng = rng_for(design.seed, "order", *key, trial)
        # what is repeated is read early, so that there is room for the second time
        places = [
            (place * (0.5 if c.case in again else 1.0), c) for place, c in zip(_spread(strata, rng), cases, strict=True)
        ]
        places += [(0.5 + 0.5 * float(rng.random()), c) for c in repeated]
        order = [c for _, c in sorted(places, key=lambda entry: entry[0])]
        if _far_enough([c.case for c in order], design.cases.repeat_gap):
            return order
    raise UsageError(
        f"{len(repeated)} repeats cannot be placed {design.cases.repeat_gap} readings apart.",
        "fewer repeats, more cases or a smaller repeat_gap",
    )


def _spread(strata: Sequence[str], rng: np.random.Generator) -> list[float]:
    """Return a place in [0, 1) for each case, so that each quarter holds about a quarter of each stratum.

    No finer: in an order that alternates strictly, a reader could guess the next case from the last.
    """
    places = [0.0] * len(strata)
    for name in sorted(set(strata)):
        own = rng.permutation([i for i, s in enumerate(strata) if s == name])
        start = int(rng.integers(QUARTERS))
        for n, i in enumerate(own):
            places[int(i)] = ((start + n) % QUARTERS + float(rng.random())) / QUARTERS
    return places


def _far_enough(order: Sequence[str], gap: int) -> bool:
    first: dict[str, int] = {}
    return not any(0 < n - first.setdefault(case, n) < gap for n, case in enumerate(order))


def _shown(design: Design, chosen: Chosen, number: int, session: int) -> dict[str, tuple[str, ...]]:
    """Return what this reader sees of each case in this session."""
    turn = int(rng_for(design.seed, "groups").permutation(len(design.readers))[number])
    shown: dict[str, tuple[str, ...]] = {}
    for what, cases in (("training", chosen.training), ("read", chosen.read)):
        repeated = [c for c in cases if c in chosen.repeated]
        for part, own in ((what, [c for c in cases if c not in repeated]), (f"{what} again", repeated)):
            shown.update(design.reading.shown(design, own, part, design.readers[number].name, turn, session))
    return shown


def protocol_hash(design: Design, chosen: Chosen, items: Sequence[Item]) -> str:
    """Return the check sum of all that is fixed before the first answer: design, cases, orders, what is shown."""
    content = {
        "design": asdict(design),
        "read": [c.case for c in chosen.read],
        "training": [c.case for c in chosen.training],
        "repeated": [c.case for c in chosen.repeated],
        "items": [asdict(item) for item in items],
    }
    return sha256_text(json.dumps(content, sort_keys=True, ensure_ascii=False))
