"""Tables 4.1 and 4.2 as published.

Source of `published/rofena-2024.csv`: Rofena, Guarrasi, Sarli, Piccolo, Sammarra, Beomonte Zobel & Soda 2024, "A Deep
Learning Approach for Virtual Contrast Enhancement in Contrast Enhanced Spectral Mammography", Tables 4.1 and 4.2,
digits as printed there.
"""

from functools import cache
from importlib.resources import files

PAPER = "Rofena et al. 2024"
CAVEAT = (
    f"Paper: {PAPER}, measured on CESM@UCBM at 256 × 256 with the target stretched to its own minimum and maximum and "
    "ten random splits by image. Data, protocol and resolution differ from those here, so its figures are context, not "
    "a target."
)
MISPRINT = (
    "The paper's VIF of Pix2Pix in Table 4.1, 0.1129, lies outside the range 0.1505 to 0.1917 of its own Table 4.2 and "
    "would need images of negative VIF: probably a misprint."
)


@cache
def _published() -> dict[tuple[str, str, str], str]:
    lines = (files("vcem.report") / "published" / "rofena-2024.csv").read_text("utf-8").splitlines()[1:]
    cells = (line.split(",") for line in lines)
    return {(method, density, metric): f"{mean} ± {sd}" for _, method, density, metric, mean, sd in cells}


def published(method: str, metric: str, density: str = "") -> str:
    """Return the paper's mean ± SD of a method on a whole-image metric, overall or in one density; "" if none."""
    return _published().get((method, density, metric), "")
