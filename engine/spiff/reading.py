"""Reads the files of a deployment or bundle: diagrams into processes, decision tables into models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import dmn
from engine.errors import DefinitionInvalid, ExpressionInvalid
from engine.spiff.diagram import STANDARD, Dialect, Process
from engine.spiff.model import Resource
from engine.spiff.parser import parse_diagram
from engine.xml_safety import parse_xml

Finding = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Files:
    """What was read, and the faults found while reading."""

    processes: tuple[Process, ...]
    decisions: Mapping[str, dmn.DecisionModel]
    findings: tuple[Finding, ...]


def read_files(resources: Sequence[Resource], dialect: Dialect = STANDARD) -> Files:
    """Read every ``.bpmn`` and ``.dmn`` file; other files are left alone."""
    processes: list[Process] = []
    decisions: dict[str, dmn.DecisionModel] = {}
    findings: list[Finding] = []
    for resource in resources:
        try:
            if resource.name.endswith((".bpmn", ".bpmn20.xml")):
                processes.extend(parse_diagram(resource.content, resource.name, dialect))
            elif resource.name.endswith(".dmn"):
                decisions |= _decisions(resource)
        except DefinitionInvalid as exc:
            findings.extend(_findings(exc))
        except (ExpressionInvalid, ValueError) as exc:
            findings.append(finding(resource.name, "", "unreadable", str(exc), "请检查文件内容"))
    return Files(tuple(processes), decisions, tuple(findings))


def _decisions(resource: Resource) -> dict[str, dmn.DecisionModel]:
    model = dmn.parse_dmn(resource.content, resource.name)
    root = parse_xml(resource.content, resource.name)
    return {element.get("id", ""): model for element in root if str(element.tag).endswith("}decision")}


def _findings(exc: DefinitionInvalid) -> list[Finding]:
    found = exc.facts.get("findings")
    return list(found) if isinstance(found, list | tuple) else []


def finding(file: str, element: str, rule: str, message: str, remedy: str) -> Finding:
    """Return one fault as deployment reports it; message and remedy are Chinese."""
    return {"file": file, "element": element, "rule": rule, "message": message, "remedy": remedy}
