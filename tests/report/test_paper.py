import re
import shutil
import subprocess

import pytest

from runs_tree import write_runs
from vcem.core.errors import UsageError
from vcem.report.build import PICTURES
from vcem.report.cases import choose
from vcem.report.fidelity import table_4_1
from vcem.report.make import Asked, make_report
from vcem.report.paper import KIND, MAIN, latex, latex_table, write_paper
from vcem.report.tables import Cell, Table, row

PARTS = ["table-4-1-image", "table-4-1-breast", "table-4-2-image", "table-4-2-breast", "figure-5", "free-response"]


@pytest.fixture(scope="module")
def paper(page, study, work, tmp_path_factory):
    """The folder for a manuscript of the synthetic runs."""
    folder = tmp_path_factory.mktemp("paper")
    write_paper(study, choose(study), work / PICTURES, folder)
    return folder


def body(text):
    """The rows between the rules of a table, each as its cells."""
    inside = text.partition(r"\toprule")[2].partition(r"\bottomrule")[0]
    rows = [line.removesuffix(r" \\") for line in inside.splitlines() if line.endswith(r" \\")]
    return [re.split(r" (?<!\\)& ", line) for line in rows]


def test_each_fragment_says_protocol_origin_and_how_many(paper, study):
    assert study.stamp.startswith("Origin: simulated · protocol: strict")
    for name in PARTS:
        text = (paper / f"{name}.tex").read_text()
        assert f"{latex(study.stamp)}." in text
        assert re.search(r"\d+ test pairs of \d+ patients", text), name
        assert rf"\input{{{name}}}" in (paper / MAIN).read_text()


def test_the_fragments_are_latex_that_closes_what_it_opens(paper):
    for file in paper.glob("*.tex"):
        text = re.sub(r"\\[{}&%$#_]", "", file.read_text())
        assert text.isascii()
        assert text.count("{") == text.count("}")
        assert text.count("$") % 2 == 0
        assert sorted(re.findall(r"\\begin{(\w+)}", text)) == sorted(re.findall(r"\\end{(\w+)}", text))
    for file in paper.glob("table-*.tex"):
        columns = len(re.search(r"\\begin{tabular}{(\w+)}", file.read_text())[1])
        assert {len(cells) for cells in body(file.read_text())} == {columns}


def test_the_numbers_are_those_of_the_report(paper, study):
    table = table_4_1(study, "inside the breast")
    rows = body((paper / "table-4-1-breast.tex").read_text())
    assert len(rows) == 1 + len(table.rows)
    for shown, cells in zip(rows[1:], table.rows, strict=True):
        for text, cell in zip(shown[1:], cells[1:], strict=True):
            bare = re.sub(r"\\textsuperscript{\w}", "", text).removeprefix(r"\textbf{")
            assert bare.removesuffix("}") == latex(cell.text)


def test_only_what_beats_all_references_is_bold(paper):
    rows = {cells[0]: cells[1:] for cells in body((paper / "table-4-1-breast.tex").read_text())}
    assert all("textbf" in cell for cell in rows["Autoencoder"][:4])  # it wins by making
    assert not any("textbf" in cell for cell in rows["CycleGAN"])
    assert not any("textbf" in cell or "superscript" in cell for cell in rows["Reference: mean DES"])
    assert r"\textsuperscript{a}" in "".join(rows["Pix2Pix"])  # equal to the mean DES


def test_what_latex_takes_for_commands_is_escaped():
    hard = r"50 % of A_1 & B#2 {x} $5 ~ ^ \alpha < 3 ± 0 × 2 − 1"
    best = Cell("1", ("beats all references",), "better")
    text = latex_table(Table("t", "T", "S_1", "C", ("M&M", "50 %"), (row(hard, best),), ()), "Caption & all")
    assert r"M\&M & 50 \% \\" in text
    assert r"A\_1 \& B\#2 \{x\} \$5 \textasciitilde{} \textasciicircum{} \textbackslash{}alpha $<$ 3" in text
    assert r" & \textbf{1} \\" in text
    assert text.isascii()


def test_the_same_runs_give_the_same_bytes(paper, study, work, tmp_path):
    write_paper(study, choose(study), work / PICTURES, tmp_path)
    made = [{p.name: p.read_bytes() for p in folder.iterdir()} for folder in (paper, tmp_path)]
    assert made[0] == made[1]
    assert f'"kind": "{KIND}"' in made[0]["manifest.json"].decode()
    assert b"CreationDate" not in made[0]["free-response.pdf"]


def test_a_report_writes_it_beside_itself(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=8, recipes=("small-pix2pix",))
    make_report([runs], tmp_path / "report", Asked(paper=tmp_path / "paper"))
    assert (tmp_path / "paper" / MAIN).is_file()
    assert not (tmp_path / "paper" / "figure-5.tex").exists()  # no pictures were given
    with pytest.raises(UsageError, match="already holds other files"):
        make_report([runs], tmp_path / "new", Asked(paper=runs))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX on this machine")
def test_latex_compiles_it(paper, tmp_path):
    shutil.copytree(paper, tmp_path / "paper")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", MAIN]
    done = subprocess.run(words, cwd=tmp_path / "paper", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
