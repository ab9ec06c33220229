"""The report on paper: PDF by typst, the same bytes for the same report."""

from galactograph.reporting.paper.printing import report_pdf, surgeon_pdf

__all__ = ["report_pdf", "surgeon_pdf"]
