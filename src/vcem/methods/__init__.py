"""One algorithm per file, its losses in the paper's symbols x, y, y_hat, G, F, D_x, D_y. `METHODS` is the table."""

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.plugins import Table
from vcem.core.recipe import strict
from vcem.methods.autoencoder import Autoencoder, AutoencoderRecipe
from vcem.methods.bridge import Bridge, BridgeRecipe
from vcem.methods.cyclegan import CycleGAN, CycleGANRecipe
from vcem.methods.lowdose import LowDose, LowDoseRecipe
from vcem.methods.method import Method, MethodRecipe
from vcem.methods.pix2pix import Pix2Pix, Pix2PixRecipe
from vcem.methods.resunet import ResUNet, ResUNetRecipe


@dataclass(frozen=True)
class Entry:
    """A method's class, called with its recipe and (rows, columns); its recipe's class; one line about it.

    A recipe's tables refuse fields that their classes do not have.
    """

    method: Callable[[Any, tuple[int, int]], Any]
    recipe: type[Any]
    about: str

    def __post_init__(self) -> None:
        if not (is_dataclass(self.recipe) and issubclass(self.recipe, MethodRecipe)):
            raise UsageError(f"{self.recipe!r} is not a recipe of a method.", "a dataclass that extends MethodRecipe")
        strict(self.recipe)


METHODS = Table(
    "vcem.methods",
    "method",
    Entry,
    {
        "autoencoder": Entry(Autoencoder, AutoencoderRecipe, "residual autoencoder, L1 (§3.2.1)"),
        "pix2pix": Entry(Pix2Pix, Pix2PixRecipe, "conditional GAN: U-Net against PatchGAN, L1 (§3.2.2)"),
        "cyclegan": Entry(CycleGAN, CycleGANRecipe, "two generators that undo each other, two PatchGANs (§3.2.3)"),
        "resunet": Entry(ResUNet, ResUNetRecipe, "residual U-Net: regression in the breast, terms for lesions"),
        "lowdose": Entry(LowDose, LowDoseRecipe, "residual U-Net: adds to a low-dose DES what the full dose would"),
        "bridge": Entry(Bridge, BridgeRecipe, "diffusion bridge of few steps from LE to DES, by residual U-Nets"),
    },
)


def register_method(name: str, entry: Entry) -> None:
    """Add a method to this process, so that recipes can name it; a package offers an entry point `vcem.methods`.

    Raises:
        UsageError: if the name is taken.
    """
    METHODS.register(name, entry)


def build(recipe: MethodRecipe, shape: tuple[int, int]) -> Method:
    """Make the networks of a recipe for images of (rows, columns); weights come from torch's global generator.

    Raises:
        UsageError: if the networks cannot take that shape, or the class is not a whole method.
    """
    method: Method = METHODS[recipe.kind].method(recipe, shape)
    asked = ("recipe", "nets", "groups", "turns", "predict")
    if missing := [name for name in asked if not hasattr(method, name)]:
        raise UsageError(f"The method {recipe.kind!r} lacks {', '.join(missing)}.", f"all of {', '.join(asked)}")
    unknown = {net for group in method.groups.values() for net in group.nets} - set(method.nets)
    if unknown:
        raise UsageError(f"The method {recipe.kind!r} has no networks to step: {', '.join(sorted(unknown))}.",
                         f"some of {', '.join(method.nets)}")  # fmt: skip
    return method
