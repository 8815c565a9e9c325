"""`vcem methods`: what can be trained."""

import json
from dataclasses import MISSING, dataclass, fields
from typing import Any

from vcem.cli.words import parse, say

PAPER_SIZE = 256


@dataclass(frozen=True)
class Methods:
    """List every method with its networks in the paper's shape, and their parameter counts."""

    json: bool = False
    """Print one JSON object in place of a table."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Methods, words, "methods")
    listed = counted()
    if args.json:
        say(json.dumps(listed, indent=1))
        return 0
    for name, facts in listed.items():
        nets = ", ".join(f"{net} {count:,}" for net, count in facts["networks"].items())
        say(f"{name:12}{facts['about']}  parameters: {nets or 'as its recipe says'}")
    return 0


def counted() -> dict[str, dict[str, Any]]:
    """Return what each method is and has, by its name in recipes."""
    import torch

    from vcem.methods import METHODS
    from vcem.methods.method import parameters

    listed: dict[str, dict[str, Any]] = {}
    for name, entry in METHODS.items():
        listed[name] = {"about": entry.about, "networks": {}, "turns": []}
        if {f.name for f in fields(entry.recipe) if f.default is f.default_factory is MISSING} != {"kind"}:
            continue  # a method from outside may leave to its recipes what it is made of
        with torch.device("meta"):
            method = entry.method(entry.recipe(kind=name), (PAPER_SIZE, PAPER_SIZE))
        networks = {symbol: parameters(net) for symbol, net in method.nets.items()}
        listed[name] |= {"networks": networks, "turns": list(method.groups)}
    return listed
