"""The most realistic of m: the paper's first test. Votes, the weighted majority, each reader, places, a ranking."""

from collections.abc import Sequence

import numpy as np

from vcem.core.seeds import rng_for
from vcem.stats.choice import Votes, bradley_terry, exchange_p, tally, uniform_p
from vcem.stats.voting import Verdict
from vcem.study.design import Design
from vcem.study.items import Phase
from vcem.study.order import order_table
from vcem.study.questions import letters
from vcem.study.readings import Reading, of_phase, patients
from vcem.study.result_tables import Table, p_value, percent, shares
from vcem.study.results import agreement_tables, consensus, weights_of


def choice_tables(design: Design, models: tuple[str, ...], readings: Sequence[Reading]) -> list[Table]:
    """Return votes, weighted majority, tests, ranking, and what readers and places did to them."""
    read = of_phase(readings, Phase.READING)
    votes = votes_of(models, read)
    first = models[int(votes.counts.argmax())]
    return [
        _votes(design, votes, read),
        _majority(models, read),
        _ranking(design, votes, read),
        _each_reader(design, models, read),
        _places(design, len(models), read),
        *order_table(design, read, {f"{first}, which has most votes": lambda r: chosen(r) == first}),
        *agreement_tables(design, readings, {"the chosen model": lambda r: models.index(chosen(r))}),
    ]


def chosen(r: Reading) -> str:
    """Return the model behind the chosen place."""
    return r.item.shown[letters(len(r.item.shown)).index(r.answers["place"])]


def votes_of(models: Sequence[str], read: Sequence[Reading]) -> Votes:
    """Return the votes of some readings."""
    votes = np.array([models.index(chosen(r)) for r in read], np.int64)
    return Votes(tuple(models), votes, np.ones((len(read), len(models)), bool), patients(read))


def _votes(design: Design, votes: Votes, read: Sequence[Reading]) -> Table:
    rng, models = rng_for(design.seed, "analysis", "tests"), votes.models
    tallies = tally(votes, weights_of(design, read))
    rows = tuple((t.model, *shares(t.votes), p_value(t.p), p_value(t.p_adjusted)) for t in tallies)
    note = (
        f"{len(read)} votes of {len(design.readers)} readers. All models alike: exact multinomial p "
        f"{p_value(uniform_p(votes.counts, rng))}, exchange within patients p {p_value(exchange_p(votes, rng))}; "
        "believe the second, for readers vote on the same patients. In the paper all radiologists chose the image of "
        "the CycleGAN in all cases; it gives no counts."
    )
    columns = ("model", "votes", "share, Wilson", "share, by patient", f"p against 1/{len(models)}", "p, Holm")
    drawn = tuple(t.votes.by_patient for t in tallies)
    return Table("Votes for the most realistic image", note, columns, rows, drawn, 1 / len(models))


def _majority(models: Sequence[str], read: Sequence[Reading]) -> Table:
    verdicts = [v for _, v in consensus(read, chosen)]
    rows = [(m, str(sum(v.answer == m for v in verdicts)), _of(verdicts, m)) for m in models]
    rows.append(("undecided", str(sum(v.answer is None for v in verdicts)), ""))
    note = (
        f"One verdict a case, votes weighted by years of experience. {sum(v.tied for v in verdicts)} of "
        f"{len(verdicts)} were tied: the most experienced reader among those tied decides."
    )
    return Table("Weighted majority", note, ("model", "cases won", "share"), tuple(rows))


def _of(verdicts: Sequence[Verdict], answer: str) -> str:
    return f"{100 * sum(v.answer == answer for v in verdicts) / len(verdicts):.1f} %"


def _ranking(design: Design, votes: Votes, read: Sequence[Reading]) -> Table:
    ranked = bradley_terry(votes, weights_of(design, read))
    note = "Bradley & Terry: how probably each is chosen when all are shown together; half a vote for and against each."
    rows = tuple((r.model, percent(r.strength)) for r in ranked)
    return Table("Ranking", note, ("model", "strength"), rows, tuple(r.strength for r in ranked), 1 / len(ranked))


def _each_reader(design: Design, models: Sequence[str], read: Sequence[Reading]) -> Table:
    rng, rows = rng_for(design.seed, "analysis", "each reader"), []
    for reader in design.readers:
        own = [r for r in read if r.item.reader == reader.name]
        if own:
            counts = votes_of(models, own).counts
            rows.append((f"{reader.name}, {reader.years:g} years", *map(str, counts), p_value(uniform_p(counts, rng))))
    note = "Each reader against chance: the exact multinomial test that this reader finds all models alike."
    return Table("Votes of each reader", note, ("reader", *models, "p"), tuple(rows))


def _places(design: Design, count: int, read: Sequence[Reading]) -> Table:
    """Return how often each place was chosen: each model stood equally often in each, so places should not matter."""
    places = letters(count)
    taken = np.array([places.index(r.answers["place"]) for r in read], np.int64)
    votes = Votes(places, taken, np.ones((len(read), count), bool), patients(read))
    tallies = tally(votes, weights_of(design, read))
    p = uniform_p(votes.counts, rng_for(design.seed, "analysis", "places"))
    note = f"From left to right. All places alike: exact multinomial p {p_value(p)}."
    rows = tuple((t.model, *shares(t.votes), p_value(t.p_adjusted)) for t in tallies)
    columns = ("place", "votes", "share, Wilson", "share, by patient", "p, Holm")
    return Table("Places", note, columns, rows, tuple(t.votes.by_patient for t in tallies), 1 / count)
