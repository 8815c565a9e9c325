from vcem.core.seeds import rng_for, seed_for


def test_the_seed_is_a_known_function_of_the_key():
    assert seed_for(0, "folds") == 4894902713638799690


def test_every_part_of_the_key_counts():
    seeds = {seed_for(0), seed_for(1), seed_for(0, "a"), seed_for(0, "a", 1), seed_for(0, "a1"), seed_for(0, "a", "1")}
    assert len(seeds) == 6
    assert all(0 <= s < 2**63 for s in seeds)


def test_generators_of_one_key_agree():
    assert rng_for(3, "x", 2).random() == rng_for(3, "x", 2).random()
