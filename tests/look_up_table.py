"""One item of a sequence of look-up tables, Modality or VOI."""

import numpy as np
from pydicom.dataset import Dataset

from vcem.dicom.elements import of


def table(data, first=0, bits=8, explanation="", as_bytes=True) -> Dataset:
    """A table that begins at `first`, of entries that are told to have so many bits."""
    item = of(LUTDescriptor=[len(data) % 2**16, first, bits], LUTExplanation=explanation)
    item["LUTDescriptor"].VR = "US"
    item.LUTData = np.asarray(data, np.uint16).tobytes() if as_bytes else [int(v) for v in data]
    item["LUTData"].VR = "OW" if as_bytes else "US"
    return item
