"""One algorithm a file, its losses in the paper's symbols x, y, y_hat, G, F, D_x, D_y. `METHODS` is the whole table."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from vcem.core.recipe import BY_KIND
from vcem.methods.autoencoder import Autoencoder, AutoencoderRecipe
from vcem.methods.cyclegan import CycleGAN, CycleGANRecipe
from vcem.methods.method import Method
from vcem.methods.pix2pix import Pix2Pix, Pix2PixRecipe

MethodRecipe: TypeAlias = Annotated[AutoencoderRecipe | Pix2PixRecipe | CycleGANRecipe, BY_KIND]


@dataclass(frozen=True)
class Entry:
    """A method's class and its recipe; the recipe's defaults are the paper's."""

    method: Any  # called with (recipe, size); each class takes its own recipe only
    recipe: Any
    about: str


METHODS: dict[str, Entry] = {
    "autoencoder": Entry(Autoencoder, AutoencoderRecipe, "residual autoencoder, L1 (§3.2.1)"),
    "pix2pix": Entry(Pix2Pix, Pix2PixRecipe, "conditional GAN: U-Net against PatchGAN, L1 (§3.2.2)"),
    "cyclegan": Entry(CycleGAN, CycleGANRecipe, "two generators that undo each other, two PatchGANs (§3.2.3)"),
}


def build(recipe: MethodRecipe, size: int) -> Method:
    """Make the networks of a recipe for images of size x size; weights come from torch's global generator.

    Raises:
        UsageError: if the networks cannot take that size.
    """
    method: Method = METHODS[recipe.kind].method(recipe, size)
    return method
