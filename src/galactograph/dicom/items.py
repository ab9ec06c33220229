"""Small pieces of a DICOM dataset, made so that a slip cannot pass in silence."""

from __future__ import annotations

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from galactograph.errors import InvalidValue
from galactograph.values.codes import Code


def filled(**values: object) -> Dataset:
    """Return a dataset; a misspelt keyword is an error, which pydicom lets pass."""
    dataset = Dataset()
    for keyword, value in values.items():
        if tag_for_keyword(keyword) is None:
            raise InvalidValue(f"{keyword} is not a DICOM keyword")
        setattr(dataset, keyword, value)
    return dataset


def coded(code: Code, **more: object) -> Dataset:
    """Return a coded concept as the item of a code sequence."""
    return filled(
        CodeValue=code.value,
        CodingSchemeDesignator=code.scheme,
        CodeMeaning=code.meaning,
        **more,
    )


def decimal(number: float) -> str:
    """Return a number as DICOM DS: at most 16 characters."""
    return f"{number:.10g}"
