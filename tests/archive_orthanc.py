"""A real Orthanc, started for the tests on loopback; and certificates."""

from __future__ import annotations

import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

USER, PASSWORD = "reader", "s3cret-pässword"
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
START_S = 30.0


def needed(*programs: str) -> None:
    """Skip where a program is absent; under CI that is a failure."""
    absent = [one for one in programs if shutil.which(one) is None]
    if absent:
        words = f"{', '.join(absent)} not installed; see `make install`"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, kw_only=True)
class Orthanc:
    """A running Orthanc.

    Attributes
    ----------
    move_port
        Port of ours to which it may send.
    """

    dicom_port: int
    http_port: int
    move_port: int

    @property
    def dimse(self) -> str:
        return f"dimse://ORTHANC@127.0.0.1:{self.dicom_port}?calling=TESTER"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/dicom-web"


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """An authority of our own, and what it signed for loopback."""

    ca: Path
    certificate: Path
    key: Path


@contextmanager
def orthanc(folder: Path, **changes: object) -> Iterator[Orthanc]:
    """Run an Orthanc with its own storage; it ends with the block."""
    needed("Orthanc")
    if not PLUGIN.exists():
        needed("orthanc-dicomweb")
    ports = Orthanc(
        dicom_port=free_port(), http_port=free_port(), move_port=free_port()
    )
    settings = {
        "Name": "test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": ports.http_port,
        "DicomPort": ports.dicom_port,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "HttpCompressionEnabled": False,
        "UnknownSopClassAccepted": True,
        "OverwriteInstances": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {
            "tester": {
                "AET": "TESTER",
                "Host": "127.0.0.1",
                "Port": ports.move_port,
                "UseDicomTls": bool(changes.get("DicomTlsEnabled")),
            }
        },
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True},
    }
    file = folder / "orthanc.json"
    file.write_text(json.dumps(settings | changes), "utf-8")
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(["Orthanc", str(file)], stdout=log, stderr=log)
    try:
        _wait(process, ports, folder / "log.txt")
        yield ports
    finally:
        process.terminate()
        process.wait(START_S)


def _wait(process: subprocess.Popen[bytes], ports: Orthanc, log: Path) -> None:
    token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{ports.http_port}/system",
        headers={"Authorization": f"Basic {token}"},
    )
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=2):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])


@contextmanager
def tls_door(port: int, keys: Certificates) -> Iterator[int]:
    """Stand before a port as a proxy with TLS on both sides' certificates.

    Debian's Orthanc 1.10.1 dies at its first HTTPS request, so it gets TLS as most
    sites give it: by a proxy. Yields the port of the proxy.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=keys.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(keys.certificate, keys.key)

    class Door(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", port)) as inner,
            ):
                back = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
                back.start()
                _pump(outer, inner)
                back.join(5)

    with Door(("127.0.0.1", 0), Visit) as door:
        threading.Thread(target=door.serve_forever, args=(0.05,), daemon=True).start()
        yield int(door.server_address[1])
        door.shutdown()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(1 << 16):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)


def certificates(folder: Path) -> Certificates:
    """Make an authority and a certificate for 127.0.0.1 and localhost."""
    needed("openssl")
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    days = ("-days", "2")
    openssl(
        "req", "-x509", *new, *days, "-keyout", "ca.key", "-out", "ca.pem",
        "-subj", "/CN=test authority",
    )  # fmt: skip
    openssl(
        "req", *new, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=localhost"
    )
    (folder / "names").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="ascii"
    )
    openssl(
        "x509", "-req", *days, "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-out", "own.pem", "-extfile", "names",
    )  # fmt: skip
    return Certificates(
        ca=folder / "ca.pem", certificate=folder / "own.pem", key=folder / "own.key"
    )
