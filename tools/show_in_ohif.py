# ruff: noqa: INP001, T201
"""Show a study with its mask and its centrelines in OHIF, and take a picture of it.

    npm pack @ohif/app@3.13.2 && tar xzf ohif-app-3.13.2.tgz
    galactograph read study/ -o out/ --dicom
    python tools/show_in_ohif.py package/dist OUT.png study/*.dcm out/dicom/*.dcm

Starts an Orthanc on loopback (Debian: orthanc, orthanc-dicomweb), serves the viewer as
it comes from npm, and drives a Chromium without a window through its debugging pipe.
Nothing of the viewer is built or changed. Two things are put right between archive and
viewer, in copies: VOI LUT Function, at which it shows mammograms white, is left out of
metadata, and masks get a plane, without which it does not load them.
"""

from __future__ import annotations

import argparse
import http.client
import http.server
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pydicom
from chromium import browser
from PIL import Image

PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
VOI_FUNCTION = "00281056"
CONFIG = """
window.config = {
  routerBasename: null, extensions: [], modes: [], showStudyList: true,
  maxNumberOfWebWorkers: 2, investigationalUseDialog: { option: 'never' },
  disableConfirmationPrompts: true, defaultDataSourceName: 'here',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: 'here',
    configuration: {
      friendlyName: 'here', name: 'here', qidoRoot: '/dicom-web',
      wadoRoot: '/dicom-web', wadoUriRoot: '/wado', imageRendering: 'wadors',
      thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      supportsWildcard: true, omitQuotationForMultipartRequest: true,
      bulkDataURI: { enabled: true }
    },
  }],
};
"""


