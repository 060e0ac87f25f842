"""Renders the small part of Helm's templates that the chart uses; whatever else stands in them is refused."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")
_IF = re.compile(r"^\{\{- if (\.[\w.]+) \}\}\n(.*?)^\{\{- end \}\}\n", re.DOTALL | re.MULTILINE)
_YAML = re.compile(r"\n[ ]*\{\{- toYaml (\.[\w.]+) \| nindent (\d+) \}\}")


class NotUnderstood(Exception):
    """A template uses more of Helm than this reads."""


def values_of(chart: Path, **changes: Any) -> dict[str, Any]:
    """Return what templates may name, with some values changed (``ingress__enabled=True``)."""
    values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    for name, value in changes.items():
        *path, last = name.split("__")
        place = values
        for part in path:
            place = place[part]
        place[last] = value
    about = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    return {"Values": values, "Release": {"Name": "city"}, "Chart": {"AppVersion": about["appVersion"]}}


def _at(names: Mapping[str, Any], path: str) -> Any:
    found: Any = names
    for part in path.strip(".").split("."):
        if part not in found:
            raise NotUnderstood(path)
        found = found[part]
    return found


def rendered(chart: Path, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the objects of each template."""
    names = values_of(chart, **changes)
    return {
        path.name: [one for one in yaml.safe_load_all(_text(path.read_text(encoding="utf-8"), names)) if one]
        for path in sorted((chart / "templates").glob("*.yaml"))
    }


def _text(template: str, names: Mapping[str, Any]) -> str:
    template = _IF.sub(lambda found: found[2] if _at(names, found[1]) else "", template)

    def block(found: re.Match[str]) -> str:
        lines = yaml.safe_dump(_at(names, found[1])).rstrip().splitlines()
        return "".join("\n" + " " * int(found[2]) + line for line in lines)

    def value(found: re.Match[str]) -> str:
        path, *filters = [part.strip() for part in found[1].split("|")]
        if not path.startswith(".") or any(one != "quote" for one in filters):
            raise NotUnderstood(found[0])
        text = str(_at(names, path))
        return '"' + text.replace('"', '\\"') + '"' if filters else text

    return _ACTION.sub(value, _YAML.sub(block, template))
