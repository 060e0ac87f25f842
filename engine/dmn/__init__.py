"""Decision models: DMN 1.1 to 1.5 read from XML, evaluated with FEEL, analysed for gaps and overlaps."""

from engine.dmn.evaluation import DecisionResult
from engine.dmn.model import DecisionModel
from engine.dmn.reader import parse_dmn
from engine.dmn.table import DecisionTable, TableTrace

__all__ = ["DecisionModel", "DecisionResult", "DecisionTable", "TableTrace", "parse_dmn"]
