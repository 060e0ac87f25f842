"""The future, the present and the past of a case as lines of its timeline: who has it, what comes and when."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from web.diagrams.narrative import TextStep
from web.times import deadline, short
from workflows.desk.ahead import Holder
from workflows.desk.forecast import Forecast
from workflows.desk.timeline import TimelineEntry

BRANCHINGS = ("判断", "并行", "复杂判断", "等待先到")
AUTOMATIC = ("按规则判断", "系统登记")
FEW = 4  # tasks of one step that are told one by one
NEAR = 3  # branchings that are looked through to find the next step
_UNSURE: Mapping[str, str] = {
    "late": "已超期，办完即到", "paused": "恢复计时后", "unknown": "同类样本不足，不作预测",
}  # fmt: skip


def lines_ahead(
    holders: Sequence[Holder], steps: Sequence[TextStep], forecasts: Mapping[UUID, Forecast], units: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what comes next (the latest first, as the timeline runs), then who has the case now."""
    lines: list[dict[str, Any]] = []
    known = {step.element_id: step for step in steps}
    for holder in holders:
        when = _when(forecasts.get(holder.task_id))
        for place, name in _next_of(known.get(holder.element_id), known, NEAR):
            line = {"when": when, "title": name, "detail": f"{place}“{holder.step}”之后", "expected": True}
            if all(line["title"] != one["title"] for one in lines):
                lines.append(line)
    return [*reversed(lines), *_present(holders, forecasts, units)]


def _present(
    holders: Sequence[Holder], forecasts: Mapping[UUID, Forecast], units: Mapping[str, str]
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield who has the case: a line for each task, one for all of a step that many have at once."""
    steps: dict[str, list[Holder]] = {}
    for holder in holders:
        steps.setdefault(holder.element_id, []).append(holder)
    for some in steps.values():
        if len(some) <= FEW:
            yield from (_now(one, forecasts.get(one.task_id), units) for one in some)
        else:
            names = [one.person or "、".join(units.get(code, code) for code in one.units) for one in some[:FEW]]
            detail = f"{len(some)} 件同时在办：{'、'.join(names)} 等，最早的自 {short(some[0].since)} 起"
            yield {"when": "现在", "title": some[0].step, "detail": detail, "kind": "", "now": True}


def lines_past(entries: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    """Return what happened, the latest first; what the system did in one go is one line."""
    lines: list[dict[str, Any]] = []
    for (is_automatic, when), some in groupby(reversed(entries), lambda one: (one.what in AUTOMATIC, short(one.at))):
        found = list(some)
        if is_automatic and len(found) > 1:
            steps = "、".join(
                dict.fromkeys(one.step.rstrip("？?") for one in reversed(found) if one.step and not one.step.isascii())
            )
            lines.append({"when": when, "title": steps, "detail": "系统自动办理", "kind": "grey"})
        else:
            lines += [_past(one) for one in found]
    return lines


def _past(entry: TimelineEntry) -> dict[str, Any]:
    kinds = {"timer-fired": "yellow", "task-completed": "done"}
    return {
        "when": short(entry.at), "title": f"{entry.step} {entry.what}".strip(),
        "detail": " · ".join(part for part in (entry.person, entry.note) if part),
        "kind": kinds.get(entry.kind, "grey"),
    }  # fmt: skip


def _when(forecast: Forecast | None) -> str:
    if forecast is None:
        return "无时限，不作预测"
    if forecast.expected_at is not None and forecast.state == "running":
        return f"{deadline(forecast.expected_at)} 前后"
    return _UNSURE.get(forecast.state, "历史记录未及")


def _now(holder: Holder, forecast: Forecast | None, units: Mapping[str, str]) -> dict[str, Any]:
    offices = "、".join([*(units.get(code, code) for code in holder.units), *holder.people])
    whose = f"由 {holder.person} 办理" if holder.person else f"待签收：{offices or '尚未指定'}"
    detail = [whose, f"自 {short(holder.since)} 起"]
    detail += [f"{deadline(holder.due_at)} 到期"] if holder.due_at else []
    if forecast is not None and forecast.expected_at is not None and forecast.state == "running":
        detail.append(f"预计 {deadline(forecast.expected_at)} 前后办完（同类 {forecast.sample} 件的中位数）")
    kind = "red" if forecast is not None and forecast.state == "late" else ""
    return {"when": "现在", "title": holder.step, "detail": "，".join(detail), "kind": kind, "now": True}


def _next_of(step: TextStep | None, known: Mapping[str, TextStep], deep: int) -> Iterator[tuple[str, str]]:
    """Yield the steps that may follow, looking through branchings; the first word says whether one is certain."""
    if step is None:
        return
    word = "可能，" if len(step.next_steps) > 1 else ""
    for following in step.next_steps:
        one = known.get(following.element_id)
        if one is not None and one.kind.startswith(BRANCHINGS) and deep:
            yield from ((word or other, name) for other, name in _next_of(one, known, deep - 1))
        elif following.name:
            yield word, following.name
