"""Checks the catalogue through time: each item has one owner every day, and all it names exists (zz2020/1.2).

Days between which nothing changes are looked at once; what is found on neighbouring days and in several areas is
told once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflows.catalogue.facts import Facts, Row, is_in_force
from workflows.catalogue.fields import KINDS, LABELS
from workflows.working_days import ONE_DAY

RULES: Mapping[str, tuple[str, str]] = {
    "owner-gap": ("没有责任单位", "在事项页提出调整，指定监管主体和生效日期"),
    "owner-overlap": ("同时有两个责任规定", "结束其中一个责任规定，每天只能有一个责任单位"),
    "owner-unknown": ("责任单位不存在", "提出调整，改为现有单位；或由系统管理员补充单位数据"),
    "owner-twice": ("同一单位重复列入", "提出调整，删去重复的监管主体"),
    "area-unknown": ("责任规定的区划不存在", "由系统管理员核对区划代码"),
    "approving-missing": ("没有审批机关", "提出调整，指明审批机关；确无审批的，事项类型应为“行政检查”"),
    "approving-unknown": ("审批机关不存在或不是审批部门", "提出调整，改为现有的审批局"),
    "process-unknown": ("没有能承办的流程", "提出调整，选择已部署的流程；或由系统管理员部署流程图"),
    "process-unfit": (
        "承办流程不承接审批决定", "提出调整，改为承接审批决定的流程；只检查、不审批的，事项类型应为“行政检查”",
    ),
    "check-missing": ("没有检查实施清单", "提出调整，至少填写一个检查项"),
    "check-double": ("检查项编码重复", "提出调整，为检查项另编编码"),
    "limit-unknown": ("专门时限的名称不存在", "核对时限名称，或在时限数据中增加"),
    "receiver-unknown": ("抄送对象不存在", "提出调整，改为现有单位；或由系统管理员补充单位数据"),
    "copy-differs": (
        "抄送对象与抄送规则表不一致", "提出调整，使抄送对象与规则表相同；规则表有误的，由系统管理员更新并部署",
    ),
    "clause-unknown": ("对应条款不存在", "核对条款编号，或在条款数据中增加"),
    "part-missing": ("要素不完整", "提出调整，补齐所列要素"),
    "key-mode": ("重点事项没有列入重点监管方式", "提出调整，在监管方式中加上“重点”"),
    "version-gap": ("两个版本之间有空档", "由系统管理员核对版本的生效日期"),
    "version-overlap": ("同时有两个版本有效", "由系统管理员核对版本的生效日期"),
    "name-double": ("与其他事项同名", "提出调整，使事项名称和其他系统名称各不相同，否则办件无法归口"),
}  # fmt: skip
_NEEDED = ("name", "object", "measure", "basis", "handling", "modes", "frequency")
_NO_APPROVAL = "检查"
_KEY_MODE = "重点"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: of which item, on which days (both included), in which areas, and what to do."""

    item_code: str
    item_name: str
    rule: str
    detail: str
    areas: tuple[str, ...]
    first_day: date
    last_day: date

    @property
    def title(self) -> str:
        """What is wrong."""
        return RULES[self.rule][0]

    @property
    def remedy(self) -> str:
        """What to do."""
        return RULES[self.rule][1]


@dataclass(frozen=True, slots=True)
class _Fault:
    rule: str
    detail: str = ""
    area: str = ""


def check(facts: Facts, first: date, last: date) -> tuple[Finding, ...]:
    """Return everything that is wrong on any day from *first* to *last*, both included."""
    found: list[Finding] = []
    for code in sorted({row["code"] for row in facts.items}):
        versions = [row for row in facts.items if row["code"] == code]
        found += _merged(code, versions[-1]["name"], facts, versions, (first, last))
    return tuple(found)


def _merged(
    code: str, name: str, facts: Facts, versions: list[Row], days: tuple[date, date]
) -> Iterator[Finding]:  # fmt: skip
    """Put the faults of neighbouring days and of several areas together."""
    spans: dict[_Fault, list[list[date]]] = {}
    for begin, end in _spans(code, facts, days):
        for fault in dict.fromkeys(_faults(code, facts, versions, begin)):
            known = spans.setdefault(fault, [])
            if known and known[-1][1] + ONE_DAY == begin:
                known[-1][1] = end
            else:
                known.append([begin, end])
    together: dict[tuple[str, str, date, date], list[str]] = {}
    for fault, parts in spans.items():
        for begin, end in parts:
            together.setdefault((fault.rule, fault.detail, begin, end), []).append(fault.area)
    for (rule, detail, begin, end), areas in sorted(together.items()):
        yield Finding(code, name, rule, detail, tuple(area for area in areas if area), begin, end)


def _spans(code: str, facts: Facts, days: tuple[date, date]) -> Iterator[tuple[date, date]]:
    """Yield the stretches of days within which nothing that matters to an item changes."""
    first, last = days
    rows = [*facts.items, *(row for row in facts.owners if row["item_code"] == code), *facts.units.values()]
    marks = {row[name] for row in rows for name in ("valid_from", "valid_to") if row[name] is not None}
    begins = sorted({first, *(mark for mark in marks if first < mark <= last)})
    for begin, following in zip(begins, [*begins[1:], last + ONE_DAY], strict=True):
        yield begin, following - ONE_DAY


