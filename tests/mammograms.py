"""A small real-looking mammogram, and the files made of it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray

from galactograph.dicom.header import Header, Intent
from galactograph.dicom.images import save_image
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, Injection

ROWS, COLUMNS = 96, 80
AIR = 9000.0


def breast_counts(seed: int = 3) -> NDArray[np.uint16]:
    """Return counts of a half-disc breast at the left edge, in noisy air."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    reach = 1 - ((rows - ROWS / 2) / 42) ** 2 - (columns / 60) ** 2
    attenuation = 2.5 * np.sqrt(np.clip(reach, 0, None))
    counts = rng.normal(AIR * np.exp(-attenuation), 40)
    return np.asarray(counts.clip(1, 16382), np.uint16)


def breast_shown(seed: int = 3) -> NDArray[np.uint16]:
    """Return the same breast made for display: 12 bits, air 0 or nearly."""
    attenuation = np.log(AIR / breast_counts(seed).astype(float))
    return (attenuation * 1500 + 40).clip(1, 4095).astype(np.uint16)


def header(intent: Intent = Intent.PROCESSING, **changes: object) -> Header:
    """Return a header for the small breast."""
    standard: dict[str, object] = {
        "intent": intent,
        "exposure": Exposure(rows=ROWS, columns=COLUMNS),
        "laterality": Laterality.LEFT,
        "injection": Injection(),
    }
    return Header(**{**standard, **changes})  # type: ignore[arg-type]


class Maker:
    """Writes small mammograms into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def raw(self, name: str = "raw.dcm", **changes: object) -> Path:
        """Write an image for processing."""
        path = self.folder / name
        save_image(breast_counts(), header(**changes), path)  # type: ignore[arg-type]
        return path

    def shown(self, name: str = "shown.dcm", **changes: object) -> Path:
        """Write an image for presentation."""
        path = self.folder / name
        changes = {"intent": Intent.PRESENTATION, **changes}
        save_image(breast_shown(), header(**changes), path)  # type: ignore[arg-type]
        return path


def edited(path: Path, name: str = "edited.dcm", /, **changes: object) -> Path:
    """Write a copy of a DICOM file with attributes changed; None deletes one."""
    dataset = pydicom.dcmread(path)
    for keyword, value in changes.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    copy = path.with_name(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(copy)
    return copy


def tomosynthesis(path: Path, slices: NDArray[np.uint16], **changes: object) -> Path:
    """Write slices (S, rows, columns) as a breast tomosynthesis object."""
    measures = pydicom.Dataset()
    measures.PixelSpacing = ["0.1", "0.1"]
    measures.SliceThickness = "1"
    anatomy = pydicom.Dataset()
    anatomy.FrameLaterality = "R"
    shared = pydicom.Dataset()
    shared.PixelMeasuresSequence = [measures]
    shared.FrameAnatomySequence = [anatomy]
    transformation = pydicom.Dataset()
    transformation.RescaleSlope, transformation.RescaleIntercept = "1", "0"
    shared.PixelValueTransformationSequence = [transformation]
    view = pydicom.Dataset()
    view.CodeValue, view.CodingSchemeDesignator = "399368009", "SCT"
    view.CodeMeaning = "medio-lateral oblique"
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.13.1.3"
    dataset.SOPInstanceUID = "2.25.77"
    dataset.StudyInstanceUID = "2.25.78"
    dataset.Modality = "MG"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.ImageType = ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"]
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = slices.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.ViewCodeSequence = [view]
    dataset.PixelData = slices.astype("<u2").tobytes()
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def recoded(path: Path, syntax: str, name: str) -> Path:
    """Write a copy of a file in another transfer syntax."""
    copy = path.with_name(name)
    if syntax in _JPEG:
        return _as_jpeg(path, syntax, copy)
    dataset = pydicom.dcmread(path)
    if syntax in _ENCODED:
        dataset.compress(syntax, generate_instance_uid=False)
    elif syntax == BIG_ENDIAN:
        dataset.PixelData = dataset.pixel_array.astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        copy,
        dataset,
        implicit_vr=syntax == IMPLICIT,
        little_endian=syntax != BIG_ENDIAN,
        force_encoding=True,
    )
    return copy


IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
JPEG_2000_LOSSY = "1.2.840.10008.1.2.4.91"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_14 = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
LOSSLESS = (
    EXPLICIT,
    IMPLICIT,
    DEFLATED,
    BIG_ENDIAN,
    RLE,
    JPEG_LS,
    JPEG_2000,
    JPEG_14,
    JPEG_LOSSLESS,
)
_ENCODED = (RLE, JPEG_LS, JPEG_2000)
_JPEG = {
    JPEG_LOSSLESS: "JPEGLosslessProcess14_1",
    JPEG_14: "JPEGLosslessProcess14",
    JPEG_EXTENDED: "JPEGExtendedProcess2_4",
    JPEG_2000_LOSSY: "JPEG2000",
}


def _as_jpeg(path: Path, syntax: str, copy: Path) -> Path:
    """Recode with gdcm: pydicom has no encoder of the JPEG family."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    kind = getattr(gdcm.TransferSyntax, _JPEG[syntax])
    change.SetTransferSyntax(gdcm.TransferSyntax(kind))
    change.SetInput(reader.GetImage())
    assert change.Change(), syntax
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(copy))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return copy
