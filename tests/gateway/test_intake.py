import copy
import resource

import pytest
from pydicom.uid import RLELossless

from gateways import changed, file_of, with_pixel
from vcem.dicom.fitness import VIRTUAL_DES
from vcem.gateway.audit import Audit
from vcem.gateway.intake import CONFLICT, FULL, MISMATCH, TAKEN, UNREADABLE, Intake
from vcem.gateway.queue import LEFT_OUT, READY, WAITING, Queue, Result
from vcem.gateway.settings import Limits


@pytest.fixture
def intake(tmp_path):
    queue = Queue(tmp_path)
    yield Intake(tmp_path, queue, Limits(free_mb=1), Audit(tmp_path))
    queue.close()


def take(intake, dataset, **more):
    return intake.take(file_of(dataset), more.get("uid", dataset.SOPInstanceUID), "UNIT")


def names(intake):
    return sorted(path.name for path in intake.folder.iterdir())


def test_what_is_taken_is_a_file_and_a_row(intake, exam):
    assert take(intake, exam[0]).status == TAKEN
    uid = exam[0].SOPInstanceUID
    assert names(intake) == [f"{uid}.dcm"]
    assert (intake.folder / f"{uid}.dcm").read_bytes() == file_of(exam[0])
    row = intake.queue.image(uid)
    assert (row.state, row.study, row.sender) == (WAITING, exam[0].StudyInstanceUID, "UNIT")


def test_the_same_image_again_is_neither_work_nor_a_copy(intake, exam):
    take(intake, exam[0])
    before = intake.queue.images()
    packed = copy.deepcopy(exam[0])
    packed.compress(RLELossless, generate_instance_uid=False)
    for again in (exam[0], packed, changed(exam[0], InstitutionName="the same pixels")):
        assert take(intake, again).status == TAKEN
    assert intake.queue.images() == before
    assert len(names(intake)) == 1


def test_other_pixels_under_a_known_uid_are_refused(intake, exam):
    take(intake, exam[0])
    verdict = take(intake, with_pixel(exam[0], 77))
    assert (verdict.status, verdict.why) == (CONFLICT, "other pixels came under this UID before")
    assert (intake.folder / f"{exam[0].SOPInstanceUID}.dcm").read_bytes() == file_of(exam[0])


def test_an_image_that_came_damaged_may_come_again_whole(intake, exam):
    cut = file_of(exam[0])[:-1000]
    assert intake.take(cut, exam[0].SOPInstanceUID, "UNIT").status == TAKEN
    intake.queue.set_image(exam[0].SOPInstanceUID, "failed", "damaged", 0)
    assert intake.take(cut[:-10], exam[0].SOPInstanceUID, "UNIT").status == UNREADABLE
    assert take(intake, exam[0]).status == TAKEN
    assert intake.queue.image(exam[0].SOPInstanceUID).state == WAITING
    assert (intake.folder / f"{exam[0].SOPInstanceUID}.dcm").read_bytes() == file_of(exam[0])


@pytest.mark.parametrize("size", [0, 40, 132, 200, 400, 800])
def test_an_object_whose_header_is_cut_short_is_refused_and_leaves_nothing(intake, exam, size):
    assert intake.take(file_of(exam[0])[:size], exam[0].SOPInstanceUID, "UNIT").status in (UNREADABLE, MISMATCH)
    assert names(intake) == []
    assert intake.queue.images() == []


@pytest.mark.parametrize(
    "uid", ["../../etc/passwd", "/etc/passwd", "..", "1..2", "", "1.2/3", "1.2\0", "1" * 65, "1.\uff12"]
)
def test_a_uid_is_looked_at_before_it_is_a_path(intake, exam, uid):
    assert take(intake, exam[0], uid=uid).status == UNREADABLE
    assert names(intake) == []


def test_a_uid_that_is_not_that_of_the_object_is_refused(intake, exam):
    assert take(intake, exam[0], uid="1.2.3").status == MISMATCH
    assert names(intake) == []


@pytest.mark.parametrize("tags", [{"Modality": "CT"}, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2.1"}])
def test_only_mammograms_for_presentation_are_taken(intake, exam, tags):
    assert take(intake, changed(exam[0], **tags)).status == MISMATCH


def test_without_room_nothing_is_taken(intake, exam, tmp_path):
    for limits in (Limits(free_mb=1e12), Limits(free_mb=1, waiting=1)):
        intake.limits = limits
        take(intake, exam[1])
        assert take(intake, exam[0]).status == FULL
        assert f"{exam[0].SOPInstanceUID}.dcm" not in names(intake)


def test_what_is_too_large_is_refused(tmp_path, exam):
    queue = Queue(tmp_path)
    small = Intake(tmp_path, queue, Limits(free_mb=1, image_mb=1), Audit(tmp_path))
    large = changed(exam[0], PixelData=bytes(2**21))
    assert take(small, large).status == UNREADABLE
    queue.close()


def test_a_disk_that_is_full_in_the_middle_leaves_nothing(intake, exam):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        assert take(intake, exam[0]).status == FULL
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(intake) == []
    assert take(intake, exam[0]).status == TAKEN


@pytest.mark.parametrize("mark", ["type", "equipment", "own"])
def test_what_was_drawn_is_taken_but_never_drawn_from(intake, exam, mark):
    virtual = exam[0]
    if mark == "type":
        virtual = changed(exam[0], ImageType=["DERIVED", "SECONDARY", "", VIRTUAL_DES])
    if mark == "equipment":
        maker = copy.deepcopy(exam[0].ViewCodeSequence[0])
        maker.CodeValue, maker.CodingSchemeDesignator = "109100", "DCM"
        equipment = copy.deepcopy(exam[0].AnatomicRegionSequence[0])
        equipment.PurposeOfReferenceCodeSequence = [maker]
        virtual = changed(exam[0], ContributingEquipmentSequence=[equipment])
    if mark == "own":  # a router took the marks away
        intake.queue.add(row := intake_row(exam))
        own = Result(exam[0].SOPInstanceUID, "pacs", "c", row.uid, "m", WAITING, "", 0, 0, 0, 0, "")
        intake.queue.drawn(row.uid, [own], 0)
    for _ in range(2):
        assert take(intake, virtual).status == TAKEN
    assert names(intake) == []
    assert intake.queue.image(virtual.SOPInstanceUID).state == LEFT_OUT


def intake_row(exam):
    from vcem.gateway.queue import Image

    return Image("1.2.3", "1.9", "d", "", "UNIT", READY, "", 0, 0, 0, 0)
