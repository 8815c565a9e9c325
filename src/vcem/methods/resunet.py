"""A residual U-Net trained by regression: a weighted distance in the breast, and terms that speak of lesions.

Loss = distance + lambda_contrast x contrast + lambda_verdict x verdict + lambda_head x finding + lambda_features x
features. Masks of lesions are used in training only; the head H that finds lesions and the segmentor S are not part of
a prediction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from vcem.core.recipe import Natural, strict
from vcem.methods.crops import crop
from vcem.methods.lesions import contrast_error, finding, known, look_error, outlined, verdict_error
from vcem.methods.losses import Scalar
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, frozen
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import resunet
from vcem.nets.cut import cut_to_breasts, draw_cut
from vcem.nets.init import Init, initialise

Half = Float[Tensor, "b 1 i j"]
LEAST_SQUARE = 1e-4  # under the root, where the slope would be endless; a hundredth of grey


@strict
@dataclass(frozen=True)
class ResUNetRecipe(MethodRecipe):
    """Fields of the residual U-Net; no paper has them all.

    `distance`: l1, mse, or l2 as the root of an image's mean square. `lesion_weight`: what a lesion's pixel counts
    beside 1. The others weigh the further terms; 0 leaves a term and its network out. The segmentor of
    `lambda_features` trains on real DES for `segmentor_steps` steps and is frozen then; the feature term counts from
    there on. `even_contrast` is the drawn contrast that says of a lesion neither that it enhances nor that it does not,
    and `contrast_per_logit` how much more says so by one in log-odds. `verdict_by` asks for each lesion's own uptake,
    or of simulated ones for the chance that one of its look enhances. `crop`: train on parts of so many rows and
    columns, most of them around a lesion; 0 takes whole images.
    """

    kind: Literal["resunet"]
    masked: bool = True
    distance: Literal["l1", "l2", "mse"] = "l1"
    lesion_weight: float = 10.0
    lambda_contrast: float = 1.0
    lambda_verdict: float = 0.0
    verdict_by: Literal["uptake", "look"] = "uptake"
    even_contrast: float = 0.088
    contrast_per_logit: float = 0.118
    lambda_head: float = 0.1
    lambda_features: float = 0.0
    segmentor_steps: int = 500
    crop: Natural = 0
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: resunet.JudgingShape = field(default_factory=resunet.JudgingShape)

    def __post_init__(self) -> None:
        """Settle the optimiser.

        Raises:
            ValueError: if two are given, a weight is negative, the method should look at air, or lesions should be
                judged and no loss teaches it.
        """
        settle(self, Adam(lr=1e-3, beta1=0.9, weight_decay=1e-5))
        if not self.masked:
            raise ValueError("a resunet has no features in air: masked is true")
        weights = (
            self.lesion_weight,
            self.lambda_contrast,
            self.lambda_verdict,
            self.lambda_head,
            self.lambda_features,
        )
        if self.generator.judged and not (self.lambda_head and self.lambda_verdict):
            raise ValueError("judged is taught by lambda_head and lambda_verdict: both are above 0")
        if self.crop % self.multiple:
            raise ValueError(f"crop is a multiple of {self.multiple}, not {self.crop}")
        if min(*weights, self.segmentor_steps) < 0:
            raise ValueError(f"weights and segmentor_steps are 0 or more, not {min(*weights, self.segmentor_steps)}")

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this; the generator takes any such size."""
        return resunet.multiple(self.generator)

    @property
    def extra(self) -> tuple[str, ...]:
        """Training also takes the numbers of lesions where a term asks for them."""
        terms = (self.lambda_contrast, self.lambda_verdict, self.lambda_head, self.lambda_features)
        asks = self.lesion_weight != 1 or any(terms) or self.crop
        looks = self.lambda_verdict and self.verdict_by == "look"
        return (("lesion", "chance") if looks else ("lesion",)) if asks else ()


class Shown(NamedTuple):
    """What a step looks at: the generator's inputs, real DES, the breast, its lesions' numbers and their chances."""

    seen: Float[Tensor, "b 3 h w"]
    y: Image
    mask: Image
    labels: Image
    chances: Image


