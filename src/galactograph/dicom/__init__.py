"""DICOM files in and out; pydicom lives only here."""
