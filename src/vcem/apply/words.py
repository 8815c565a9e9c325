"""Words in the pixels of an image, so that they are there in every viewer: in the air, where no breast is."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vcem.core.arrays import Grey
from vcem.core.terms import Side

LEAST_PX, SHARE = 9, 45  # of a letter's height: at least so many pixels, else this part of the rows


def with_words(grey: Grey, words: str, side: Side) -> Grey:
    """Return the image with white words in the upper corner opposite the chest wall, a word or two a line.

    Args:
        grey: the image in [0, 1].
        words: what to write.
        side: of the breast; the chest wall of a left one is at the left.
    """
    picture = Image.new("L", grey.shape[::-1])
    height = max(LEAST_PX, grey.shape[0] // SHARE)
    right = side is Side.LEFT
    place = (picture.width - height if right else height, height)
    ImageDraw.Draw(picture).multiline_text(
        place, _lines(words), fill=255, font=ImageFont.load_default(height), anchor="ra" if right else "la",
        align="right" if right else "left",
    )  # fmt: skip
    return np.where(np.asarray(picture) > 127, 1, grey).astype(grey.dtype)


def _lines(words: str) -> str:
    """Break after every second word: air is narrow."""
    each = words.split()
    return "\n".join(" ".join(each[i : i + 2]) for i in range(0, len(each), 2))
