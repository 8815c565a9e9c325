"""Which cases a study reads: drawn once, by the secret, in proportion to the strata, one per patient."""

from collections.abc import Sequence

from vcem.core.errors import UsageError
from vcem.folders.prepared import PreparedPair
from vcem.study.design import Design
from vcem.study.items import Candidate, Chosen
from vcem.study.secret import Secret
from vcem.study.sources import Sources, birads_category, positive


def candidates(design: Design, sources: Sources) -> list[Candidate]:
    """Return the cases that could be read: breasts where breasts are judged, single exposures otherwise."""
    groups: dict[str, list[PreparedPair]] = {}
    breasts = design.reading.judges_breasts
    for pair in sources.store.pairs:
        groups.setdefault(f"{pair.patient}_{pair.side}" if breasts else pair.pair, []).append(pair)
    return [_candidate(name, own, sources) for name, own in groups.items()]


def _candidate(name: str, pairs: Sequence[PreparedPair], sources: Sources) -> Candidate:
    first = pairs[0]
    facts = {
        "density": first.density,
        "view": "+".join(sorted({p.view for p in pairs})),
        "side": first.side,
        "birads": max((p.birads for p in pairs), key=birads_category),
        "pathology": first.pathology,
        "machine": first.machine,
    }
    shown = frozenset.intersection(*(sources.of(p.pair) for p in pairs))
    return Candidate(name, first.patient, positive("$".join(p.pathology for p in pairs)), shown, facts)


def choose(design: Design, candidates: Sequence[Candidate], secret: Secret) -> Chosen:
    """Draw the cases of a study.

    Raises:
        UsageError: if a case appears twice, truth is missing, a model is unknown, or there are too few cases.
    """
    check_candidates(design, candidates)
    unknown = tuple(c.case for c in candidates if needs_truth(design) and c.positive is None)
    usable = [c for c in candidates if set(design.reading.sources) <= c.sources and c.case not in unknown]
    pool = _one_a_patient(secret, usable)
    cases = design.cases
    if cases.positives is None:
        read = _stratified(design, secret, pool, cases.count, "read")
    else:
        read = [
            c
            for kind, count in ((True, cases.positives), (False, cases.count - cases.positives))
            for c in _stratified(design, secret, [p for p in pool if p.positive is kind], count, f"read {kind}")
        ]
    names = {c.case for c in read}
    training = _stratified(design, secret, [c for c in pool if c.case not in names], cases.training, "training")
    return Chosen(tuple(read), tuple(training), repeats(design, read, secret), unknown)


def repeats(design: Design, read: Sequence[Candidate], secret: Secret) -> tuple[Candidate, ...]:
    """Return the cases that are shown twice."""
    return tuple(_stratified(design, secret, read, design.cases.repeats, "repeats"))


def needs_truth(design: Design) -> bool:
    """Return whether the design must know of each case whether it is positive."""
    return design.reading.judges_breasts or design.cases.positives is not None


def check_candidates(design: Design, candidates: Sequence[Candidate]) -> None:
    """Refuse candidates that do not serve the design.

    Raises:
        UsageError: naming the first case or model at fault.
    """
    names = [c.case for c in candidates]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise UsageError(f"Case {twice[0]} is given twice.", "each case once")
    known = frozenset().union(*(c.sources for c in candidates))
    unknown = [s for s in design.reading.sources if s not in known]
    if unknown:
        raise UsageError(f"There are no images of {unknown[0]}.", f"one of {', '.join(sorted(known)) or 'none'}")
    missing = [c.case for c in candidates if c.positive is None]
    if needs_truth(design) and missing and not design.cases.unknown_left_out_because.strip():
        raise UsageError(
            f"The pathology of {len(missing)} of {len(candidates)} cases is not known, the first is {missing[0]}.",
            "malignant, benign or normal for each case",
            "complete the catalogue, or say in cases.unknown_left_out_because why they may be left out",
        )


def _one_a_patient(secret: Secret, candidates: Sequence[Candidate]) -> list[Candidate]:
    by_patient: dict[str, list[Candidate]] = {}
    for c in sorted(candidates, key=lambda c: c.case):
        by_patient.setdefault(c.patient, []).append(c)
    return [own[int(secret.rng("case of", p).integers(len(own)))] for p, own in sorted(by_patient.items())]


def _stratified(design: Design, secret: Secret, pool: Sequence[Candidate], count: int, what: str) -> list[Candidate]:
    """Draw in proportion to the strata; what is over goes to the largest remainders."""
    if len(pool) < count:
        raise UsageError(
            f"The study needs {count} cases of different patients ({what}), there are {len(pool)}.",
            f"cases that have images of {', '.join(design.reading.sources) or 'LE'}",
            "ask for fewer cases, or give more",
        )
    strata: dict[str, list[Candidate]] = {}
    for c in pool:
        strata.setdefault(stratum(design, c), []).append(c)
    shares = {name: count * len(own) / len(pool) for name, own in strata.items()} if count else {}
    taken = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (taken[name] - shares[name], name))
    for name in by_remainder[: count - sum(taken.values())]:
        taken[name] += 1
    drawn = []
    for name, number in sorted(taken.items()):
        order = secret.rng(what, name).permutation(len(strata[name]))
        drawn += [strata[name][i] for i in order[:number]]
    return drawn


def stratum(design: Design, case: Candidate) -> str:
    """Return the stratum of a case: its facts that the design names, and its truth where positives are counted."""
    facts = [f"{fact}={case.facts.get(fact, '')}" for fact in design.cases.strata]
    if design.cases.positives is not None:
        facts.append(f"positive={case.positive}")
    return " ".join(facts)


def arms(design: Design, secret: Secret, cases: Sequence[Candidate], what: str, blocks: int) -> dict[str, int]:
    """Deal cases out to so many blocks, equally and within strata."""
    ordered = sorted(cases, key=lambda c: (stratum(design, c), float(secret.rng("arm", what, c.case).random())))
    first = int(secret.rng("first arm", what).integers(blocks))
    return {c.case: (first + n) % blocks for n, c in enumerate(ordered)}
