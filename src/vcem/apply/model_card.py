"""The card of a model: what it is, learned from, scored and is not for; as JSON, and as a page that says the same."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vcem.core import called
from vcem.core.files import Row
from vcem.core.grid import Framing, framing_of, size_of
from vcem.core.terms import Frame, Origin, Protocol
from vcem.folders.predictions import are_finished, of_run, read_predictions
from vcem.folders.run import LEARNED_FROM
from vcem.folders.scores import SCORES, is_reference, is_scored, read_scores
from vcem.metrics.table import METRICS, columns

ON_THE_HUB = (
    "Apache-2.0", "MIT", "BSD-3-Clause", "GPL-3.0", "AGPL-3.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0",
    "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0",
)  # fmt: skip
"""Licences that Hugging Face knows by their SPDX identifier in small letters."""
COUNTS = ("lesions", "enhancing", "missed", "hallucinated")
NOT_TOLD = "not given"
GREY = {
    Protocol.STRICT: "It is the display window of the DES images that the model learned from.",
    Protocol.PAPER: "Each DES was scaled by its own least and greatest value: vcem enhance refuses this model.",
}
RESEARCH = "Research only, not for diagnosis. Enhancement can be missing from a virtual DES image, or invented."


def scores_of(run_dir: Path, recipe: str, fold: int, weights: str) -> tuple[dict[str, Any] | None, str]:
    """Return what a run's test fold scored beside the trivial references, and why there is nothing, if so.

    Scores count only if the predictions beside them say that they were made with these weights.
    """
    if not is_scored(run_dir):
        return None, f"the run has no {SCORES}"
    made = of_run(run_dir)
    made_with = read_predictions(made).maker.weights if are_finished(made) else None
    if made_with != weights:
        return None, f"nothing beside {SCORES} says that it is of these weights"
    rows = read_scores(run_dir).images
    own = [row for row in rows if row["recipe"] == recipe and row["fold"] == str(fold)]
    if not own:
        return None, f"{SCORES} is of another run"
    return _scores(own, rows), ""


def _scores(own: Sequence[Row], rows: Sequence[Row]) -> dict[str, Any]:
    names = [own[0]["method"], *sorted({r["method"] for r in rows if is_reference(r["method"])})]
    return {
        "protocol": own[0]["protocol"],
        "size": size_of(own[0]["size"]).plain,
        "images": len(own),
        "patients": len({row["patient"] for row in own}),
        "machines": sorted({row["machine"] for row in own if row.get("machine")}),
        "methods": {name: _method([row for row in rows if row["method"] == name]) for name in names},
    }


def _method(rows: Sequence[Row]) -> dict[str, float]:
    """Means over images, and counts of lesions; what this protocol does not measure is left out."""
    shown = [c for name in METRICS for c in columns([name]) if rows[0].get(c)]
    means = {c: round(sum(float(row[c]) for row in rows) / len(rows), 6) for c in shown}
    return means | {c: sum(int(row[c]) for row in rows) for c in COUNTS if rows[0].get(c)}


def limits(origin: Origin, protocol: Protocol, framing: Framing) -> list[str]:
    """Return what nobody should ask of the model."""
    said = [
        RESEARCH,
        f"It saw {_seen(framing)} and draws no finer detail than that unless asked to; scores hold at that size only.",
        "Grey is not an amount of iodine. " + GREY[protocol],
        "One fold of one data set: other machines, hospitals and women were not seen.",
        "vcem enhance refuses other modalities, images for processing, HE, DES and virtual DES images, implants, "
        "specimens, magnified and spot views, views other than CC and MLO, and images in which no breast is found.",
    ]
    if origin is Origin.SIMULATED:
        said.append(
            "It learned from simulated women: this model never saw a patient. Its scores say nothing of clinical use."
        )
    return said


def _seen(framing: Framing) -> str:
    fixed = f" at {framing.pixel_mm:g} mm a pixel" if framing.pixel_mm else ""
    what = "a whole breast" if framing.frame is Frame.FIELD else f"the box of a breast{fixed}"
    return f"{framing.size} pixels of {what}"


def page(card: Mapping[str, Any]) -> str:
    """Return the card as Markdown."""
    return "\n".join([*_front(card), *_head(card), *_said(card), *_data(card), *_scored(card), *_limits(card)]) + "\n"


def _front(card: Mapping[str, Any]) -> Iterable[str]:
    """What Hugging Face reads of a card: YAML before the page. A licence that the user has not said is not there."""
    licence = card["said"]["licence"]
    known = licence.lower() if licence in ON_THE_HUB else "other"
    yield "---"
    yield "library_name: vcem"
    yield "pipeline_tag: image-to-image"
    yield from [f"license: {known}"] if licence else []
    yield from [f"license_name: {json.dumps(licence.lower())}"] if licence and known == "other" else []
    yield "tags:"
    yield from (f"- {tag}" for tag in ("mammography", "contrast-enhanced", card["method"], card["form"]))
    yield from ["- trained-on-simulated-images"] if card["data"]["origin"] == Origin.SIMULATED else []
    yield from ("---", "")


def _said(card: Mapping[str, Any]) -> Iterable[str]:
    """What the user says of the model, and what of it the run knows."""
    said, machines = card["said"], card[LEARNED_FROM].get("machine", {})
    yield from ("", "## Who, and what for", "")
    yield from _table(
        ("what", "value"),
        [
            ("authors", ", ".join(said["authors"]) or NOT_TOLD),
            ("contact", said["contact"] or NOT_TOLD),
            ("licence of the weights", said["licence"] or NOT_TOLD),
            ("intended use", said["intended_use"] or NOT_TOLD),
            ("population of the training", said["population"] or NOT_TOLD),
            ("makers and models of the units", ", ".join(said["vendors"]) or NOT_TOLD),
            ("units in the headers, images", ", ".join(f"{m or 'none'}: {n}" for m, n in machines.items()) or NOT_TOLD),
        ],
    )


def _head(card: Mapping[str, Any]) -> Iterable[str]:
    weights, given = card["weights"], card["input"]
    yield f"# {card['name']}, fold {card['fold']['index']}"
    yield ""
    yield f"Virtual DES images from low-energy (LE) mammograms: {card['about']}. **{RESEARCH}**"
    yield ""
    yield from _table(
        ("what", "value"),
        [
            ("method", card["method"]),
            ("input", f"LE in [0, 1], {_seen(framing_of(given))}, or multiples of {given['multiple']}"),
            ("outside the breast", "0" if given["masked"] else "drawn, then blackened by vcem enhance"),
            ("form", f"{card['form']}: `{weights['file']}`"),
            ("weights SHA-256", f"`{weights['sha256']}`"),
            *([("ONNX file SHA-256", f"`{weights['onnx_sha256']}`")] if weights["onnx_sha256"] else []),
            ("recipe digest", f"`{card['recipe_digest']}`, in full in `recipe.toml`"),
            ("vcem", card["vcem"]),
            ("trained with", f"vcem {card['trained_with']['vcem']}, torch {card['trained_with']['torch']}"),
        ],
    )


def _data(card: Mapping[str, Any]) -> Iterable[str]:
    data, fold = card["data"], card["fold"]
    patients = data["patients"] or {}
    counted = [(part, data["pairs"][part], patients.get(part, "not recorded")) for part in ("train", "val", "test")]
    yield from ("", "## Data", "")
    yield from _table(
        ("what", "value"),
        [
            ("data set", data["set"] or NOT_TOLD),
            ("licence of the data", data["licence"] or NOT_TOLD),
            ("origin of the images", data["origin"]),
            ("protocol", f"{card['protocol']}: {fold['grouping']}"),
            ("test patients who also train or validate", patients.get("shared", "not recorded")),
            ("fold", f"{fold['index']} (from 0) of {fold['count'] or 'not recorded'}"),
            ("check sum of the prepared data", f"`{data['digest']}`"),
        ],
    )
    yield ""
    yield from _table(("part", "pairs", "patients"), counted)
    if commands := card.get(called.FIELD):
        yield from ("", "## Commands that led to it", "", "```", *commands, "```")


def _scored(card: Mapping[str, Any]) -> Iterable[str]:
    yield from ("", "## Scores of its own test fold", "")
    scores = card["scores"]
    if scores is None:
        yield f"Not scored: {card['not_scored']}."
        return
    yield (
        f"{scores['images']} images of {scores['patients']} patients, protocol {scores['protocol']}, "
        f"{size_of(scores['size'])} pixels. Means over images; lesions are counted. Read each figure beside "
        "those of the trivial references. The epoch was chosen on the validation part."
    )
    yield ""
    columns = list(next(iter(scores["methods"].values())))
    rows = [(name, *(f"{values[c]:.4g}" for c in columns)) for name, values in scores["methods"].items()]
    yield from _table(("method", *columns), rows)


def _limits(card: Mapping[str, Any]) -> Iterable[str]:
    yield from ("", "## Limits", "")
    yield from (f"- {line}" for line in card["limits"])


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from (f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows)
