import pytest
from pydicom.datadict import dictionary_VR

from vcem.core.errors import UsageError
from vcem.dicom.profile import BY_HAND, TABLE, Action, read_profile

FREE_TEXT = {"LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "AE"}


def test_no_free_text_is_kept_without_a_closed_list_or_a_form():
    profile = read_profile()
    free = {k for k, action in profile.actions.items() if dictionary_VR(k) in FREE_TEXT}
    ruled = {Action.TERM, Action.TEXT, Action.SERIAL, Action.EMPTY}
    assert not {k for k in free if profile.actions[k] not in ruled}


def test_every_action_fits_the_type_of_its_attribute():
    kinds = {
        Action.NUMBER: {"DS", "IS", "US", "SS", "FD", "FL", "UL", "US or SS"}, Action.TIME: {"TM"},
        Action.DATE: {"DA", "DT"}, Action.UID: {"UI"}, Action.ITEMS: {"SQ"},
    }  # fmt: skip
    for keyword, action in read_profile().actions.items():
        assert dictionary_VR(keyword) in kinds.get(action, {dictionary_VR(keyword)}), keyword


def test_what_items_hold_has_a_rule():
    profile = read_profile()
    held = {keyword for keywords in profile.holds.values() for keyword in keywords}
    assert not {keyword for keyword in held if keyword not in profile.actions and keyword not in BY_HAND}


def test_what_a_code_says_never_stands_outside_of_a_code():
    top = read_profile().top
    assert "CodeMeaning" not in top
    assert "ViewCodeSequence" in top


def test_the_vocabulary_holds_single_words_in_small_letters():
    vocabulary = read_profile().vocabulary
    assert {"silver", "low", "energy", "primary"} <= vocabulary
    assert all(word == word.lower() and " " not in word for word in vocabulary)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"KVP"', '"NoSuchAttribute"', "no attribute 'NoSuchAttribute'"),
        ('"KVP"', '"KVP", "Rows"', "two rules"),
        ('"KVP"', '"PixelData"', "two rules"),
        ('version = "1"', "", "version"),
        ("[gate]", "[gates]", "gates"),
        ('CodingSchemeVersion = "[0-9.]{1,16}"', 'CodingSchemeVersion = "["', "unterminated"),
        ("[terms]", "[terms", "Expected"),
    ],
)
def test_wrong_rules_are_one_clear_error(tmp_path, old, new, message):
    path = tmp_path / "own.toml"
    path.write_text(TABLE.read_text().replace(old, new, 1))
    with pytest.raises(UsageError, match=message):
        read_profile(path)


def test_absent_rules_are_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_profile(tmp_path / "none.toml")
