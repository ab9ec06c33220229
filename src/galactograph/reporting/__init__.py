"""Reports for people and programs: document, table, page, summary."""

from galactograph.reporting.document import reading_document
from galactograph.reporting.folder import FolderInUse, whole_folder
from galactograph.reporting.page import report_page
from galactograph.reporting.summary import text_summary
from galactograph.reporting.table import branches_table
from galactograph.reporting.writing import fill, write_report

__all__ = [
    "FolderInUse",
    "branches_table",
    "fill",
    "reading_document",
    "report_page",
    "text_summary",
    "whole_folder",
    "write_report",
]