def main() -> None:
    """Show, and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("viewer", type=Path, help="dist folder of @ohif/app")
    parser.add_argument("picture", type=Path, help="PNG to write")
    parser.add_argument("objects", type=Path, nargs="+", help="DICOM files")
    given = parser.parse_args()
    first = pydicom.dcmread(given.objects[0], stop_before_pixels=True)
    study = str(first.StudyInstanceUID)
    with (
        tempfile.TemporaryDirectory() as room,
        archive(Path(room)) as port,
        site(given.viewer, port) as address,
    ):
        for path in given.objects:
            send(port, path)
        with browser(Path(room)) as page:
            page.open(f"{address}/viewer?StudyInstanceUIDs={study}")
            page.until("window.services && window.commandsManager")
            print(page.run(SHOW))
            shown = Image.open(BytesIO(page.picture())).convert("RGB")
            shown.quantize(256).save(given.picture, optimize=True)


SHOW = """
(async () => {
  const { displaySetService, viewportGridService, segmentationService, panelService } =
    window.services;
  const wait = ms => new Promise(done => setTimeout(done, ms));
  const until = async test => {
    for (let k = 0; k < 300; k++) {
      const found = test();
      if (found) return found;
      await wait(200);
    }
    throw new Error('gave up waiting for ' + test);
  };
  const of = kind => displaySetService.getActiveDisplaySets()
    .filter(one => one.Modality === kind);
  const told = label => [...document.querySelectorAll('*')]
    .find(one => !one.children.length && one.textContent.trim() === label);
  await wait(3000);
  told('Skip all')?.click();
  const seg = (await until(() => of('SEG').length && of('SEG')))[0];
  const sr = (await until(() => of('SR').length && of('SR')))[0];
  const show = async (viewportId, one) => {
    viewportGridService.setDisplaySetsForViewports([
      { viewportId, displaySetInstanceUIDs: [one.displaySetInstanceUID] },
    ]);
    await wait(10000);
  };
  await window.commandsManager.run('setViewportGridLayout', {
    numRows: 1, numCols: 2 });
  await wait(3000);
  // A hundred branches, each with its numbers: the lines are what is to be seen.
  const style = document.createElement('style');
  style.textContent = 'svg.svg-layer text, svg.svg-layer line[stroke-dasharray="2,3"]' +
    '{ display: none }';
  document.head.append(style);
  const [left, right] = [...viewportGridService.getState().viewports.keys()];
  await show(right, sr);
  await show(left, seg);
  panelService.activatePanel(
    '@ohif/extension-cornerstone.panelModule.panelSegmentation', true);
  told('Patient')?.click();
  await wait(3000);
  const marks = segmentationService.getSegmentations()
    .flatMap(one => Object.values(one.segments).map(mark => mark.label));
  return `mask: ${marks.join(', ')}; report: ${sr.measurements.length} groups`;
})()
"""


@contextmanager
def archive(room: Path) -> Iterator[int]:
    """Run an Orthanc on loopback; yield its HTTP port."""
    port = free_port()
    settings = {
        "StorageDirectory": str(room / "storage"),
        "IndexDirectory": str(room / "storage"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "HttpCompressionEnabled": False,
        "Plugins": [PLUGIN],
        "DicomWeb": {"StudiesMetadata": "Full", "SeriesMetadata": "Full"},
    }
    (room / "orthanc.json").write_text(json.dumps(settings))
    program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    run = subprocess.Popen(  # noqa: S603
        [program, str(room / "orthanc.json")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        run.terminate()
        run.wait()


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(port: int, path: Path) -> None:
    """Give a file to the archive; masks as a copy with a plane."""
    content = path.read_bytes()
    dataset = pydicom.dcmread(BytesIO(content), stop_before_pixels=True)
    if dataset.Modality == "SEG":
        content = with_plane(content)
    talk = http.client.HTTPConnection("127.0.0.1", port)
    talk.request("POST", "/instances", content)
    answer = talk.getresponse()
    if answer.status != http.HTTPStatus.OK:
        raise SystemExit(f"{path.name}: the archive says {answer.status}")
    answer.read()


def with_plane(content: bytes) -> bytes:
    """Lay a mask onto a plane that is true in a picture only, not in the patient."""
    dataset = pydicom.dcmread(BytesIO(content))
    shared = dataset.SharedFunctionalGroupsSequence[0]
    if "PlaneOrientationSequence" not in shared:
        plane = pydicom.Dataset()
        plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        shared.PlaneOrientationSequence = [plane]
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        if "PlanePositionSequence" not in frame:
            place = pydicom.Dataset()
            place.ImagePositionPatient = [0, 0, 0]
            frame.PlanePositionSequence = [place]
    held = BytesIO()
    dataset.save_as(held)
    return held.getvalue()


@contextmanager
def site(viewer: Path, port: int) -> Iterator[str]:
    """Serve the viewer, and the archive behind it, as one site; yield its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(("/dicom-web", "/wado")):
                self._pass_on()
            elif path == "/app-config.js":
                self._give(CONFIG.encode(), "text/javascript")
            else:
                file = viewer / path.lstrip("/")
                if not file.is_file():
                    file = viewer / "index.html"
                self._give(file.read_bytes(), kind_of(file))

        def _pass_on(self) -> None:
            talk = http.client.HTTPConnection("127.0.0.1", port)
            asked = {"Accept": self.headers.get("Accept", "*/*")}
            asked["Host"] = self.headers.get("Host", "")
            talk.request("GET", self.path, headers=asked)
            answer = talk.getresponse()
            content = answer.read()
            kind = answer.getheader("Content-Type") or ""
            if "json" in kind:
                told = json.loads(content)
                for one in told if isinstance(told, list) else []:
                    one.pop(VOI_FUNCTION, None)
                content = json.dumps(told).encode()
            self._give(content, kind, answer.status)

        def _give(self, content: bytes, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def kind_of(file: Path) -> str:
    """Return the content type of a file of the viewer."""
    kinds = {
        ".html": "text/html",
        ".js": "text/javascript",
        ".css": "text/css",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
        ".json": "application/json",
    }
    return kinds.get(file.suffix, "application/octet-stream")


if __name__ == "__main__":
    main()
