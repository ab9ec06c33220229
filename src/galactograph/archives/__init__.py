"""Archives: a folder, a PACS by DICOM's own protocol, or by DICOMweb.

All have one shape, `galactograph.plugins.Archive`; `open_archive` opens one by its URL.
"""

from galactograph.archives.opening import open_archive

__all__ = ["open_archive"]
