"""Recipes of the methods, as narrow and short as they go, for toy pairs of 16 x 16.

What follows a hyphen names a method's other form: it meets every test that its plain form meets.
"""

import re

import pytest

from vcem.folders.folds import Fold, Folds, write_folds
from vcem.train.recipe import load

NETS = {
    "autoencoder": """
generator = {width = 2, levels = 2}
""",
    "autoencoder-dropout": """
dropout = 0.2
passes = 2
generator = {width = 4, levels = 2}
""",
    "pix2pix": """
generator = {width = 2, depth = 3, dropout_blocks = 1}
discriminator = {width = 2, layers = 1}
""",
    "cyclegan": """
generator = {width = 2, blocks = 1}
discriminator = {width = 2, layers = 1}
""",
    "cyclegan-resunet": """
generator = {kind = "resunet", width = 2, levels = 2, blocks = 1, fine = 2}
discriminator = {width = 2, layers = 1}
""",
    "resunet": """
generator = {width = 2, levels = 2, blocks = 1, fine = 2}
""",
    "lowdose": """
doses = [0, 10]
lesion_weight = 10
generator = {width = 2, levels = 2, blocks = 1, fine = 4}
""",
    "bridge": """
lambda_l1 = 20.0
steps = 2
recursions = 1
generator = {width = 2, levels = 2, blocks = 1, fine = 2}
discriminator = {width = 2, layers = 1}
""",
}
KINDS = tuple(NETS)
FORMS_SLOW = tuple(pytest.param(kind, marks=pytest.mark.slow if "-" in kind else ()) for kind in KINDS)
"""The kinds; their other forms where `make test-all` alone has the time for them."""
FROM_LE = tuple(kind for kind in KINDS if kind != "lowdose")
TEXT = """
name = "toy-LABEL"
protocol = "strict"
size = 16
seed = 0
[method]
kind = "KIND"
masked = true
adam = {lr = 2e-3, beta1 = 0.5}
NETS
[training]
epochs = 3
batch = 3
patience = 9
precision = "float32"
[augment]
probability = 0.5
shift = 0.1
zoom = 0.1
rotation_deg = 15.0
"""


def toy_text(kind, **fields):
    """Return the recipe's text; `fields` replace or add values of [training], name and size apart."""
    text = TEXT.replace("LABEL", kind).replace("KIND", kind.partition("-")[0]).replace("NETS", NETS[kind])
    for name, value in fields.items():
        line = f"{name} = {value!r}".replace("'", '"').replace("True", "true").replace("False", "false")
        text, found = re.subn(rf"^{name} = .*$", line, text, flags=re.MULTILINE)
        text = text if found else text.replace("[training]", f"[training]\n{line}")
    return text


def toy_file(folder, kind, **fields):
    """Write the recipe beside the data and return its path."""
    path = folder / f"{fields.get('name', kind)}.toml"
    path.write_text(toy_text(kind, **fields))
    return path


def toy_recipe(folder, kind, *settings, **fields):
    """Return the recipe, read from its file; each setting is `method.masked=false` or the like."""
    return load(toy_file(folder, kind, **fields), settings)


def three_folds(store):
    """Write and return three folds of the 3 patients, each tested once."""
    names = [p.pair for p in store.pairs]
    parts = [tuple(names[i : i + 4]) for i in (0, 4, 8)]
    made = Folds(store.protocol, 0, tuple(Fold(parts[k - 2], parts[k - 1], parts[k]) for k in (0, 1, 2)))
    write_folds(store.folder / "folds.json", made)
    return made
