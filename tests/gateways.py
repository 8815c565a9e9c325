"""A gateway for tests: its settings, an exam to send, a run of it in this process or as a command of its own."""

import copy
import io
import json
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_user_pass
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from enhancing import write_exam
from orthanc import PASSWORD, TITLE, USER
from processes import free_port
from vcem.core.recipe import parse
from vcem.dicom.exchange import LABEL, MAMMOGRAM, WRITTEN
from vcem.dicom.uids import uid_for
from vcem.gateway.service import serving
from vcem.gateway.settings import Gateway
from vcem.gateway.tls import Tls, client_context

LONG_S = 300  # a wait that ends only where something is broken


def les_of(folder):
    """Write an exam and return its LE images."""
    found = [pydicom.dcmread(path) for path in sorted(write_exam(folder).iterdir())]
    return [image for image in found if "LOW_ENERGY" in image.ImageType]


def pacs_of(running):
    """The settings of an Orthanc as a destination."""
    return {"kind": "dicom", "name": "pacs", "title": TITLE, "host": "127.0.0.1", "port": running.dicom_port}


def plain(folder, model, *destinations, **changes):
    """Settings as a TOML file would hold them."""
    receive = {"port": free_port(), "callers": [{"title": "UNIT", "address": "127.0.0.1"}]}
    return {"folder": str(folder / "gateway"), "model": str(model), "receive": receive, "study": {"quiet_s": 0.5},
            "watch": {"port": free_port()}, "limits": {"free_mb": 1}, "retry": {"first_s": 0.2, "most_s": 0.5},
            "destinations": list(destinations)} | changes  # fmt: skip


def gateway_of(content):
    return parse(content, Gateway, "settings")


@contextmanager
def running(content):
    """Run a gateway in this process."""
    gateway = gateway_of(content)
    with serving(gateway) as service:
        yield service


def send(datasets, port, title="UNIT", called="VCEM", tls=None):
    """Send as a unit would, each in its own syntax; return the status of each, or nothing if nobody lets us in."""
    context = tls and client_context(Tls(tls.certificate, tls.key, tls.certificate.with_name("authority.pem")))
    try:  # the library leaves sockets behind where nobody listens
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return None
    ae = AE(title)
    for syntax in {(d.SOPClassUID, d.file_meta.TransferSyntaxUID) for d in datasets}:
        ae.add_requested_context(*syntax)
    association = ae.associate("127.0.0.1", port, ae_title=called, tls_args=tls and (context, "localhost"))
    if not association.is_established:
        return None
    try:
        return [getattr(association.send_c_store(d), "Status", None) for d in datasets if association.is_established]
    finally:
        association.release()


def until(what, seconds=LONG_S):
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found


def file_of(dataset):
    """A data set as the bytes of a file."""
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def changed(dataset, **tags):
    """A copy with other attributes; file meta follows."""
    other = copy.deepcopy(dataset)
    for name, value in tags.items():
        setattr(other, name, value)
    other.file_meta.MediaStorageSOPInstanceUID = other.SOPInstanceUID
    return other


def with_pixel(dataset, value):
    """A copy of which one pixel is another."""
    pixels = dataset.pixel_array.copy()
    pixels[0, 0] = value
    return changed(dataset, PixelData=pixels.tobytes())


@contextmanager
def scripted_pacs(answer=lambda dataset: 0, tls=None):
    """A PACS that answers each C-STORE as `answer` says; yields its settings and the list of what came."""
    came = []

    def store(event):
        came.append(event.dataset)
        return answer(event.dataset)

    ae = AE("SCRIPTED")
    for sop_class in (MAMMOGRAM, LABEL, Verification):
        ae.add_supported_context(sop_class, WRITTEN)
    port, handlers = free_port(), [(evt.EVT_C_STORE, store)]
    server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers, ssl_context=tls)
    try:
        yield {"kind": "dicom", "name": "pacs", "title": "SCRIPTED", "host": "127.0.0.1", "port": port}, came
    finally:
        server.shutdown()


def events(content):
    """The lines of the audit log."""
    files = sorted((Path(content["folder"]) / "audit").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@dataclass(frozen=True)
class Paper:
    """A certificate, its key, and the SHA-256 of it."""

    certificate: Path
    key: Path

    @property
    def fingerprint(self):
        return sha256(ssl.PEM_cert_to_DER_cert(self.certificate.read_text())).hexdigest()


def certificates(folder, *names):
    """Make an authority and certificates for this machine that it signs."""
    folder.mkdir(exist_ok=True)
    openssl = shutil.which("openssl") or pytest.skip("there is no openssl to make certificates with")
    new = [openssl, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = {name: Paper(folder / f"{name}.pem", folder / f"{name}.key") for name in ("authority", *names)}
    whole = made["authority"]
    words = [*new, "-x509", "-subj", "/CN=authority", "-keyout", whole.key, "-out", whole.certificate]
    subprocess.run(words, check=True, capture_output=True)
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in names:
        own, asked = made[name], folder / f"{name}.csr"
        subprocess.run(
            [*new, "-subj", f"/CN={name}", "-keyout", own.key, "-out", asked], check=True, capture_output=True
        )
        sign = ["x509", "-req", "-in", asked, "-CA", whole.certificate, "-CAkey", whole.key, "-CAcreateserial"]
        subprocess.run([openssl, *sign, "-extfile", folder / "names", "-out", own.certificate],
                       check=True, capture_output=True)  # fmt: skip
    return made


def write_settings(path, content):
    """Write settings as the TOML file that a user writes."""
    path.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in content.items()))
    return path


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(v)}" for name, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def web_of(pacs, folder):
    """The settings of an Orthanc as a DICOMweb server."""
    (folder / "password").write_text(PASSWORD + "\n")
    return {"url": f"{pacs.web}/dicom-web", "user": USER, "password_file": str(folder / "password")}


def web_client(pacs):
    """Another's client of an Orthanc, as the judge."""
    return DICOMwebClient(f"{pacs.web}/dicom-web", session=create_session_from_user_pass(USER, PASSWORD))


def in_pacs(pacs, study):
    """UIDs of all instances of a study, each as often as it is there."""
    return [i["00080018"]["Value"][0] for i in web_client(pacs).search_for_instances(study)]


def send_to(pacs, datasets):
    """Send to an Orthanc, as a unit would."""
    assert send(datasets, pacs.dicom_port, called=TITLE) == [0] * len(datasets)


def dated(datasets):
    """Copies of today, with UIDs of their own."""
    today = time.strftime("%Y%m%d")
    new = {"StudyDate": today, "StudyInstanceUID": uid_for(9, "study"), "SeriesInstanceUID": uid_for(9, "series")}
    return [changed(d, SOPInstanceUID=uid_for(9, d.SOPInstanceUID), **new) for d in datasets]
