"""Licences of data sets by their SPDX identifiers (spdx.org/licenses), and the LICENSE file of a release."""

from pathlib import Path

from vcem.core.errors import UsageError

OWN = "LicenseRef-"
_CC = "https://creativecommons.org"
LICENCES = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", f"{_CC}/licenses/by/4.0/legalcode"),
    "CC-BY-SA-4.0": ("Creative Commons Attribution-ShareAlike 4.0 International",
                     f"{_CC}/licenses/by-sa/4.0/legalcode"),
    "CC-BY-NC-4.0": ("Creative Commons Attribution-NonCommercial 4.0 International",
                     f"{_CC}/licenses/by-nc/4.0/legalcode"),
    "CC-BY-NC-SA-4.0": ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
                        f"{_CC}/licenses/by-nc-sa/4.0/legalcode"),
    "CC-BY-ND-4.0": ("Creative Commons Attribution-NoDerivatives 4.0 International",
                     f"{_CC}/licenses/by-nd/4.0/legalcode"),
    "CC-BY-NC-ND-4.0": ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International",
                        f"{_CC}/licenses/by-nc-nd/4.0/legalcode"),
    "CC0-1.0": ("Creative Commons Zero 1.0 Universal", f"{_CC}/publicdomain/zero/1.0/legalcode"),
    "ODC-By-1.0": ("Open Data Commons Attribution License 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
    "ODbL-1.0": ("Open Data Commons Open Database License 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    "CDLA-Permissive-2.0": ("Community Data License Agreement Permissive 2.0",
                            "https://cdla.dev/permissive-2-0/"),
}  # fmt: skip


def licence_text(spdx: str, text: Path | None, holders: str) -> str:
    """Return the LICENSE file: the text that the user gives, or a notice that names licence and address.

    Args:
        spdx: identifier, or `LicenseRef-` and a name for terms of one's own.
        text: file with the full text; needed for terms of one's own.
        holders: who grants the licence.

    Raises:
        UsageError: if the identifier is not known, or terms of one's own come without their text.
    """
    own = spdx.startswith(OWN) and len(spdx) > len(OWN)
    if spdx not in LICENCES and not own:
        raise UsageError(f"Licence {spdx!r} is not known here.", f"one of {', '.join(LICENCES)}, or {OWN}NAME",
                         "no licence is assumed: ask who owns the images")  # fmt: skip
    if text is not None:
        return _read(text)
    if own:
        raise UsageError(f"The terms of {spdx} are not given.", "their full text, as --licence-file FILE")
    name, address = LICENCES[spdx]
    return (
        f"SPDX-License-Identifier: {spdx}\n\nThis data set is licensed by {holders} under\n{name}.\n"
        f"The full text of the licence is at {address}\n"
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Licence {path} cannot be read: {error}.", "a text file") from error
