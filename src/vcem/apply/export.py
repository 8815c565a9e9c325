"""A finished run as a model of its own: weights, recipe and card in one folder."""

from pathlib import Path
from typing import Any

from vcem import __version__
from vcem.apply import bioimage, model_card
from vcem.apply.about import About
from vcem.apply.onnx_graph import OPSET, graph_bytes
from vcem.apply.torch_network import drawing, named
from vcem.core import called
from vcem.core.errors import UsageError
from vcem.core.files import sha256_bytes
from vcem.core.recipe import dump
from vcem.core.terms import Protocol
from vcem.folders.model import FILES, PAGE, Form, refuse_others, write_model
from vcem.folders.references import FIELD, has_mean, read_references
from vcem.folders.run import LEARNED_FROM, RECIPE, best_of
from vcem.methods import METHODS
from vcem.train import rundir

GROUPING = {Protocol.STRICT: "folds grouped by patient", Protocol.PAPER: "folds drawn by image, as published"}


def default_out(run_dir: Path, form: Form) -> Path:
    """Return the folder in the run where its model goes; of a model that comes with vcem, one beside."""
    name = "model" if form is Form.FOLDER else f"model-{form}"
    return run_dir / name if run_dir.exists() else Path(f"{run_dir.name}-{form}")


def export(run_dir: Path, out: Path, form: Form, about: About) -> dict[str, Any]:
    """Write the model of a finished run; the same run gives the same bytes.

    Args:
        run_dir: the run.
        out: a new or empty folder, or an older model, which is replaced.
        form: weights for torch, a graph for ONNX Runtime, or what of a run predicts, validates and is trained further.
        about: what the run does not know of its data.

    Returns:
        The card.

    Raises:
        UsageError: if the run is not finished, or `out` holds other files.
        FailureError: if the weights are damaged.
    """
    run = rundir.read_run(run_dir)
    rundir.refuse_inputs(run.recipe)
    if form is Form.ONNX and run.recipe.method.inputs:
        raise UsageError(f"{run.recipe.name} draws from LE and DES at a low dose; an ONNX graph here takes LE alone.",
                         "a model as weights", "leave --to out, or --to folder")  # fmt: skip
    method = rundir.load_method(run)
    refuse_others(out)
    content = graph_bytes(method, run.recipe.size) if form is Form.ONNX else best_of(run.folder).read_bytes()
    card = _card(run, form, sha256_bytes(content), about)
    references = read_references(run.folder, run.facts) if has_mean(run.folder) else None
    more = {} if bioimage.why_none(card) else bioimage.files_of(card, drawing(rundir.predict_of(method, "cpu")), OPSET)
    texts = {RECIPE: dump(run.recipe).encode(), PAGE: model_card.page(card).encode()}
    write_model(out, content, card, texts | more, references, run.facts)
    return card


def _card(run: rundir.Run, form: Form, sha256: str, about: About) -> dict[str, Any]:
    model, recipe, facts = named(run), run.recipe, run.facts
    scores, why = model_card.scores_of(run.folder, recipe.name, run.fold, model.weights)
    return {
        "name": model.name,
        "method": model.method,
        "about": METHODS[model.method].about,
        **({"package": package} if (package := METHODS.package(model.method)) else {}),
        "vcem": __version__,
        "form": form.value,
        "weights": {
            "file": FILES[form], "sha256": model.weights, "onnx_sha256": sha256 if form is Form.ONNX else None,
        },
        "recipe_digest": model.recipe_digest,
        "input": model.framing.facts | {"multiple": recipe.method.multiple, "masked": recipe.method.masked},
        "protocol": recipe.protocol.value,
        "fold": {"index": run.fold, "count": facts.get("folds"), "grouping": GROUPING[recipe.protocol]},
        "data": {
            "set": " ".join(about.data_set.split()),
            "licence": " ".join(about.data_licence.split()),
            "origin": model.trained_on.value,
            "digest": facts.get("data"),
            "pairs": {part: facts.get("pairs", {}).get(part) for part in ("train", "val", "test")},
            "patients": facts.get("patients"),
            "init_from": facts.get("init_from"),
        },
        "trained_with": {name: facts.get(name) for name in ("vcem", "torch", "device", "computes_in", "best_epoch")},
        "said": about.of_the_model,
        "seed": recipe.seed,
        called.FIELD: facts.get(called.FIELD, []),
        FIELD: facts.get(FIELD),
        LEARNED_FROM: _seen(facts),
        "scores": scores,
        "not_scored": why,
        "limits": model_card.limits(model.trained_on, recipe.protocol, model.framing),
    }  # fmt: skip


def _seen(facts: dict[str, Any]) -> dict[str, Any]:
    """Return of which machines and densities the images were that it learned from; who they are of stays at home."""
    return {name: counts for name, counts in facts.get(LEARNED_FROM, {}).items() if name != "patients"}
