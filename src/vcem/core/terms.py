"""The words of the field as enumerations."""

from enum import StrEnum

OCCULT = "occult"
"""The look of a lesion of which LE shows nothing."""


class Side(StrEnum):
    """Laterality of the breast (PS3.3 Image Laterality, 0020,0062)."""

    LEFT = "L"
    RIGHT = "R"


class View(StrEnum):
    """Projection: craniocaudal or mediolateral oblique (PS3.16 CID 4014)."""

    CC = "CC"
    MLO = "MLO"


class Energy(StrEnum):
    """Which image of a contrast mammogram."""

    LE = "LE"
    HE = "HE"
    DES = "DES"


class Density(StrEnum):
    """ACR breast composition, BI-RADS 5th edition."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"


class Origin(StrEnum):
    """Where pixels come from; travels in every manifest and stands on every table and picture."""

    CLINICAL = "clinical"
    SIMULATED = "simulated"


class Protocol(StrEnum):
    """How images are prepared, split and scored."""

    PAPER = "paper"
    STRICT = "strict"


class Frame(StrEnum):
    """What of a given image a grid shows: the whole field on a square, or the breast's box, all breasts facing left."""

    FIELD = "field"
    BREAST = "breast"
