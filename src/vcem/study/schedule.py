"""Who reads what when: each reader's own order, drawn by the secret, spread evenly over strata and arms."""

from collections.abc import Mapping, Sequence

import numpy as np

from vcem.core.errors import UsageError
from vcem.study.cases import stratum
from vcem.study.design import Design
from vcem.study.items import Candidate, Chosen, Item, Phase, Sitting
from vcem.study.secret import Secret

TRIES = 500
QUARTERS = 4


def schedule(design: Design, chosen: Chosen, secret: Secret) -> tuple[Item, ...]:
    """Return every reading of every reader.

    Raises:
        UsageError: if repeats cannot be placed far enough apart.
    """
    return tuple(
        item for number in range(len(design.readers)) for item in _reader_items(design, chosen, secret, number)
    )


def _reader_items(design: Design, chosen: Chosen, secret: Secret, number: int) -> list[Item]:
    reader = design.readers[number].name
    items = []
    for session in range(design.reading.sessions):
        shown = _shown(design, chosen, secret, number, session)
        training = _order(design, secret, chosen.training, (), shown, ("training", reader, session))
        phased = [(Phase.TRAINING, case) for case in training]
        seen: set[str] = set()
        for case in _order(design, secret, chosen.read, chosen.repeated, shown, ("reading", reader, session)):
            phased.append((Phase.REPEAT if case.case in seen else Phase.READING, case))
            seen.add(case.case)
        for position, (phase, case) in enumerate(phased, 1):
            opaque = secret.name("opaque", reader, session, position)
            places = shown[case.case]
            if phase is Phase.REPEAT:
                places = design.reading.shown_again(places, secret.rng("places again", reader, case.case))
            items.append(Item(reader, session + 1, position, phase, case.case, places, opaque))
    return items


def _order(
    design: Design,
    secret: Secret,
    cases: Sequence[Candidate],
    repeated: Sequence[Candidate],
    shown: Mapping[str, tuple[str, ...]],
    key: tuple[str | int, ...],
) -> list[Candidate]:
    """Return cases in random order, strata and arms alike in each quarter, the repeated ones again after the gap."""
    strata = [f"{stratum(design, c)} {design.reading.arm(shown[c.case])}" for c in cases]
    again = {c.case for c in repeated}
    for trial in range(TRIES):
        rng = secret.rng("order", *key, trial)
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


def _shown(design: Design, chosen: Chosen, secret: Secret, number: int, session: int) -> dict[str, tuple[str, ...]]:
    """Return what this reader sees of each case in this session."""
    turn = int(secret.rng("groups").permutation(len(design.readers))[number])
    sitting = Sitting(design.readers[number].name, turn, session)
    shown: dict[str, tuple[str, ...]] = {}
    for what, cases in (("training", chosen.training), ("read", chosen.read)):
        repeated = [c for c in cases if c in chosen.repeated]
        for part, own in ((what, [c for c in cases if c not in repeated]), (f"{what} again", repeated)):
            shown.update(design.reading.shown(design, secret, own, part, sitting))
    return shown
