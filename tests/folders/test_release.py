from vcem.folders import release


def test_no_file_is_named_twice():
    names = [*release.TABLES, *release.TEXTS]
    assert len(names) == len(set(names))
    assert len(release.NO_IMAGES) == len(set(release.NO_IMAGES))
