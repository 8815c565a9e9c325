"""Shape aliases. Legend: n images, h rows, w columns; `b 1 h w` is a batch of one-channel images."""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

Grey = Float[np.ndarray, "h w"]
Regridded = Float[np.ndarray, "h2 w2"]  # what a step returns that changes rows and columns
Stack = Float[np.ndarray, "n h w"]
Mask = Bool[np.ndarray, "h w"]
MaskStack = Bool[np.ndarray, "n h w"]
Labels = Int[np.ndarray, "h w"] | UInt8[np.ndarray, "h w"]