class ResUNet:
    """G draws; H finds lesions in G's features; S finds them in DES and lends its features to the loss."""

    def __init__(self, recipe: ResUNetRecipe, shape: tuple[int, int]) -> None:
        resunet.check_size(recipe.generator, shape)
        self.recipe = recipe
        self.generator = resunet.ResUNet(recipe.generator, judged=recipe.generator.judged)
        if recipe.generator.judged:
            self.generator.amounts.copy_(torch.tensor([recipe.even_contrast, recipe.contrast_per_logit]))
        beside = recipe.lambda_head and not recipe.generator.judged
        self.head = nn.Conv2d(recipe.generator.width, 1, 1) if beside else None
        self.segmentor = resunet.Segmentor(recipe.generator) if recipe.lambda_features else None
        drawing = {"G": self.generator} | ({"H": self.head} if self.head else {})
        self.nets = nn.ModuleDict(drawing | ({"S": self.segmentor} if self.segmentor else {}))
        self.groups = {"g": Group(tuple(drawing), chosen(recipe))}
        if self.segmentor:
            self.groups["s"] = Group(("S",), chosen(recipe))
        initialise(self.nets, recipe.init)

    def begin(self, mean_des: float) -> None:
        """Take the mean of the training DES inside the breast, to which outputs are added."""
        self.generator.mean.fill_(mean_des)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the turn of G and H, and the segmentor's as long as it trains."""
        shown = self._shown(batch.within_breast())
        halves = [functional.max_pool2d(t * known(shown.labels), 2) for t in (outlined(shown.labels), shown.mask)]
        yield "g", self._drawing(shown, halves)
        if self.segmentor and self.segmentor.steps < self.recipe.segmentor_steps:
            yield "s", {"finding": finding(self.segmentor(shown.y, shown.mask), *halves)}
            self.segmentor.steps += 1

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x), cut to [0, 1]."""
        return draw_cut(self.generator, x, mask, self.recipe.multiple).clamp(0, 1)

    def _shown(self, batch: Batch) -> Shown:
        """Return what a step looks at: the batch cut to its breasts, or a part of each image."""
        labels = batch.extra["lesion"] if self.recipe.extra else torch.zeros_like(batch.mask)
        chances = batch.extra["chance"] / 100 if "chance" in self.recipe.extra else torch.zeros_like(batch.mask)
        seen = torch.cat([resunet.given(batch.x, batch.mask), batch.y, batch.mask, labels, chances], 1)
        if self.recipe.crop:
            seen = crop(seen, labels, batch.mask, self.recipe.crop)
        else:
            seen = cut_to_breasts(batch.mask, self.recipe.multiple).do(seen)
        return Shown(*torch.split(seen, [resunet.INPUTS, 1, 1, 1, 1], 1))

    def _drawing(self, shown: Shown, halves: list[Half]) -> Loss:
        """Return the terms of G and H; `halves` are lesions and known breasts on half the rows and columns."""
        recipe, (seen, y, mask, labels, chances) = self.recipe, shown
        features = self.generator.features(seen, mask)
        y_hat = said = self.generator.draw(features, seen, mask)
        found = self.head(features) if self.head else None
        if self.generator.judge:
            found, amount = self.generator.judgement(features)
            said = resunet.doubled(amount) * outlined(labels)  # what is said of a lesion, wherever it is found
        weights = mask * (1 + (recipe.lesion_weight - 1) * outlined(labels))
        loss = {"distance": self._distance(y_hat - y, weights)}
        if recipe.lambda_contrast:
            # by its verdict a lesion gets its contrast; all else that is drawn there is to have none
            off = y_hat - (self.generator.added(features, mask) if self.generator.judge else y)
            loss["contrast"] = recipe.lambda_contrast * contrast_error(off, labels, mask)
        if recipe.lambda_verdict:
            error, asked = (look_error, chances) if recipe.verdict_by == "look" else (verdict_error, y)
            verdict = error(asked, said, labels, mask, recipe.even_contrast, recipe.contrast_per_logit)
            loss["verdict"] = recipe.lambda_verdict * verdict
        if found is not None:
            loss["head"] = recipe.lambda_head * finding(found, *halves)
        if self.segmentor and self.segmentor.steps >= recipe.segmentor_steps:
            with frozen(self.segmentor):
                loss["features"] = recipe.lambda_features * self.segmentor.distance(y, y_hat, mask)
        return loss

    def _distance(self, difference: Image, weights: Image) -> Scalar:
        """Return the mean over images of each one's weighted mean absolute, mean or root mean square difference."""
        kind, difference = self.recipe.distance, difference.float()
        apart = difference.abs() if kind == "l1" else difference.square()
        each = (apart * weights).sum((1, 2, 3)) / weights.sum((1, 2, 3)).clamp_min(1)
        return ((each + LEAST_SQUARE).sqrt() if kind == "l2" else each).mean()
