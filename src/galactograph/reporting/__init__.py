"""Reports for people and programs: document, table, page, summary."""

from galactograph.reporting.account import Account, Chapter, Fact
from galactograph.reporting.contradictions import (
    Contradiction,
    contradictions,
    contradictions_in,
)
from galactograph.reporting.dictation import account_json, dictation
from galactograph.reporting.document import reading_document
from galactograph.reporting.folder import FolderInUse, whole_folder
from galactograph.reporting.page import report_page
from galactograph.reporting.paper import report_pdf, surgeon_pdf
from galactograph.reporting.summary import text_summary
from galactograph.reporting.table import branches_table
from galactograph.reporting.telling import tell
from galactograph.reporting.trees import trees_table
from galactograph.reporting.writing import fill, write_report

__all__ = [
    "Account",
    "Chapter",
    "Contradiction",
    "Fact",
    "FolderInUse",
    "account_json",
    "branches_table",
    "contradictions",
    "contradictions_in",
    "dictation",
    "fill",
    "reading_document",
    "report_page",
    "report_pdf",
    "surgeon_pdf",
    "tell",
    "text_summary",
    "trees_table",
    "whole_folder",
    "write_report",
]
