import pytest
from pydicom.datadict import dictionary_VR

from vcem.core.errors import UsageError
from vcem.dicom.profile import BY_HAND, TABLE, Action, read_profile

FREE_TEXT = {"LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "AE"}


def test_no_free_text_is_kept_without_a_closed_list_or_a_form():
    profile = read_profile()
    free = {k for k, action in profile.actions.items() if dictionary_VR(k) in FREE_TEXT}
    ruled = {Action.TERM, Action.WORDS, Action.VERSION, Action.TEXT, Action.SERIAL, Action.EMPTY}
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


@pytest.mark.parametrize("text", ["GE MEDICAL SYSTEMS", "HOLOGIC, Inc.", "IMS Giotto S.p.A."])
def test_words_count_in_any_case(text):
    assert read_profile().has_words("Manufacturer", text)


@pytest.mark.parametrize(
    ("text", "passes"),
    [("AWS:1.7.2.44", True), ("GIP2D:3.13.0-4.13.5", True), ("VA10A", True), ("5.4.1967", False), ("Li 2", False),
     ("4711998", False)],
)  # fmt: skip
def test_versions_hold_short_numbers_and_known_words(text, passes):
    assert read_profile().has_words("SoftwareVersions", text) is passes


def test_the_vocabulary_holds_single_words_in_small_letters():
    vocabulary = read_profile().vocabulary
    assert {"silver", "pristina", "low", "energy", "primary"} <= vocabulary
    assert all(word == word.lower() and " " not in word for word in vocabulary)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"KVP"', '"NoSuchAttribute"', "no attribute 'NoSuchAttribute'"),
        ('"KVP"', '"KVP", "Rows"', "two rules"),
        ('"KVP"', '"PixelData"', "two rules"),
        ('version = "3"', "", "version"),
        ("[gate]", "[gates]", "gates"),
        ("[text]", '[text]\nStudyDescription = "["', "unterminated"),
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
