"""The layouts data is exchanged in: fields and rules as versioned data, and what is wrong with a record."""

from workflows.standards.checks import check_record
from workflows.standards.findings import Finding, errors_of
from workflows.standards.layouts import Field, Layout, layout, layout_keys
from workflows.standards.values import as_row, parsed, plain

__all__ = [
    "Field", "Finding", "Layout", "as_row", "check_record", "errors_of", "layout", "layout_keys", "parsed", "plain",
]  # fmt: skip
