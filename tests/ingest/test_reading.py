from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vcem.core.files import sha256
from vcem.core.seeds import rng_for
from vcem.core.terms import Side
from vcem.core.watch import unwatched
from vcem.ingest import reading
from vcem.ingest.reading import Job, Reading, Size, lies_at, read_pair, read_pairs

LOW, SUB = "Low energy images of CDD-CESM", "Subtracted images of CDD-CESM"


def job(release: Path, pair: str) -> Job:
    patient, side, view = pair.split("_")
    return Job(release / LOW / f"{patient}_{side}_DM_{view}.jpg", release / SUB / f"{patient}_{side}_CM_{view}.jpg")


@pytest.fixture
def jobs(toy_release):
    return [job(toy_release, pair) for pair in ("P1_L_CC", "P1_L_MLO", "P10_L_CC", "P2_R_CC", "P4_R_MLO")]


def test_reading_tells_sizes_and_check_sums(toy_release):
    first = job(toy_release, "P1_L_CC")
    found = read_pair(first)
    assert found.le == Size(width=137, height=257)
    assert found.sums == (sha256(first.le), sha256(first.des))
    assert found.registration.quality > 0.5


def breast(rows=120, columns=80, middle=0.45):
    """A half disc at the left edge, nearer to the top than to the bottom, as an oblique breast is."""
    v, u = np.mgrid[:rows, :columns]
    texture = rng_for(0, "breast").uniform(0.3, 0.9, (rows, columns))
    return np.where(np.hypot(u / columns, v / rows - middle) < 0.4, texture, 0).astype(np.float32)


@pytest.mark.parametrize(
    ("turn", "alike", "turned"),
    [((1, 1), 1.0, 0.857), ((1, -1), 0.0, 1.0), ((-1, 1), 0.857, 1.0), ((-1, -1), 0.0, 1.0)],
    ids=["as it lies", "mirrored", "upside down", "both"],
)
def test_outlines_are_compared_as_they_lie_and_turned(tmp_path, turn, alike, turned):
    le, des = tmp_path / "le.png", tmp_path / "des.png"
    write_png(le, breast())
    write_png(des, (breast() * 0.8)[:: turn[0], :: turn[1]])
    found = read_pair(Job(le, des))
    assert (found.alike, found.turned) == (pytest.approx(alike, abs=0.02), pytest.approx(turned, abs=0.02))


def test_outlines_on_two_grids_are_not_compared(tmp_path):
    le, des = tmp_path / "le.png", tmp_path / "des.png"
    write_png(le, breast())
    write_png(des, breast(rows=118))
    found = read_pair(Job(le, des))
    assert (found.alike, found.turned) == (0.0, 0.0)


def write_png(path, grey):
    Image.fromarray(np.rint(255 * grey).astype(np.uint8)).save(path)


def test_truncated_image_is_told_not_raised(toy_release):
    assert "P10_L_CM_CC.jpg cannot be read" in read_pair(job(toy_release, "P10_L_CC"))


def test_result_does_not_depend_on_the_number_of_processes(jobs):
    alone, together = (list(read_pairs(jobs, processes, unwatched)) for processes in (1, 2))
    assert alone == together
    assert [isinstance(found, Reading) for found in alone] == [True, True, False, True, True]


def test_progress_sees_every_reading(jobs):
    seen = []

    def watch(readings, count):
        for found in readings:
            seen.append(count)
            yield found

    list(read_pairs(jobs, 1, watch))
    assert seen == [5] * 5


def test_a_pair_whose_reading_fails_is_told_and_the_others_are_read(jobs, monkeypatch):
    def broken(job):
        if job == jobs[1]:
            raise ZeroDivisionError("what is this")
        return read_pair(job)

    monkeypatch.setattr(reading, "read_pair", broken)
    found = list(read_pairs(jobs, 1, unwatched))
    assert "ZeroDivisionError" in found[1]
    assert [isinstance(r, Reading) for r in found] == [True, False, False, True, True]


@pytest.mark.parametrize("side", list(Side))
def test_a_breast_lies_at_the_edge_of_its_chest_wall(side):
    v, u = np.mgrid[:90, :60]
    disc = (np.hypot(u / 50, (v - 45) / 40) < 1).astype(float)
    at_left = side is Side.LEFT
    assert lies_at(disc, side) is at_left
    assert lies_at(disc[:, ::-1], side) is not at_left
    assert not lies_at(disc.T, side)


@pytest.mark.parametrize("side", Side)
def test_a_breast_at_the_other_edge_is_told_by_image(toy_release, side):
    first = job(toy_release, "P1_L_CC")
    wrong = read_pair(replace(first, side=side)).wrong_side
    assert wrong == (() if side is Side.LEFT else ("LE", "DES"))
    assert read_pair(first).wrong_side == ()
