"""Tables and figures for a manuscript: LaTeX fragments that compile, and figures as PDF, each with its stamp."""

import io
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from vcem.core.files import write_bytes, write_manifest, write_text
from vcem.report.cases import RULE_DENSITY, Case, left_out
from vcem.report.compare import ALPHA
from vcem.report.facts import warnings
from vcem.report.fidelity import table_4_1, table_4_2
from vcem.report.figures import STYLE, finish
from vcem.report.free_response import free_response_drawing
from vcem.report.page import Panel, Picture
from vcem.report.panels import density_panel
from vcem.report.study import Study
from vcem.report.tables import Cell, Table
from vcem.report.truth_table import truth_warnings

KIND, MAIN = "paper", "paper.tex"
WIDE_IN = 7.0
"""Width of Figure 5, in inches."""
LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "|": r"\textbar{}",
    "±": r"$\pm$", "−": "$-$", "×": r"$\times$", "·": r"$\cdot$", "↑": r"$\uparrow$", "↓": r"$\downarrow$",
    "–": "--", "“": "``", "”": "''", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "ŷ": r"$\hat{y}$", "²": r"$^2$", "\N{NO-BREAK SPACE}": "~",
})  # fmt: skip
FLAGS = {"worse than": "b", "no better than": "a", "too few": "c"}
RULE = (
    "Bold: better than every trivial reference on the same images (paired randomisation test by patient, Holm's "
    f"correction over the {{family}}, level {ALPHA}). "
)
FLAGGED = (
    "a: no improvement over at least one trivial reference was shown; b: worse than at least one; c: too few patients "
    "to compare."
)
FIDELITY = "mean ± standard deviation (n − 1) of the fold means. " + RULE.format(family="table") + FLAGGED
DENSITY = (
    "mean ± standard deviation of the fold means within each ACR density. Kruskal–Wallis p over the densities: by "
    "patients, and by folds as the paper has it, neither corrected. " + RULE.format(family="density") + FLAGGED
)


def write_paper(study: Study, cases: Sequence[Case], pictures: Path | None, folder: Path) -> None:
    """Write Tables 4.1 and 4.2, Figure 5, the free-response curve, and `paper.tex`, which holds all of them.

    Args:
        study: what the report is made of.
        cases: those of the report.
        pictures: their folder, None where there are none: then there is no Figure 5.
        folder: an empty one.
    """
    parts = [_table(folder, table_4_1(study, region), f"Fidelity, {region}: {FIDELITY}") for region in study.regions]
    parts += [_table(folder, table_4_2(study, r), f"By breast density, {r}: {DENSITY}") for r in study.regions]
    if pictures:
        panel = density_panel(study, [c for c in cases if not c.method], pictures)
        words = f"By breast density. {RULE_DENSITY} One fixed grey scale for all images.{left_out(study)}"
        parts.append(_figure(folder, "figure-5", figure_5(study, panel), words, study))
    if drawing := free_response_drawing(study, "pdf"):
        parts.append(_figure(folder, drawing.name, drawing.svg, drawing.caption, study))
    write_text(folder / MAIN, _main(parts, (*warnings(study), *truth_warnings(study))))
    write_manifest(folder, KIND, {**study.scores.common, "seed": study.seed})


def _table(folder: Path, table: Table, caption: str) -> str:
    write_text(folder / f"{table.name}.tex", latex_table(table, caption))
    return table.name


def latex_table(table: Table, caption: str) -> str:
    """Return a table as a LaTeX float for booktabs and graphicx, no wider than the text."""
    lines = [_line(map(latex, table.header)), r"\midrule"]
    for _, group in groupby(table.rows, key=lambda cells: cells[0]):
        own = list(group)
        lines += [r"\addlinespace"] if len(own) > 1 and len(lines) > 2 else []
        lines += [_line(["" if n else _name(cells[0]), *map(_cell, cells[1:])]) for n, cells in enumerate(own)]
    return "\n".join([
        r"\begin{table}[tbp]", r"\centering", rf"\caption{{{latex(caption)} {latex(table.stamp)}.}}",
        rf"\label{{tab:{table.name}}}", r"\resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{l{'c' * (len(table.header) - 1)}}}", r"\toprule", *lines, r"\bottomrule",
        r"\end{tabular}}", r"\end{table}", "",
    ])  # fmt: skip


def latex(text: str) -> str:
    """Escape what LaTeX would take for a command, and spell signs that its fonts may lack."""
    return text.translate(LATEX)


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _name(cell: Cell) -> str:
    return " ".join(map(latex, (cell.text, *(f"({line})" for line in cell.lines))))


def _cell(cell: Cell) -> str:
    """Return a value, bold where it beats all references, else with the letter of the caption."""
    text = latex(cell.text)
    if "beats all references" in cell.lines:
        return rf"\textbf{{{text}}}"
    flag = next((f for words, f in FLAGS.items() if any(line.startswith(words) for line in cell.lines)), "")
    return text + (rf"\textsuperscript{{{flag}}}" if flag else "")


def _figure(folder: Path, name: str, pdf: bytes, caption: str, study: Study) -> str:
    write_bytes(folder / f"{name}.pdf", pdf)
    lines = (
        r"\begin{figure}[tbp]", r"\centering", rf"\includegraphics[width=\textwidth]{{{name}.pdf}}",
        rf"\caption{{{latex(caption)} {latex(study.stamp)}.}}", rf"\label{{fig:{name}}}", r"\end{figure}", "",
    )  # fmt: skip
    write_text(folder / f"{name}.tex", "\n".join(lines))
    return name


def figure_5(study: Study, panel: Panel) -> bytes:
    """Draw the strips of pictures as one PDF: a row a density, a column LE, DES and each method."""
    pictures = [row for _, row in panel.rows]
    tall = sum(max(map(_aspect, row)) for row in pictures) / len(panel.header)
    with style.context(STYLE):
        figure = Figure(figsize=(WIDE_IN, WIDE_IN * tall + 0.5), layout="constrained")
        panels = figure.subplots(len(pictures), len(panel.header), squeeze=False)
        for axes, (name, row) in zip(panels, panel.rows, strict=True):
            for one, picture in zip(axes, row, strict=True):
                _show(one, picture)
            axes[0].set_ylabel(name.partition(":")[0], fontsize=8)
        for axes, title in zip(panels[0], panel.header, strict=True):
            axes.set_title(title, fontsize=8)
        return finish(figure, study, "pdf")


def _aspect(picture: Picture | str) -> float:
    if isinstance(picture, str):
        return 1.0
    with Image.open(picture.path) as image:
        return image.height / image.width


def _show(axes: Axes, picture: Picture | str) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if isinstance(picture, str):
        axes.text(0.5, 0.5, picture, ha="center", va="center", fontsize=7)
        return
    grey = np.asarray(Image.open(io.BytesIO(picture.path.read_bytes())).convert("L"))
    axes.imshow(grey, cmap="gray", vmin=0, vmax=255, interpolation="none")


def _main(parts: Sequence[str], beware: Sequence[str]) -> str:
    told = [rf"\item {latex(line)}" for line in beware]
    first = [r"\section*{Read first}", r"\begin{itemize}", *told, r"\end{itemize}", r"\suppressfloats"] if told else []
    return "\n".join([
        r"\documentclass{article}", r"\usepackage[T1]{fontenc}", r"\usepackage{booktabs,graphicx}",
        r"\usepackage[margin=2.5cm]{geometry}", r"\begin{document}", *first,
        *(rf"\input{{{name}}}" for name in parts), r"\end{document}", "",
    ])  # fmt: skip
