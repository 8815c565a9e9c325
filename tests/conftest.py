"""Fixtures for all rooms, and the rule that a test which needs something says so."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy and torch: the test workers share the cores already
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command does: a test of more threads meets busy cores here

import numpy as np
import pytest

import machines
import orthanc
from fakes.toy_release import write_release
from scenes import write_toy_catalogue
from vcem.core.called import calling
from vcem.core.files import write_array, write_manifest
from vcem.core.seeds import rng_for
from vcem.folders.prepared import PreparedPair, Store, open_store, write_table

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _has(what: str) -> bool:
    if what == "shared":
        return (SHARED / "data" / "cdd-cesm-mini").is_dir()
    if what == "browser":
        return any(shutil.which(name) for name in BROWSERS)
    if what == "namespaces":
        return machines.allowed()
    return orthanc.PROGRAM is not None and orthanc.PLUGIN.is_file()


def pytest_runtest_setup(item: pytest.Item) -> None:
    required = os.environ.get("VCEM_REQUIRE", "").split(",")
    for what in (w for mark in item.iter_markers("needs") for w in mark.args):
        if _has(what):
            continue
        if what in required:
            pytest.fail(f"{what} is required here (VCEM_REQUIRE) but is not there")
        pytest.skip(f"needs {what}, which is not on this machine")


@pytest.fixture(autouse=True)
def _no_command_before() -> Iterator[None]:
    """No test keeps the command of another in what it makes."""
    with calling():
        yield


@pytest.fixture
def shared() -> Path:
    """The folder of real data; use it with the marker needs("shared")."""
    return SHARED / "data"


@pytest.fixture
def browser() -> str:
    """Path of a Chromium; use it with the marker needs("browser")."""
    return next(found for name in BROWSERS if (found := shutil.which(name)))


def make_store(folder: Path, n: int = 12, size: int = 32, protocol: str = "strict", patients: str = "P") -> Store:
    """Write a prepared folder of half-disc breasts with one bright lesion in every second DES.

    It has the channels of exams at no dose and at 10 % too.
    """
    rows, xs, ys, masks, lesions = [], [], [], [], []
    doses: dict[str, list[np.ndarray]] = {name: [] for name in ("le_0", "des_0", "le_10", "des_10")}
    v, u = np.mgrid[:size, :size] / size
    for i in range(n):
        rng = rng_for(0, "toy", i)
        mask = np.hypot(u, v - 0.5) < rng.uniform(0.35, 0.48)
        texture = rng.normal(0, 0.04, mask.shape)
        place = np.hypot(u - 0.15, v - rng.uniform(0.4, 0.6)) < 0.09
        x = np.clip(mask * (0.4 + texture + 0.1 * place), 0, 1)
        y = np.clip(mask * (0.3 + 0.5 * texture + 0.3 * place * (i % 2)), 0, 1)
        side, view, patient = "LR"[i % 2], ["CC", "MLO"][i // 2 % 2], f"{patients}{i // 4 + 1}"
        rows.append(PreparedPair(f"{patient}_{side}_{view}", patient, side, view, "abcd"[i // 4 % 4], "4", "Malignant",
                                 "1", "simulated", "none.jpg", json.dumps([])))  # fmt: skip
        for share in (0, 10):
            lit = mask * place * (i % 2) * (1 - share / 100)
            doses[f"le_{share}"].append(np.clip(x - 0.02 * lit, 0, 1))
            doses[f"des_{share}"].append(np.clip(y - 0.3 * lit, 0, 1))
        xs.append(x)
        ys.append(y)
        masks.append(mask)
        lesions.append(place & mask)
    write_array(folder / "x.npy", np.stack(xs).astype(np.float32))
    write_array(folder / "y.npy", np.stack(ys).astype(np.float32))
    write_array(folder / "mask.npy", np.stack(masks))
    write_array(folder / "lesion.npy", np.stack(lesions).astype(np.uint8))
    for name, images in doses.items():
        write_array(folder / f"{name}.npy", np.stack(images).astype(np.float32))
    write_table(folder, rows)
    facts = {"protocol": protocol, "size": size, "origin": "simulated", "extra": [*doses]}
    write_manifest(folder, "prepared", facts)
    return open_store(folder)


@pytest.fixture(scope="session")
def onnx_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a toy model that needs no torch. Read it only."""
    from enhancing import toy_model  # loads torch

    return toy_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def toy_store(tmp_path: Path) -> Store:
    """12 pairs of 3 patients at 32 x 32."""
    return make_store(tmp_path / "prepared")


@pytest.fixture
def toy_store_of(tmp_path: Path) -> Callable[..., Store]:
    """The same with another number of pairs, size or protocol."""
    return partial(make_store, tmp_path / "prepared")


@pytest.fixture
def toy_catalogue(tmp_path: Path) -> Path:
    """A catalogue of 3 pairs as PNG, DES lying 6 right and 9 below LE."""
    return write_toy_catalogue(tmp_path)


@pytest.fixture(scope="session")
def toy_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fake CDD-CESM release: 33 pairs of 8 patients that can be read, and the release's traps. Read it only."""
    return write_release(tmp_path_factory.mktemp("release") / "CDD-CESM", patients=8)
