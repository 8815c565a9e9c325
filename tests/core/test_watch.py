from vcem.core.watch import unwatched


def test_items_pass_as_they_come():
    seen = []
    items = (seen.append(n) or n for n in range(3))
    assert next(iter(unwatched(items, 3))) == 0
    assert seen == [0], "nothing is taken before it is asked for"
