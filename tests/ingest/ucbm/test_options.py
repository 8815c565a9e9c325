from vcem.ingest.ucbm.options import Align, Late, UcbmOptions


def test_nothing_that_the_release_does_not_say_is_taken_for_granted():
    plain = UcbmOptions()
    assert (plain.axes, plain.windows, plain.form, plain.origin, plain.machine) == (None, None, None, None, "")
    assert (plain.late, plain.align) == (Late.UNKNOWN, Align.IMAGES)
