"""Puts the numbers and the words of a bulletin together: what the Word template is filled with."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from workflows.bulletins.lists import LISTS
from workflows.directory import all_units
from workflows.performance.catalogue import kpis_on
from workflows.performance.periods import title_of
from workflows.uow import UnitOfWork

LETTER = "work_bulletin"
_ANNEX = 4  # indicators in the table of units, the heaviest first
_MOST_BARS = 15
Figures = Sequence[Row[Any]]


def percent(value: float | None) -> str:
    """Return a rate as bulletins print it."""
    return "—" if value is None else f"{value * 100:.1f}%"


def number(value: float | None) -> str:
    """Return a count as bulletins print it."""
    return "—" if value is None else f"{value:g}"


def content(uow: UnitOfWork, row: Row[Any], figures: Figures) -> dict[str, Any]:
    """Return the data of the bulletin's letter."""
    names = {one.code: one.short_name for one in all_units(uow)}
    kinds = {one.code: one.kind for one in kpis_on(uow, row.begins_on)}
    late = _late(figures, names)
    return {
        "receiver": "各科室、单位，各区（市）局", "period": title_of(row.period), "words": row.words,
        "kpis": [_indicator(one, kinds.get(one.code, "rate")) for one in _of(figures, "kpi", None) if one.denominator],
        "late": late, "letters": [_count(one) for one in _of(figures, "letters", None)],
        "inaction": [_count(one) for one in _of(figures, "inaction", None)],
        "letters_by_unit": _letters_by_unit(figures, names), "annex": _annex(uow, row, figures, names),
        "charts": [_chart_of_kpis(figures), _chart_of_late(late)],
    }  # fmt: skip


def _of(figures: Figures, section: str, unit: str | None) -> list[Row[Any]]:
    return [one for one in figures if one.section == section and one.unit == unit]


def _indicator(one: Row[Any], kind: str) -> dict[str, str]:
    shown = percent if kind == "rate" else number
    change = None if one.rate is None or one.previous is None else one.rate - one.previous
    moved = "—" if change is None else f"{change * 100:+.1f}百分点" if kind == "rate" else f"{change:+.1f}"
    return {
        "code": one.code, "name": one.name, "numerator": number(one.numerator), "denominator": number(one.denominator),
        "rate": shown(one.rate), "previous": shown(one.previous), "change": moved,
    }  # fmt: skip


def _count(one: Row[Any]) -> dict[str, str]:
    return {
        "code": one.code, "name": LISTS[one.code], "count": number(one.numerator), "previous": number(one.previous),
    }  # fmt: skip


def _late(figures: Figures, names: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the units with anything late, most first, and the sum as the last line."""
    open_of = {one.unit: one.numerator for one in figures if (one.section, one.code) == ("late", "open")}
    found = [one for one in figures if (one.section, one.code) == ("late", "late")]
    units = sorted((one for one in found if one.unit and one.numerator), key=lambda one: (-one.numerator, one.unit))
    return [
        {
            "unit": names.get(one.unit, one.unit) if one.unit else "合计", "count": number(one.numerator),
            "open": number(open_of.get(one.unit, 0)), "previous": number(one.previous),
            "reasons": "，".join(f"{why['reason']} {why['count']}" for why in one.reasons),
        }
        for one in (*units, *(one for one in found if one.unit is None))
    ]  # fmt: skip


def _letters_by_unit(figures: Figures, names: Mapping[str, str]) -> list[dict[str, str]]:
    found: dict[str, list[str]] = {}
    for one in figures:
        if one.section in ("letters", "inaction") and one.unit and one.numerator:
            found.setdefault(one.unit, []).append(f"{LISTS[one.code]} {number(one.numerator)}")
    return [{"unit": names.get(unit, unit), "text": "，".join(found[unit])} for unit in sorted(found)]


def _annex(uow: UnitOfWork, row: Row[Any], figures: Figures, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the heaviest indicators of each unit that has any; nobody is ranked: units stand by their code."""
    rates = sorted((one for one in kpis_on(uow, row.begins_on) if one.kind == "rate"), key=lambda one: -one.weight)
    chosen = rates[:_ANNEX]
    by_unit: dict[str, dict[str, Row[Any]]] = {}
    for one in figures:
        if one.section == "kpi" and one.unit:
            by_unit.setdefault(one.unit, {})[one.code] = one
    lines = [
        {"unit": names.get(unit, unit), "cells": [_cell(mine.get(kpi.code)) for kpi in chosen]}
        for unit, mine in sorted(by_unit.items()) if any(kpi.code in mine for kpi in chosen)
    ]  # fmt: skip
    return {"names": [kpi.name for kpi in chosen], "lines": lines}


def _cell(one: Row[Any] | None) -> str:
    return "—" if one is None else f"{number(one.numerator)}/{number(one.denominator)}（{percent(one.rate)}）"


def _chart_of_kpis(figures: Figures) -> dict[str, Any]:
    rates = [one for one in _of(figures, "kpi", None) if one.denominator and 0 <= (one.rate or 0) <= 1]
    compared = [one for one in rates if one.previous is not None]
    shown = (compared or rates)[:_MOST_BARS]
    series = [{"name": "本期", "values": [one.rate or 0 for one in shown]}]
    series += [{"name": "上期", "values": [one.previous for one in shown]}] if compared else []
    return {"key": "kpi", "title": "主要指标与上期比较", "categories": [one.name for one in shown], "series": series,
            "is_share": True, "is_level": True}  # fmt: skip


def _chart_of_late(late: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    shown = late[:-1][:_MOST_BARS]
    series = [
        {"name": "本期逾期", "values": [float(one["count"]) for one in shown]},
        {"name": "其中仍未办结", "values": [float(one["open"]) for one in shown]},
    ]
    return {"key": "late", "title": "各单位逾期", "categories": [one["unit"] for one in shown], "series": series,
            "is_share": False, "is_level": True}  # fmt: skip
