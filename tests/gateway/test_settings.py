import pytest

from vcem.core.errors import UsageError
from vcem.gateway.settings import DicomDestination, WebDestination, read_gateway

LEAST = """
folder = "work"
model = "runs/strict-pix2pix/fold-00"
[receive]
callers = [{title = "UNIT", address = "10.0.0.5"}]
"""
PACS = '[[destinations]]\nkind = "dicom"\nname = "pacs"\ntitle = "PACS"\nhost = "10.0.0.9"\nport = 104\n'


def read(tmp_path, text):
    (tmp_path / "gateway.toml").write_text(text)
    return read_gateway(tmp_path / "gateway.toml")


def test_it_listens_on_this_machine_only_unless_asked_to(tmp_path):
    gateway = read(tmp_path, LEAST)
    assert (gateway.receive.host, gateway.watch.host) == ("127.0.0.1", "127.0.0.1")
    assert gateway.draw.label
    assert not gateway.dry_run


def test_destinations_are_of_two_kinds(tmp_path):
    web = '[[destinations]]\nkind = "web"\nname = "archive"\nweb = {url = "https://pacs/dicom-web"}\n'
    found = read(tmp_path, LEAST + PACS + web).destinations
    assert [type(d) for d in found] == [DicomDestination, WebDestination]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LEAST + "[study]\nquite_s = 5\n", "study.quite_s"),
        (LEAST + "[draw]\nmemory_mb = 0\n", "draw.memory_mb"),
        (LEAST.replace(', address = "10.0.0.5"', ""), "needs an address or a certificate"),
        (LEAST.replace('address = "10.0.0.5"', f'certificate = "{"a" * 64}"'), "tls.authority"),
        (LEAST.replace("UNIT", "A TITLE OF TOO MANY LETTERS"), "an AE title has 1 to 16"),
        ('folder = "a"\nmodel = "b"\n', "nothing comes in"),
        ('folder = "a"\nmodel = "b"\n[receive]\n', "nobody may send"),
        (LEAST + PACS + PACS, "one name"),
        (LEAST + '[[pulls]]\nname = "p"\nweb = {url = "ftp://x"}\n', "http"),
        (LEAST + '[[pulls]]\nname = "p"\nweb = {url = "http://x", user = "u"}\n', "go together"),
        (LEAST + '[receive.tls]\nkey = "x.pem"\n', "go together"),
        (LEAST + '[receive.tls]\nauthority = "x.pem"\n', "its own certificate"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, why):
    with pytest.raises(UsageError, match=why):
        read(tmp_path, text)
