"""The form of a proposal: filled from an item, and read back into the parts that change."""

from collections.abc import Mapping, Sequence
from typing import Any

from workflows import errors
from workflows.catalogue.cells import CellInvalid, Lookup, read_cell, read_checks
from workflows.catalogue.fields import EMPTY, LABELS, check_text
from workflows.directory import Unit
from workflows.items import DISTRICT

_LINES = ("clauses", "permits", "aliases")
_PLAIN = (
    "main_code", "category", "name", "type", "object", "object_type", "measure", "basis", "handling", "frequency",
    "level", "process",
)  # fmt: skip


def filled(contents: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the form shows for an item, or for a new one."""
    given = {**EMPTY, **(contents or {})}
    units = given["supervising_units"]
    return {
        **{key: given[key] for key in _PLAIN}, **{key: "\n".join(given[key]) for key in _LINES},
        "approving_unit": given["approving_unit"], "modes": given["modes"], "is_key": given["is_key"],
        "lead_unit": units[0] if units else None, "other_units": units[1:], "copy_receivers": given["copy_receivers"],
        "limits": "\n".join(f"{name}={length}" for name, length in sorted(given["limits"].items())),
        "checks": "\n".join(check_text(check) for check in given["checks"]),
    }  # fmt: skip


def contents_of_answers(answers: Mapping[str, Any], present: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the parts that the answers give an item, those with several values in the order they already have.

    Raises:
        FormInvalid: ``errors`` names each field and the remedy.
    """
    found: dict[str, Any] = {key: answers[key] for key in _PLAIN}
    faults: list[dict[str, str]] = []
    for key in (*_LINES, "limits", "checks"):
        try:
            text = str(answers.get(key) or "")
            found[key] = read_checks(text) if key == "checks" else read_cell(key, text, Lookup({}, {}))
        except CellInvalid as exc:
            faults.append({"field": key, "message": f"{LABELS[key]}：{exc}"})
    if faults:
        raise errors.FormInvalid(errors=faults)
    others = [code for code in answers.get("other_units") or () if code != answers["lead_unit"]]
    known = {**EMPTY, **(present or {})}
    units = [answers["lead_unit"], *_as_before(others, known["supervising_units"])]
    return {
        **found, "is_key": bool(answers.get("is_key")), "approving_unit": answers.get("approving_unit") or None,
        "supervising_units": units, "modes": _as_before(answers.get("modes") or (), known["modes"]),
        "copy_receivers": _as_before(answers.get("copy_receivers") or (), known["copy_receivers"]),
    }  # fmt: skip


def _as_before(chosen: Sequence[str], known: Sequence[str]) -> list[str]:
    return [*(one for one in known if one in chosen), *(one for one in chosen if one not in known)]


def choices(units: Sequence[Unit], processes: Mapping[str, str], divisions: Mapping[str, str]) -> dict[str, Any]:
    """Return the lists the form chooses from."""
    owners = [{"value": one.code, "label": one.short_name} for one in units if one.kind == "natural_resources"]
    district = {"value": DISTRICT, "label": "项目所在区（市）自然资源局"}
    receivers = [
        {"value": "{urban_management}", "label": "项目所在区（市）城管（综合行政执法）部门"},
        {"value": "{town}", "label": "项目所在镇政府（街道）"},
        *({"value": one.code, "label": one.short_name} for one in units
          if one.kind == "urban_management" and one.level == "city"),
    ]  # fmt: skip
    return {
        "owners": [district, *owners], "receivers": receivers,
        "processes": [{"value": key, "label": title} for key, title in processes.items()],
        "places": [{"value": code, "label": name} for code, name in divisions.items()],
    }  # fmt: skip
