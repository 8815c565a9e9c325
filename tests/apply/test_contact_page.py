import base64
import io
import re

import pytest
from PIL import Image

from toy_dicom import write
from vcem.apply.contact_page import to_html
from vcem.apply.contact_sheet import draw
from vcem.apply.exam import read_exam
from vcem.core.terms import Energy
from vcem.dicom.vendors import read_rules


@pytest.fixture
def page(tmp_path):
    for energy in Energy:
        write(tmp_path / energy, energy, tags={"PatientID": "<script>x"})
    (tmp_path / "LE").rename(tmp_path / "<b>LE")
    return to_html(draw(read_exam([tmp_path], read_rules())), "a <study>")


def test_it_holds_every_image_and_what_each_is(page):
    pictures = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', page)
    assert [alt for alt, _ in pictures] == ["L CC  LE  10:07", "L CC  DES  10:07"]
    for _, content in pictures:
        Image.open(io.BytesIO(base64.b64decode(content))).verify()
    assert page.count("simulated") == 2


def test_nothing_of_a_header_becomes_markup_and_nothing_is_loaded(page):
    assert "<script" not in page
    assert "a &lt;study&gt;" in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
