"""Any method, predicting twice: the image, and its mirror image turned back."""

from collections.abc import Iterator, Mapping

from torch import nn

from vcem.methods.method import Batch, Group, Image, Loss, Method, MethodRecipe, Samples, samples_of


class Mirrored:
    """The method itself, whose prediction is the mean over both sides."""

    def __init__(self, method: Method) -> None:
        self.method = method

    @property
    def nets(self) -> nn.ModuleDict:
        """The method's."""
        return self.method.nets

    @property
    def groups(self) -> Mapping[str, Group]:
        """The method's."""
        return self.method.groups

    @property
    def recipe(self) -> MethodRecipe:
        """The method's."""
        return self.method.recipe

    def begin(self, mean_des: float) -> None:
        """Pass it on to a method that asks for it."""
        if begin := getattr(self.method, "begin", None):
            begin(mean_des)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Train as the method does."""
        return self.method.turns(batch)

    def predict(self, x: Image, mask: Image, **inputs: Image) -> Image:
        """Return the mean of both predictions."""
        turned = {name: image.flip(3) for name, image in inputs.items()}
        plain, mirrored = self.method.predict(x, mask, **inputs), self.method.predict(x.flip(3), mask.flip(3), **turned)
        return (plain + mirrored.flip(3)) / 2

    def samples(self, x: Image, mask: Image, passes: int, seed: int = 0) -> Samples:
        """Return the mean of both of each pass."""
        mirrored = samples_of(self.method, x.flip(3), mask.flip(3), passes, seed).flip(4)
        return (samples_of(self.method, x, mask, passes, seed) + mirrored) / 2
