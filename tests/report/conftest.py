"""One study of synthetic runs for this room: autoencoder wins, pix2pix equals the mean DES, cyclegan loses."""

from pathlib import Path

import pytest

from runs_tree import digest_of, write_pictures, write_prepared, write_runs
from simulated import simulated_runs
from vcem.report.build import build_page
from vcem.report.cases import case_folder, choose, shown_methods
from vcem.report.page import Page
from vcem.report.study import Study, read_study


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with prepared data and scored runs, never written to by a test."""
    folder = tmp_path_factory.mktemp("report")
    prepared = write_prepared(folder / "prepared")
    write_runs(folder / "runs", data=digest_of(prepared))
    return folder


@pytest.fixture(scope="session")
def study(work: Path) -> Study:
    """The study of those runs."""
    return read_study([work / "runs"], None, seed=0)


@pytest.fixture(scope="session")
def page(work: Path, study: Study) -> Page:
    """Its page, with pictures."""
    cases = choose(study)
    pictures = write_pictures(work / "pictures", [case_folder(c.item) for c in cases], study.scores.methods)
    return build_page(study, cases, pictures, "Synthetic <pairs>", "2026-01-01")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs on a toy simulation: autoencoder copies LE, pix2pix sees the iodine after contrast and nothing before."""
    return simulated_runs(tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="session")
def truth_study(simulated: Path) -> Study:
    """The study of those runs, with truth."""
    return read_study([simulated], None, seed=0)


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of ten recipes with five seeds each."""
    folder = tmp_path_factory.mktemp("crowd")
    prepared = write_prepared(folder / "prepared", folds=1)
    names = [
        f"{size}-{kind}"
        for size in ("deep", "small", "tall", "wide")
        for kind in ("autoencoder", "pix2pix", "cyclegan")
    ]
    quality = {f"{name}-seed-{k}": 0.45 + 0.03 * n + 0.005 * k for n, name in enumerate(names[:10]) for k in range(5)}
    write_runs(folder / "runs", tuple(quality), folds=1, patients=10, quality=quality, data=digest_of(prepared))
    many = read_study([folder / "runs"], None, seed=0)
    cases = choose(many)
    pictures = write_pictures(folder / "pictures", [case_folder(c.item) for c in cases], shown_methods(many))
    return build_page(many, cases, pictures, "Ten recipes, five seeds")
