from vcem.core.terms import Density, Energy, Origin, Protocol, Side, View


def test_the_words_are_those_of_the_files():
    assert [*Side] == ["L", "R"]
    assert [*View] == ["CC", "MLO"]
    assert [*Energy] == ["LE", "HE", "DES"]
    assert [*Density] == ["a", "b", "c", "d"]
    assert [*Origin] == ["clinical", "simulated"]
    assert [*Protocol] == ["paper", "strict"]