def _faults(code: str, facts: Facts, versions: list[Row], on: date) -> Iterator[_Fault]:
    held = [row for row in versions if is_in_force(row, on)]
    if len(held) > 1:
        yield _Fault("version-overlap", "、".join(f"第 {row['version']} 版" for row in held))
    if not held:
        if any(row["valid_from"] <= on for row in versions) and any(row["valid_from"] > on for row in versions):
            yield _Fault("version-gap")
        return
    for rule in _ITEM_RULES:
        yield from rule(held[-1], facts, on)
    for row in facts.owners:
        if row["item_code"] == code and is_in_force(row, on) and row["area"] not in (*facts.areas, "*"):
            yield _Fault("area-unknown", row["area"])
    for area in facts.areas:
        yield from _owner_faults(held[-1], facts, area, on)


def _owner_faults(row: Row, facts: Facts, area: str, on: date) -> Iterator[_Fault]:
    rules = facts.owners_in(row["code"], area, on)
    if len(rules) > 1:
        yield _Fault("owner-overlap", "；".join(_named(facts, rule) for rule in rules), area)
    if not rules or not rules[-1]["supervising_units"]:
        yield _Fault("owner-gap", "", area)
        return
    units = rules[-1]["supervising_units"]
    if len(set(units)) < len(units):
        yield _Fault("owner-twice", "", area)
    faults = [fault for fault in (facts.unit_fault(code, area, on) for code in units) if fault]
    for fault in dict.fromkeys(faults):
        yield _Fault("owner-unknown", fault, area)
    if row["type"] != _NO_APPROVAL:
        yield from _approval_faults(rules[-1]["approving_unit"], facts, area, on)


def _approval_faults(code: str | None, facts: Facts, area: str, on: date) -> Iterator[_Fault]:
    if not code:
        yield _Fault("approving-missing", "", area)
    elif fault := facts.unit_fault(code, area, on):
        yield _Fault("approving-unknown", fault, area)
    elif facts.units[code]["kind"] != "approval":
        yield _Fault("approving-unknown", f"“{facts.units[code]['short_name']}”不是审批部门", area)


def _named(facts: Facts, rule: Row) -> str:
    units = rule["supervising_units"]
    return "、".join(facts.units[code]["short_name"] if code in facts.units else code for code in units)


def _process(row: Row, facts: Facts, _on: date) -> Iterator[_Fault]:
    if row["process"] not in facts.processes:
        yield _Fault("process-unknown", row["process"] or "未填写")
    elif row["type"] != _NO_APPROVAL and row["process"] not in facts.deciding:
        yield _Fault("process-unfit", row["process"])


def _checks(row: Row, facts: Facts, on: date) -> Iterator[_Fault]:
    if not row["checks"]:
        yield _Fault("check-missing")
    others = [one for one in facts.items if is_in_force(one, on) and one["code"] != row["code"]]
    taken = {check["code"] for one in others for check in one["checks"]}
    own = [check["code"] for check in row["checks"]]
    for code in dict.fromkeys(code for code in own if code in taken or own.count(code) > 1):
        yield _Fault("check-double", code)


def _limits(row: Row, facts: Facts, _on: date) -> Iterator[_Fault]:
    for name in row["limits"]:
        if name not in facts.limits:
            yield _Fault("limit-unknown", name)


def _clauses(row: Row, facts: Facts, _on: date) -> Iterator[_Fault]:
    for name in row["clauses"]:
        if name not in facts.clauses:
            yield _Fault("clause-unknown", name)


def _receivers(row: Row, facts: Facts, on: date) -> Iterator[_Fault]:
    for area in facts.areas:
        if area != facts.city_area:
            faults = [fault for fault in (facts.unit_fault(code, area, on) for code in row["copy_receivers"]) if fault]
            yield from (_Fault("receiver-unknown", fault, area) for fault in dict.fromkeys(faults))


def _copies(row: Row, facts: Facts, on: date) -> Iterator[_Fault]:
    """Compare the item's receivers with those of the table that really sends the copies."""
    listed = {kind for kind in (facts.kind_of(code) for code in row["copy_receivers"]) if kind}
    for area in facts.areas:
        sent = facts.copied_to(row["process"], row["category"], area) if area != facts.city_area else None
        if sent is not None and sent != listed:
            yield _Fault("copy-differs", f"规则表：{_kinds(sent)}；清单：{_kinds(listed)}", area)


def _kinds(kinds: Iterable[str]) -> str:
    return "、".join(sorted(KINDS.get(kind, kind) for kind in kinds)) or "不抄送"


def _parts(row: Row, _facts: Facts, _on: date) -> Iterator[_Fault]:
    missing = [LABELS[key] for key in _NEEDED if not row[key]]
    if missing:
        yield _Fault("part-missing", "、".join(missing))
    if row["is_key"] and _KEY_MODE not in row["modes"]:
        yield _Fault("key-mode")


def _names(row: Row, facts: Facts, on: date) -> Iterator[_Fault]:
    own = {row["name"], *row["aliases"]}
    for one in facts.items:
        shared = own & {one["name"], *one["aliases"]} if one["code"] != row["code"] and is_in_force(one, on) else set()
        if shared:
            yield _Fault("name-double", f"{one['code']}（{'、'.join(sorted(shared))}）")


_ITEM_RULES: tuple[Callable[[Row, Facts, date], Iterator[_Fault]], ...] = (
    _process, _checks, _limits, _clauses, _receivers, _copies, _parts, _names,
)  # fmt: skip


def as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON."""
    return {
        "item_code": finding.item_code, "item_name": finding.item_name, "rule": finding.rule, "title": finding.title,
        "detail": finding.detail, "areas": list(finding.areas), "first_day": finding.first_day,
        "last_day": finding.last_day, "remedy": finding.remedy,
    }  # fmt: skip
