from dataclasses import replace

import pytest

from study_designs import design
from vcem.study.design import check
from vcem.study.items import Item, Layer, Phase
from vcem.study.kinds.most_realistic import MOST, MostRealistic
from vcem.study.sources import Sources


def of(count, **more):
    return MostRealistic("most-realistic", tuple(f"m{n}" for n in range(count)), **more)


def test_the_most_models_that_are_allowed_have_a_key_and_a_place_each(toy_store):
    reading = of(MOST)
    check(design("most-realistic", reading=reading))
    (question,) = reading.questions()
    assert question.keys == tuple("123456789")
    item = Item("r", 1, 1, Phase.READING, "P1_L_CC", reading.models, "x")
    panels = reading.panels(
        item, Sources(toy_store, {}), lambda name, pair, source, place: Layer(name, f"{place}", source)
    )
    assert [p.title for p in panels] == ["LE", *"ABCDEFGHI"]
    assert [(p.row, p.column) for p in panels] == [(r, c) for r in (0, 1) for c in range(5)]
    assert tuple(p.layers[0].picture for p in panels) == ("LE", *reading.models)


@pytest.mark.parametrize("show_le", [True, False])
def test_few_models_stand_in_one_row(toy_store, show_le):
    item = Item("r", 1, 1, Phase.READING, "P1_L_CC", ("m1", "m0"), "x")
    reading = replace(of(2), show_le=show_le)
    panels = reading.panels(item, Sources(toy_store, {}), lambda *known: Layer(known[0], "", ""))
    assert [(p.title, p.row) for p in panels] == [("LE", 0)] * show_le + [("A", 0), ("B", 0)]
