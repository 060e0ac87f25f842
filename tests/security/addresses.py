"""Addresses to try: every route that is read, with the ids of things that are there."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from tests.security.owners import Case, Owners, Thing
from workflows.policy import Actor

NOBODYS = "0199c6a0-0000-7000-8000-00000000dead"
# what the numbers of the cases of each part begin with; a page of all cases is asked for some of them
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "penalties": ("CF",), "coercions": ("QZ",), "complaints": ("TS",), "alerts": ("YJ", "GP/YJ"),
    "key_areas": ("ZD", "ZX"), "catalogue_changes": ("QD",), "random_checks": ("SJ", "SJH"), "reconciliation": ("DC",),
    "oversight": ("JD", "YT", "TP"), "bulletins": ("TB",), "delegations": ("BG",),
}  # fmt: skip
EXAMPLES = ("SG", "ZS", "CF", "TS")
_ANY = re.compile(r"<any\(([^)]*)\):(\w+)>")
_PART = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


def read_rules(app: Flask) -> list[Rule]:
    """Return the routes that only read, without files of the program itself."""
    static = ("static", "field.asset")
    return sorted(
        (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint not in static),
        key=lambda rule: rule.rule,
    )


def write_rules(app: Flask) -> list[tuple[str, Rule]]:
    """Return the routes that change something, each with its method."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
    ]
    return sorted(found, key=lambda one: (one[1].rule, one[0]))


def choices(rule: str) -> str:
    """Return a rule with the first choice in the place of each list of choices."""
    return _ANY.sub(lambda found: found[1].split(",")[0].strip(" '\""), rule)


def parts_of(rule: str) -> list[tuple[str, str]]:
    """Return kind and name of what an address leaves open."""
    return [(kind or "text", name) for kind, name in _PART.findall(choices(rule))]


def filled(rule: str, values: Mapping[str, str]) -> str:
    """Return an address."""
    return _PART.sub(lambda found: values[found[2]], choices(rule))


ENDS_SESSION = frozenset({"home.sign_out"})
DOORS = frozenset({
    "home.sign_in_post", "factor.code_post", "factor.password_post", "me.password", *ENDS_SESSION,
})  # fmt: skip
"""What counts failures, or belongs to the session itself."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of another unit's thing, and the same address of nothing."""

    endpoint: str
    rule: str
    values: Mapping[str, str]
    nothing: Mapping[str, str]
    method: str = "GET"

    @property
    def there(self) -> str:
        return filled(self.rule, self.values)

    @property
    def not_there(self) -> str:
        return filled(self.rule, self.nothing)


class Addresses:
    """What each person could ask for that is another unit's."""

    def __init__(self, rules: Iterable[tuple[str, Rule]], owners: Owners) -> None:
        self._rules = [(method, rule) for method, rule in rules if parts_of(rule.rule)]
        self._owners = owners

    def of(self, actor: Actor) -> Iterator[Address]:
        """Yield the addresses of other units' things."""
        return self._among(self._owners.foreign_things(actor), self._owners.foreign_cases(actor))

    def everything(self) -> Iterator[Address]:
        """Yield the addresses of things of the whole city."""
        return self._among(self._owners.things, self._owners.cases.values())

    def _among(self, found: Iterable[Thing], of_cases: Iterable[Case]) -> Iterator[Address]:
        things: dict[str, list[Thing]] = defaultdict(list)
        for thing in found:
            things[thing.table].append(thing)
        cases = {case.key.split("2")[0]: case for case in of_cases}
        for method, rule in self._rules:
            part = rule.endpoint.removeprefix("api-").partition(".")[0].replace("-", "_")
            meant = [case for prefix, case in cases.items() if prefix in NUMBERS.get(part, EXAMPLES)]
            for values in self._values(rule.rule, things, meant):
                nothing = {name: _nothing(kind, values[name]) for kind, name in parts_of(rule.rule)}
                yield Address(rule.endpoint, rule.rule, values, {**values, **nothing}, method)

    def _values(self, rule: str, things: Mapping[str, list[Thing]], cases: list[Case]) -> Iterator[dict[str, str]]:
        """Yield what to put into an address: a thing of each table that its id may mean."""
        parts = parts_of(rule)
        fixed = {name: _FIXED[name] for _, name in parts if name in _FIXED}
        open_parts = [(kind, name) for kind, name in parts if name not in fixed]
        if not open_parts:
            return
        kind, first = open_parts[0]
        for one, near in _candidates(kind, first, things, cases):
            values = {**fixed, first: one}
            for _, name in open_parts[1:]:
                values[name] = _beside(name, near, things)
            yield values


def every_change(app: Flask, owners: Owners) -> Iterator[Address]:
    """Yield every way to change something of the city, with an id or without one."""
    rules = [(method, rule) for method, rule in write_rules(app) if rule.endpoint not in DOORS]
    for method, rule in rules:
        if not parts_of(rule.rule):
            yield Address(rule.endpoint, rule.rule, {}, {}, method)
    yield from Addresses(rules, owners).everything()


_ANYBODY = {"unit": "NR-TZ", "login": "ks.ytgz"}
_FIXED = {
    "kind": "pdf", "form": "follow-up", "version": "1", "old": "1", "new": "1", "token": "1", "topic": "start",
    "layout": "annex", "section": "open", "day": "2026-03-10", "sender": "AP-CITY", "receiver": "NR-CITY",
}  # fmt: skip


def _candidates(
    kind: str, name: str, things: Mapping[str, list[Thing]], cases: Iterable[Case]
) -> Iterator[tuple[str, Thing | None]]:
    if kind == "uuid":
        stem = name.removesuffix("_id")
        for table, rows in things.items():
            if _means(stem, table):
                yield str(rows[0].id), rows[0]
    elif name in ("business_key", "number", "key"):
        numbers = {case.key: None for case in cases}
        yield from ((one, None) for one in numbers)
    elif name in _ANYBODY:
        yield _ANYBODY[name], None
    elif name in ("code", "item_code"):
        yield from ((str(rows[0].row["code"]), rows[0]) for rows in things.values() if rows[0].row.get("code"))


def _means(stem: str, table: str) -> bool:
    last = table.rsplit("_", 1)[-1]
    meant = {"instance": "process_instance", "task": "user_task"}
    return table == meant.get(stem, table) and (table == stem or last == stem or table == meant.get(stem))


def _beside(name: str, near: Thing | None, things: Mapping[str, list[Thing]]) -> str:
    """Return the second id of an address: of something that belongs to the first, if there is such a thing."""
    wanted = "sha256" if name == "sha256" else "id"
    for rows in things.values():
        for row in rows:
            is_near = near is None or near.id in row.row.values() or bool(near.keys & row.keys)
            if row.row.get(wanted) and is_near and (wanted == "sha256" or _means(name.removesuffix("_id"), row.table)):
                return str(row.row[wanted])
    return "0" * 64 if wanted == "sha256" else NOBODYS


def _nothing(kind: str, value: str) -> str:
    """Return what names nothing in the place of what names something."""
    if kind == "uuid":
        return NOBODYS
    if value == _ANYBODY["login"]:
        return "nobody"
    return re.sub(r"\d{3,}$", lambda found: "9" * len(found[0]), value) if "-" in value else value
