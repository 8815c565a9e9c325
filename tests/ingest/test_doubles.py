import pytest

from vcem.core.errors import FailureError
from vcem.ingest.doubles import doubles_by


def apart(headers, pixels):
    def digest(path):
        if pixels[path] is None:
            raise FailureError(f"{path} was cut short.")
        return pixels[path]

    kept, left_out = doubles_by(digest)(headers)
    return [h.path for h in kept], {s.what: s.why for s in left_out}


def test_equal_copies_are_one_image_and_no_other_file_is_opened(make):
    headers = [make(uid="1"), make(uid="2"), make(uid="1"), make(uid=""), make(uid="")]
    kept, why = apart(headers, {"a.dcm": "p", "c.dcm": "p"})
    assert kept == ["a.dcm", "b.dcm", "d.dcm", "e.dcm"]
    assert why == {"c.dcm": "the same image as a.dcm"}


def test_of_copies_with_other_pixels_none_is_taken(make):
    kept, why = apart([make(uid="1") for _ in "abc"], {"a.dcm": "p", "b.dcm": "p", "c.dcm": "q"})
    assert not kept
    assert set(why) == {"a.dcm", "b.dcm", "c.dcm"}
    assert all("which of them is the image is not known" in w for w in why.values())


@pytest.mark.parametrize("change", [
    {"patient": "B"}, {"laterality": "R"}, {"view_code": "399368009"}, {"orientation": ("P", "L")}, {"window": "1/2"},
])  # fmt: skip
def test_copies_whose_headers_disagree_on_what_is_shown_are_no_copies(make, change):
    kept, why = apart([make(uid="1"), make(uid="1", **change)], {"a.dcm": "p", "b.dcm": "p"})
    assert not kept
    assert f"another {next(iter(change)).replace('_', ' ')}" in why["b.dcm"]


def test_a_damaged_copy_hides_no_whole_one(make):
    headers = [make(uid="1") for _ in "abc"]
    kept, why = apart(headers, {"a.dcm": None, "b.dcm": "p", "c.dcm": "p"})
    assert kept == ["b.dcm"]
    assert why["a.dcm"].endswith("a.dcm was cut short.")
    assert why["c.dcm"] == "the same image as b.dcm"
    assert apart(headers, dict.fromkeys(("a.dcm", "b.dcm", "c.dcm")))[0] == []
