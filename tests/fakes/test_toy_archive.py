from fakes.toy_archive import write_archive


def test_the_archive_is_the_same_each_time(tmp_path):
    one, two = write_archive(tmp_path / "a"), write_archive(tmp_path / "b")
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert len(names) == 8
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)
