"""LE and a DES at a low dose in, full-dose DES out: y_hat = y_d + (1 - d) r(x_d, y_d, d).

x_d and y_d are LE and DES of one exam at the share d of the dose; r, by a residual U-Net, is what the full dose alone
would add, so at d = 1 nothing is added and at d = 0 all of it is guessed. In training d is drawn for each pair among
the recipe's doses, from torch's generator, which the loop seeds at every step from (seed, fold, epoch, step).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem.core.doses import FULL, channels_of, checked
from vcem.core.recipe import NotNegative, strict
from vcem.methods.lesions import contrast_error, outlined
from vcem.methods.losses import l1
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import resunet
from vcem.nets.cut import Cut, cut_to_breasts
from vcem.nets.init import Init, initialise

SEEN = resunet.INPUTS + 3  # beside LE: DES, DES against the breast's own mean and spread, dose


@strict
@dataclass(frozen=True)
class LowDoseRecipe(MethodRecipe):
    """Fields of the method; no paper has them.

    `doses`: percents of the full dose that training draws from; 0 is LE before contrast, a virtual contrast. `dose`:
    the one that validation and prediction read, which need not be among them. `lesion_weight`: what a lesion's pixel
    counts beside 1; `lambda_contrast` weighs the squared error of lesion contrast.
    """

    kind: Literal["lowdose"]
    masked: bool = True
    doses: tuple[int, ...] = (0, 5, 10, 25, 50)
    dose: int = 10
    lesion_weight: NotNegative = 10.0
    lambda_contrast: NotNegative = 1.0
    init: Init = "torch"
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    generator: resunet.ResUNetShape = field(default_factory=resunet.ResUNetShape)

    def __post_init__(self) -> None:
        """Settle the optimiser.

        Raises:
            ValueError: if two are given, or the method should look at air.
            UsageError: if a dose is impossible or there twice, or none is given.
        """
        settle(self, Adam(lr=1e-3, beta1=0.9, weight_decay=1e-5))
        checked([self.dose])
        if not checked(self.doses) or not self.masked:
            raise ValueError("a lowdose has one dose or more to train with, and no features in air: masked is true")

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this."""
        return resunet.multiple(self.generator)

    @property
    def inputs(self) -> tuple[str, ...]:
        """LE and DES at the dose that prediction reads."""
        return channels_of(self.dose)

    @property
    def extra(self) -> tuple[str, ...]:
        """LE and DES at every dose of the training, and the lesions."""
        return (*(name for dose in self.doses for name in channels_of(dose)), "lesion")


class Exam(NamedTuple):
    """LE, DES and breast of exams at a low dose, and the share of the dose of each."""

    x: Image
    y: Image
    mask: Image
    share: Float[Tensor, "b 1 1 1"]

    def cut_by(self, cut: Cut) -> "Exam":
        """Return the exams turned and cut."""
        return Exam(cut.do(self.x), cut.do(self.y), cut.do(self.mask), self.share)


class LowDose:
    """G adds to the DES of a low dose what is missing to the full one."""

    def __init__(self, recipe: LowDoseRecipe, shape: tuple[int, int]) -> None:
        resunet.check_size(recipe.generator, shape)
        self.recipe = recipe
        self.generator = resunet.ResUNet(recipe.generator, SEEN)
        self.generator.mean.zero_()  # it adds to an image that has its own
        self.nets = nn.ModuleDict({"G": self.generator})
        self.groups = {"g": Group(("G",), chosen(recipe))}
        initialise(self.nets, recipe.init)

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the one turn: L1 inside the breast, where lesions weigh more, and the error of their contrast."""
        cut, labels = cut_to_breasts(batch.mask, self.recipe.multiple), batch.extra["lesion"]
        exam, y, labels = self._drawn(batch).cut_by(cut), cut.do(batch.y * batch.mask), cut.do(labels)
        y_hat = self._full(exam)
        weights = exam.mask * (1 + (self.recipe.lesion_weight - 1) * outlined(labels))
        loss = {"distance": l1(y_hat, y, weights)}
        if self.recipe.lambda_contrast:
            loss["contrast"] = self.recipe.lambda_contrast * contrast_error(y_hat - y, labels, exam.mask)
        yield "g", loss

    def predict(self, x: Image, mask: Image, **inputs: Image) -> Image:
        """Return the full-dose DES, cut to [0, 1].

        `inputs` are LE and DES at the recipe's dose; without LE among them x is it.
        """
        le, des = channels_of(self.recipe.dose)
        share = x.new_full((len(x), 1, 1, 1), self.recipe.dose / FULL)
        cut = cut_to_breasts(mask, self.recipe.multiple)
        exam = Exam(inputs.get(le, x) * mask, inputs[des] * mask, mask, share).cut_by(cut)
        return cut.undo(self._full(exam).clamp(0, 1))

    def _full(self, exam: Exam) -> Image:
        x, y, mask, share = exam
        seen = torch.cat([resunet.given(x, mask), resunet.given(y, mask)[:, :2], share * mask], 1)
        added: Tensor = (1 - share) * self.generator.draw(self.generator.features(seen, mask), seen, mask)
        return y + added

    def _drawn(self, batch: Batch) -> Exam:
        """Return each pair's exam at a dose of its own."""
        doses, pairs = self.recipe.doses, range(len(batch.x))
        drawn = [doses[i] for i in torch.randint(len(doses), (len(batch.x),), device="cpu").tolist()]
        names = [channels_of(dose) for dose in drawn]
        x, y = (torch.stack([batch.extra[name[k]][i] for i, name in zip(pairs, names, strict=True)]) for k in (0, 1))
        share = torch.tensor(drawn, dtype=x.dtype, device=x.device)[:, None, None, None] / FULL
        return Exam(x * batch.mask, y * batch.mask, batch.mask, share)
