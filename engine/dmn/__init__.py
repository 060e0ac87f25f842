"""Decision models: DMN 1.1 to 1.5 read from XML, evaluated with FEEL, analysed for gaps and overlaps."""

from engine.dmn.analysis import Finding, analyse
from engine.dmn.evaluation import DecisionResult
from engine.dmn.model import DecisionModel
from engine.dmn.reader import parse_dmn
from engine.dmn.table import DecisionTable, TableTrace
from engine.dmn.view import TableView, view_of

__all__ = [
    "DecisionModel",
    "DecisionResult",
    "DecisionTable",
    "Finding",
    "TableTrace",
    "TableView",
    "analyse",
    "parse_dmn",
    "view_of",
]
