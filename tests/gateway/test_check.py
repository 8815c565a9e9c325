import pytest

from gateways import certificates, gateway_of, plain, scripted_pacs
from vcem.gateway.check import check


def found(content):
    return {one.what: one for one in check(gateway_of(content))}


def test_everything_is_tried(tmp_path, model):
    with scripted_pacs() as (pacs, came):
        content = plain(tmp_path, model, pacs)
        tried = found(content)
    assert {what for what, one in tried.items() if one.works} == {"model", "folder", "receive", "send pacs"}
    assert came == [], "nothing is stored by a check"


@pytest.mark.parametrize("whole", [True, False])
def test_certificates_are_opened(tmp_path, model, whole):
    own = certificates(tmp_path / "tls", "server")["server"]
    if not whole:
        own.certificate.write_text("nothing")
    content = plain(tmp_path, model)
    content["receive"]["tls"] = {"certificate": str(own.certificate), "key": str(own.key)}
    receive = found(content)["receive"]
    assert receive.works is whole
    assert ("TLS on" in receive.found) is whole
