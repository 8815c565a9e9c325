"""What a clinic would know of a virtual woman: the facts that go into headers and tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vcem.core.terms import Density, Side
from vcem.dicom.facts import comment_of
from vcem.simulate.patient import Patient


@dataclass(frozen=True)
class Breast:
    """One breast's BI-RADS category, what biopsy or follow-up would say, and what a report would name."""

    birads: str
    pathology: str
    findings: str = ""


@dataclass(frozen=True)
class Chart:
    """One woman; `bpe` is her background parenchymal enhancement, `volumetric_density` the share of gland.

    `late_phase` says whether she is imaged again minutes later, where that is asked for; `breasts` holds those imaged.
    """

    patient: str
    age_years: int
    density: Density
    volumetric_density: float
    bpe: str
    late_phase: bool
    breasts: Mapping[Side, Breast] = field(default_factory=dict)

    def comment(self, side: Side) -> str:
        """Return the Image Comments of this breast's images."""
        breast = self.breasts[side]
        return comment_of({
            "density": self.density.value, "birads": breast.birads, "pathology": breast.pathology,
            "findings": breast.findings,
        })  # fmt: skip

    def row(self) -> dict[str, str | int | float]:
        """Return the woman's row of `patients.csv`."""
        return {
            "patient": self.patient, "age": self.age_years, "density": self.density.value,
            "volumetric_density": round(self.volumetric_density, 5), "bpe": self.bpe,
            "late_phase": self.late_phase,
            **{f"birads_{side.lower()}": self._told(side).birads for side in Side},
            **{f"pathology_{side.lower()}": self._told(side).pathology for side in Side},
            **{f"findings_{side.lower()}": self._told(side).findings for side in Side},
        }  # fmt: skip

    def _told(self, side: Side) -> Breast:
        return self.breasts.get(side, Breast("", ""))


def chart_of(patient: Patient) -> Chart:
    """Return the chart of a drawn woman."""
    breasts = {s: Breast(patient.birads[s], patient.pathology[s], patient.findings[s]) for s in patient.sides}
    return Chart(
        patient.id, patient.age, patient.density, patient.volumetric_density, patient.bpe, patient.late_phase, breasts
    )
