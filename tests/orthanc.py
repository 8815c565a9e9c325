"""A PACS for tests: Orthanc with its DICOMweb plugin, on free ports of this machine, gone when the test ends."""

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from processes import free_port

PROGRAM = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")  # not every user's PATH has it
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, PASSWORD = "tester", "only on loopback"
TITLE = "ORTHANC"


@dataclass(frozen=True)
class Pacs:
    """Where it listens."""

    web: str
    dicom_port: int

    @property
    def authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def orthanc(folder: Path, dicom: int | None = None, **more: object) -> Iterator[Pacs]:
    """Run Orthanc with its storage in `folder`, and with more settings."""
    web, dicom = free_port(), dicom or free_port()
    settings = folder / "orthanc.json"
    settings.write_text(json.dumps(_settings(folder, web, dicom) | more))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, settings], stdout=log, stderr=log)
        try:
            pacs = Pacs(f"http://127.0.0.1:{web}", dicom)
            _wait(process, pacs, folder / "orthanc.log")
            yield pacs
        finally:
            process.terminate()
            process.wait()


def _settings(folder: Path, web: int, dicom: int) -> dict[str, object]:
    return {
        "HttpPort": web,
        "DicomPort": dicom,
        "DicomAet": TITLE,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "StorageDirectory": str(folder / "stored"),
        "IndexDirectory": str(folder / "stored"),
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }


def _wait(process: subprocess.Popen[bytes], pacs: Pacs, log: Path) -> None:
    request = urllib.request.Request(f"{pacs.web}/system", headers={"Authorization": pacs.authorization})
    while process.poll() is None:
        try:
            urllib.request.urlopen(request).close()
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Orthanc did not start:\n{log.read_text(errors='replace')[-3000:]}")
