"""What a round comes to, and whose turn it is: arithmetic on entries, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

MODES: Mapping[str, str] = {
    "all": "全部同意", "any": "一人同意即可（或签）", "ratio": "按比例", "weighted": "按权重（票签）",
    "sequence": "依次签署",
}  # fmt: skip
PLACES: Mapping[str, str] = {
    "joint": "会签", "before": "前加签", "parallel": "并加签", "after": "后加签",
}  # fmt: skip
RELATIONS: Mapping[str, str] = {"before": "在我之前签", "parallel": "与我同时签", "after": "在我之后签"}
STATES: Mapping[str, str] = {
    "waiting": "待轮到", "open": "待签", "agreed": "同意", "dissented": "不同意", "spared": "已无需会签",
    "removed": "已减签", "cancelled": "已取消",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = {"passed": "通过", "refused": "未通过"}
PASSED, REFUSED = "passed", "refused"
UNDECIDED = frozenset({"waiting", "open"})
MOST_SIGNERS, DEEPEST = 30, 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One signer as the rules see it."""

    id: UUID
    place: int
    state: str
    weight: int = 1
    parent: UUID | None = None
    relation: str = "first"

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is expected of the signer any more."""
        return self.state not in UNDECIDED


def outcome_of(mode: str, threshold: int, entries: Sequence[Entry]) -> str | None:
    """Return what a round comes to as soon as no further signature can change it; removed signers do not count."""
    counted = [entry for entry in entries if entry.state != "removed"]
    agreed = _weight(mode, counted, {"agreed"})
    possible = agreed + _weight(mode, counted, UNDECIDED)
    needed = _needed(mode, threshold, _weight(mode, counted, None))
    if agreed >= needed:
        return PASSED
    return REFUSED if possible < needed else None


def _weight(mode: str, entries: Sequence[Entry], states: object) -> int:
    wanted = [entry for entry in entries if states is None or entry.state in states]  # type: ignore[operator]
    return sum(entry.weight if mode == "weighted" else 1 for entry in wanted)


def _needed(mode: str, threshold: int, total: int) -> int:
    """Return how many must agree, of so many."""
    if mode == "any":
        return 1
    if mode in ("ratio", "weighted"):
        return max(1, -(-threshold * total // 100))
    return total


def turns(mode: str, entries: Sequence[Entry]) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Return who is to be asked now, and who has to wait again, of those that have not decided."""
    may = {entry.id for entry in entries if not entry.is_settled and _is_turn(mode, entry, entries)}
    opened = {entry.id for entry in entries if entry.state == "waiting" and entry.id in may}
    paused = {entry.id for entry in entries if entry.state == "open" and entry.id not in may}
    return frozenset(opened), frozenset(paused)


def _is_turn(mode: str, entry: Entry, entries: Sequence[Entry]) -> bool:
    known = {one.id: one for one in entries}
    if any(one.parent == entry.id and one.relation == "before" and not one.is_settled for one in entries):
        return False
    parent = known.get(entry.parent) if entry.parent else None
    if entry.relation == "after" and parent is not None and not parent.is_settled:
        return False
    if mode != "sequence":
        return True
    mine = _root(entry, known).place
    return all(one.is_settled for one in entries if _root(one, known).place < mine)


def _root(entry: Entry, known: Mapping[UUID, Entry]) -> Entry:
    while entry.parent is not None and entry.parent in known:
        entry = known[entry.parent]
    return entry
