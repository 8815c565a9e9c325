"""`vcem models`: the models that come with the program."""

import json
from dataclasses import dataclass
from typing import Any

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Models:
    """List the models that come with vcem, which --model takes by name, with what they learned from and check sums."""

    json: bool = False
    """Print one JSON object in place of a table."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Models, words, "models")
    listed = cards()
    if args.json:
        say(json.dumps(listed, indent=1))
        return 0
    for name, card in listed.items():
        data, weights = card["data"], card["weights"]
        say(f"{name}  {card['about']}")
        say(f"    learned from {data['pairs']['train']} {data['origin']} images of {data['patients']['train']} women")
        say(f"    {weights['bytes'] / 1e6:.1f} MB, SHA-256 {weights['sha256']}")
        say(f"    card: {card['page']}")
    say("for research only: these models never saw a patient, and what they draw of one means nothing")
    return 0


def cards() -> dict[str, dict[str, Any]]:
    """Return the card of each model by its name, with the size of the weights and where the page lies."""
    from vcem.core.files import read_json
    from vcem.folders.bundled import MODELS, names
    from vcem.folders.model import CARD, PAGE
    from vcem.folders.run import best_of

    listed = {}
    for name in names():
        folder = MODELS / name
        card = read_json(folder / CARD, "the card of a model that comes with vcem")
        weights = card["weights"] | {"bytes": best_of(folder).stat().st_size}
        listed[name] = card | {"weights": weights, "page": str(folder / PAGE)}
    return listed
