"""Mammograms as DICOM files: Digital Mammography X-Ray, both intents."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from galactograph.dicom import modules
from galactograph.dicom.header import SOP_CLASSES, Header, derived_uid
from galactograph.errors import InvalidValue

_DEFLATED = "1.2.840.10008.1.2.1.99"
_NATIVE = (ExplicitVRLittleEndian, "1.2.840.10008.1.2", _DEFLATED)


def save_image(
    pixels: NDArray[np.uint16],
    header: Header,
    path: Path,
    *,
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> str:
    """Write one mammogram as a DICOM file; a half-written file is never seen.

    Parameters
    ----------
    pixels : uint16, (rows, columns)
        For processing: counts, linear in X-ray intensity, air largest; the largest
        value that the bits can hold means saturated, and reads as air. For
        presentation: bright is dense; 0 is background.
    header
        What the file says.
    path
        Where; an old file there is replaced.
    transfer_syntax
        UID: little endian (explicit, implicit, deflated), or one that pydicom can
        encode (RLE, JPEG-LS, JPEG 2000 lossless).

    Returns
    -------
    str
        The SOP Instance UID.

    Raises
    ------
    InvalidValue
        If the pixels do not fit the header.
    """
    dataset = image_dataset(pixels, header)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if transfer_syntax not in _NATIVE:
        dataset.compress(transfer_syntax, generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    written(dataset, path)
    return header.instance


def written(dataset: Dataset, path: Path) -> None:
    """Write a dataset; a half-written file is never seen, an old one is replaced."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            dataset.save_as(file, enforce_file_format=True)
        # A temporary file is private; the result gets the rights of any new file.
        mask = os.umask(0)
        os.umask(mask)
        Path(aside).chmod(0o666 & ~mask)
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)


def image_dataset(pixels: NDArray[np.uint16], header: Header) -> Dataset:
    """Return the mammogram as a pydicom dataset, uncompressed."""
    array = np.asarray(pixels)
    wanted = (header.exposure.rows, header.exposure.columns)
    if array.shape != wanted or array.dtype != np.uint16:
        raise InvalidValue(
            f"pixels must be uint16 of {wanted}, got {array.dtype} of {array.shape}"
        )
    if int(array.max()) >= 1 << header.bits:
        raise InvalidValue(
            f"pixels must be < {1 << header.bits} ({header.bits} bits), "
            f"got {int(array.max())}"
        )
    dataset = Dataset()
    for write in modules.ALL:
        dataset.update(write(header))
    return finished(dataset, SOP_CLASSES[header.intent], header.instance, array)


def finished(
    dataset: Dataset, sop_class: str, instance: str, pixels: NDArray[np.uint16]
) -> Dataset:
    """Return the dataset with its identity, its pixels and its file meta header."""
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = instance
    dataset.PixelData = pixels.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = instance
    meta.ImplementationClassUID = derived_uid("galactograph")
    meta.ImplementationVersionName = "GALACTOGRAPH"
    dataset.file_meta = meta
    return dataset
