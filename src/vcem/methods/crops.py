"""Training on parts of images: around a lesion, where there is one, or anywhere in the breast; turned at random.

A lesion is a hundredth of an image's pixels. In a part around it, it is a tenth, for a fraction of the work.
All that is drawn comes from torch's global generator, which the loop seeds at every step.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from vcem.methods.lesions import outlined

Image = Float[Tensor, "b 1 h w"]
Stacked = Float[Tensor, "b c h w"]
Part = Float[Tensor, "b c i i"]
AWAY = 0.2  # of a part's side: how far from its centre a lesion's pixel may lie, up, down, left and right
AT_LESION = 0.75  # of the images with a lesion: how many are cut around one


def crop(images: Stacked, labels: Image, mask: Image, side: int) -> Part:
    """Return a square part of each image, in one of the eight ways in which it can lie; zeros beyond the edges.

    Args:
        images: all that belongs to a pair, as channels.
        labels: numbers of the lesions; unknown ones count for none.
        mask: the breast, in which a part has its centre where it has no lesion.
        side: of the part, in pixels.
    """
    return torch.stack([_turned(_cut(*one, side)) for one in zip(images, _places(labels), mask, strict=True)])


def _places(labels: Image) -> list[Bool[Tensor, "h w"] | None]:
    """Return the pixels of one lesion of each image, None where the part lies anywhere."""
    found = []
    for lesions in (labels * outlined(labels))[:, 0]:
        numbers = lesions.unique()[1:]
        taken = len(numbers) and torch.rand(()) < AT_LESION
        found.append(lesions == numbers[torch.randint(len(numbers), ())] if taken else None)
    return found


def _cut(image: Float[Tensor, "c h w"], place: Bool[Tensor, "h w"] | None, mask: Float[Tensor, "1 h w"],
         side: int) -> Float[Tensor, "c i i"]:  # fmt: skip
    """Return the part whose centre is near a pixel of the place, or at one of the breast."""
    pixels = (mask[0] > 0 if place is None else place).nonzero()
    away = 0 if place is None else round(AWAY * side)
    centre = pixels[torch.randint(len(pixels), ())] if len(pixels) else torch.tensor(mask.shape[1:]) // 2
    row, column = (centre.cpu() + torch.randint(-away, away + 1, (2,)) - side // 2).tolist()
    held = image[:, max(row, 0) : max(row + side, 0), max(column, 0) : max(column + side, 0)]
    above, left = max(-row, 0), max(-column, 0)
    beyond = (left, side - left - held.shape[2], above, side - above - held.shape[1])
    return functional.pad(held, beyond)


def _turned(part: Float[Tensor, "c i i"]) -> Float[Tensor, "c i i"]:
    quarters, mirrored = int(torch.randint(4, ())), torch.rand(()) < 0.5
    turned = torch.rot90(part, quarters, (1, 2))
    return turned.flip(2) if mirrored else turned
