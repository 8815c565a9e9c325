from vcem.study.secret import BYTES, Secret, new_secret


def test_it_has_256_bits_and_is_never_the_same():
    drawn = {new_secret().digits for _ in range(50)}
    assert len(drawn) == 50
    assert {len(bytes.fromhex(d)) for d in drawn} == {BYTES} == {32}


def test_values_follow_every_part_of_the_key_and_the_secret():
    one = Secret("5" * 64)
    assert one.name("opaque", "r", 1) == Secret("5" * 64).name("opaque", "r", 1)
    names = {s.name(*key) for s in (one, Secret("6" * 64)) for key in (("a", 1), ("a", "1"), ("a", 1, 1), ("a1",))}
    assert len(names) == 8
    assert one.rng("order", 1).random() == one.rng("order", 1).random() != one.rng("order", 2).random()
