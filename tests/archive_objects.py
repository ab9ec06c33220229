"""A study of small real-looking objects, as files."""

from __future__ import annotations

import warnings
from pathlib import Path

import pydicom

from mammograms import Maker

STUDY = "2.25.4711"
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
ENCODINGS = (EXPLICIT, "1.2.840.10008.1.2", JPEG_LS, JPEG_2000)


def study_files(
    folder: Path,
    count: int = 4,
    *,
    study: str = STUDY,
    encodings: tuple[str, ...] = (EXPLICIT,),
    name: str = "Müller^Änne",
) -> list[Path]:
    """Write a study of `count` mammograms in two series; encodings take turns."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Maker(folder).raw("template.dcm")
    files = []
    for number in range(count):
        dataset = pydicom.dcmread(made)
        encoding = encodings[number % len(encodings)]
        uid = f"{study}.{number % 2}.{number}"
        dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.StudyInstanceUID = study
        dataset.SeriesInstanceUID = f"{study}.{number % 2}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
        dataset.PatientName, dataset.PatientID = name, "P-1"
        dataset.StudyDate, dataset.AccessionNumber = "20260305", "A77"
        dataset.InstanceNumber = number
        if encoding in (JPEG_LS, JPEG_2000):
            dataset.compress(encoding, generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = encoding
        path = folder / f"{number}.dcm"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset.save_as(path, implicit_vr=encoding == "1.2.840.10008.1.2")
        files.append(path)
    made.unlink()
    return files


def uids(files: list[Path]) -> list[str]:
    """Return the UIDs of files."""
    return [str(pydicom.dcmread(one).SOPInstanceUID) for one in files]


def same(one: Path, other: Path) -> bool:
    """Tell whether two files hold the same attributes and the same pixels."""
    a, b = pydicom.dcmread(one), pydicom.dcmread(other)
    pixels = (a.pixel_array == b.pixel_array).all()
    for dataset in (a, b):
        del dataset.PixelData
        # What an archive may add or drop: padding and lengths of groups.
        dataset.remove_private_tags()
    return bool(pixels) and a.to_json_dict() == b.to_json_dict()
