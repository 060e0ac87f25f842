"""What changed between two states of an item, part by part, as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.catalogue.fields import BY_KEY, CHECK_PARTS, PARTS, Words

WEIGHTS = ("text", "duty", "owner")


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that changed; an empty old value means that it is new, an empty new one that it is gone."""

    key: str
    label: str
    old: str
    new: str


def changed_parts(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of *new* that are not as in *old*; without *old* all of them."""
    keys = [part.key for part in PARTS if part.key in new]
    return {key: new[key] for key in keys if old is None or old.get(key) != new[key]}


def differences(old: Mapping[str, Any], new: Mapping[str, Any], words: Words) -> tuple[Difference, ...]:
    """Return what differs in the parts that both name, check items one by one."""
    found: list[Difference] = []
    for part in PARTS:
        if part.key not in new or old.get(part.key) == new[part.key]:
            continue
        if part.kind == "checks":
            found += _checks(old.get(part.key) or [], new[part.key] or [])
        else:
            before = words.of(part, old[part.key]) if part.key in old else ""
            found.append(Difference(part.key, part.label, before, words.of(part, new[part.key])))
    return tuple(found)


def weight_of(changed: Mapping[str, Any]) -> str:
    """Return the greatest weight among the parts that change: text, duty or owner."""
    return max((BY_KEY[key].weight for key in changed), key=WEIGHTS.index, default="text")


def _checks(old: list[Mapping[str, str]], new: list[Mapping[str, str]]) -> Iterator[Difference]:
    before, after = ({check["code"]: check for check in checks} for checks in (old, new))
    for code in dict.fromkeys([*before, *after]):
        one, other = before.get(code), after.get(code)
        label = f"检查项 {code}"
        if one is None or other is None:
            yield Difference("checks", label, _whole(one), _whole(other))
            continue
        for part, name in CHECK_PARTS.items():
            if one.get(part, "") != other.get(part, ""):
                yield Difference("checks", f"{label} {name}", one.get(part, ""), other.get(part, ""))


def _whole(check: Mapping[str, str] | None) -> str:
    return "；".join(check[part] for part in CHECK_PARTS if part != "code" and check.get(part)) if check else ""
