import pytest

from vcem.core.errors import UsageError
from vcem.ingest.release.licences import LICENCES, licence_text


@pytest.mark.parametrize("spdx", LICENCES)
def test_a_notice_names_holder_licence_and_address(spdx):
    text = licence_text(spdx, None, "Jane Doe")
    assert text.startswith(f"SPDX-License-Identifier: {spdx}\n")
    assert "Jane Doe" in text
    assert "https://" in text


def test_the_users_full_text_is_taken_as_it_is(tmp_path):
    (tmp_path / "terms").write_text("Only on Sundays.\n")
    assert licence_text("LicenseRef-Sunday", tmp_path / "terms", "Jane Doe") == "Only on Sundays.\n"
    assert licence_text("CC0-1.0", tmp_path / "terms", "Jane Doe") == "Only on Sundays.\n"


@pytest.mark.parametrize("spdx", ["CC BY 4.0", "MIT", "", "LicenseRef-"])
def test_no_licence_is_guessed(spdx):
    with pytest.raises(UsageError, match="is not known here"):
        licence_text(spdx, None, "Jane Doe")


def test_own_terms_need_their_text(tmp_path):
    with pytest.raises(UsageError, match="are not given"):
        licence_text("LicenseRef-Own", None, "Jane Doe")
    with pytest.raises(UsageError, match="cannot be read"):
        licence_text("LicenseRef-Own", tmp_path / "none", "Jane Doe")
