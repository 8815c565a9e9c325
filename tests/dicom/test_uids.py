import uuid

from pydicom.uid import UID

from vcem.dicom.uids import is_registered, uid_for


def test_a_uid_depends_on_seed_and_every_part_of_the_key_alone():
    keys = [(0, "a"), (1, "a"), (0, "b"), (0, "a", "b"), (0, "a", 1), (0, "a", "1"), (0, "ab")]
    uids = [uid_for(*key) for key in keys]
    assert len(set(uids)) == len(keys)
    assert uids == [uid_for(*key) for key in keys]


def test_the_value_never_changes_so_that_old_exams_keep_their_names():
    assert uid_for(7, "study", "S0001") == "2.25.7617793985320920619929695486317611853"


def test_it_is_a_legal_uid_of_a_version_8_uuid():
    for number in range(50):
        uid = uid_for(0, number)
        assert UID(uid).is_valid
        assert len(uid) <= 64
        found = uuid.UUID(int=int(uid.removeprefix("2.25.")))
        assert found.version == 8
        assert found.variant == uuid.RFC_4122


def test_only_what_the_standard_lists_is_registered():
    assert is_registered("1.2.840.10008.5.1.4.1.1.1.2")
    assert not is_registered("1.2.840.10008.4711998.1")
    assert not is_registered("1.2.3")
