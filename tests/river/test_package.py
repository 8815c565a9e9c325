"""What people install: a wheel with all that it needs, a source archive with all that made it."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "import sys, setuptools.build_meta as b; out = sys.argv[1]; b.build_sdist(out); b.build_wheel(out)"
SMALLER = {"--patients 50": "--patients 4 --pixel-mm 1.6", "--size 128": "--size 256x128",
           "--folds 5": "--folds 3",
           "recipes/small/": "recipes/demo/", "small-pix2pix": "demo-pix2pix"}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Both, built from a copy of the files that git knows."""
    here = tmp_path_factory.mktemp("built")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = [n for n in listed.stdout.decode().split("\0") if n and (ROOT / n).is_file()]
    if listed.returncode:  # the archive itself, unpacked, is tested too
        names = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file() and p.parts[-2][0] != "."]
    for name in names:
        (here / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, here / "source" / name)
    subprocess.run([sys.executable, "-c", BUILD, here], cwd=here / "source", capture_output=True, check=True)
    return next(here.glob("*.whl")), next(here.glob("*.tar.gz"))


def test_the_wheel_holds_recipes_types_and_tables(built):
    with zipfile.ZipFile(built[0]) as wheel:
        names = set(wheel.namelist())
        page = wheel.read(next(n for n in names if n.endswith("METADATA"))).decode()
    shipped = {f"vcem/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "recipes").rglob("*.toml")}
    source = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src" / "vcem").rglob("*") if p.is_file()}
    assert shipped <= names
    assert not {n for n in source - names if "__pycache__" not in n}
    assert "Classifier: Typing :: Typed" in page
    needing = [line for line in page.splitlines() if re.match("Requires-Dist: torch[<>=]", line)]
    assert [line.partition("; ")[2] for line in needing] == ['extra == "torch"']
    assert "Two commands" in page
    assert not re.search(r"\]\((?!https?:)", page), "an index shows no picture and follows no link of the source"


def test_the_source_archive_holds_what_made_it(built):
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile", "constraints.txt", "docs/beware.md",
                 "tests/river/test_package.py", "recipes/small/pix2pix.toml",
                 "docs/images/demo-report.png"):  # fmt: skip
        assert name in names


@pytest.mark.slow
def test_the_readmes_commands_run_from_the_wheel_in_an_empty_folder(built, tmp_path):
    """In an environment of its own, whose other packages are those of this one; smaller, but every command of it."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    own = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True,
                         text=True, check=True).stdout.strip()  # fmt: skip
    (Path(own) / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")  # its editable vcem is not followed
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", built[0]], check=True)
    (tmp_path / "here").mkdir()
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    words = [line for block in blocks for line in block.splitlines() if line.startswith("vcem ")]
    words = [line for line in words if "CDD-CESM" not in line]  # nobody has it without asking for it
    assert len(words) == 9
    for line in words:
        for large, small in SMALLER.items():
            line = line.replace(large, small)
        ran = subprocess.run([tmp_path / "env" / "bin" / "vcem", *line.split()[1:]], cwd=tmp_path / "here",
                             env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
                             check=False)  # fmt: skip
        assert ran.returncode == 0, f"{line}\n{ran.stderr}"
    assert (tmp_path / "here" / "work" / "look.png").is_file()
