"""Built-in functions on lists. Positions count from 1, or from the end with a minus."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cmp_to_key, reduce

from engine.feel.arithmetic import calculate
from engine.feel.builtins.signature import Registry
from engine.feel.comparison import order, same
from engine.feel.environment import Env
from engine.feel.undefined import Undefined
from engine.feel.values import is_function

REGISTRY = Registry()
Items = list[object]


def _over_list(name: str) -> Callable[[Callable[[Items], object]], Callable[[Items], object]]:
    """Register a function that takes one list, or its items as arguments."""

    def register(body: Callable[[Items], object]) -> Callable[[Items], object]:
        REGISTRY.add(name, "list: list")(body)
        REGISTRY.add(name, "items: any*")(lambda items: body(items) if len(items) > 1 else _refuse(items))
        return body

    return register


def _refuse(_items: Items) -> object:
    raise Undefined("not a list")


@REGISTRY.add("list contains", "list: list, element: any", needs_env=True)
def _list_contains(env: Env, items: Items, element: object) -> bool:
    env.budget.spend(len(items))
    return any(same(item, element) for item in items)


@REGISTRY.add("count", "list: list")
def _count(items: Items) -> Decimal:
    return Decimal(len(items))


def _extreme(items: Items, wanted: int) -> object:
    if not items:
        return None
    best = items[0]
    order(best, best)
    for item in items[1:]:
        best = item if order(item, best) == wanted else best
    return best


@_over_list("min")
def _min(items: Items) -> object:
    return _extreme(items, -1)


@_over_list("max")
def _max(items: Items) -> object:
    return _extreme(items, 1)


@_over_list("sum")
def _sum(items: Items) -> object:
    return _folded("+", _not_texts(items)) if items else None


def _folded(operator: str, items: Sequence[object]) -> object:
    return reduce(lambda total, item: calculate(operator, total, item), items)


def _not_texts(items: Items) -> Items:
    if any(isinstance(item, str) or item is None for item in items):
        raise Undefined("only numbers and durations can be added")
    return items


def _numbers(items: Items) -> list[Decimal]:
    numbers = [item for item in items if isinstance(item, Decimal)]
    if len(numbers) != len(items):
        raise Undefined("not a list of numbers")
    return numbers


@_over_list("mean")
def _mean(items: Items) -> object:
    return calculate("/", _sum(items), Decimal(len(items))) if items else None


@_over_list("product")
def _product(items: Items) -> object:
    return _folded("*", _numbers(items)) if items else None


@_over_list("median")
def _median(items: Items) -> object:
    ordered = sorted(_numbers(items))
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return calculate("/", calculate("+", ordered[middle - 1], ordered[middle]), Decimal(2))


@_over_list("stddev")
def _stddev(items: Items) -> object:
    numbers = _numbers(items)
    if len(numbers) < 2:
        raise Undefined("a deviation needs two numbers")
    mean = calculate("/", _sum(items), Decimal(len(items)))
    squares = [calculate("**", calculate("-", item, mean), Decimal(2)) for item in numbers]
    variance = calculate("/", _sum(squares), Decimal(len(items) - 1))
    return calculate("**", variance, Decimal("0.5"))


@_over_list("mode")
def _mode(items: Items) -> object:
    counts: dict[Decimal, int] = {}
    for item in _numbers(items):
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _truth(items: Items, absorbing: bool) -> object:
    if any(item is absorbing for item in items):
        return absorbing
    if not all(isinstance(item, bool) for item in items):
        raise Undefined("not a list of booleans")
    return not absorbing


@_over_list("all")
def _all(items: Items) -> object:
    return _truth(items, absorbing=False)


@_over_list("any")
def _any(items: Items) -> object:
    return _truth(items, absorbing=True)


def _index(position: Decimal, size: int) -> int:
    if position != position.to_integral_value() or not 1 <= abs(position) <= size:
        raise Undefined("no such position")
    return int(position) - 1 if position > 0 else size + int(position)


@REGISTRY.add("sublist", "list: list, start position: number, length: number?")
def _sublist(items: Items, start: Decimal, length: Decimal | None = None) -> Items:
    begin = _index(start, len(items))
    if length is None:
        return items[begin:]
    if length < 0 or begin + length > len(items):
        raise Undefined("the list is shorter")
    return items[begin : begin + int(length)]


@REGISTRY.add("append", "list: list, items: any*")
def _append(items: object, more: Items) -> Items:
    return [*(items if isinstance(items, list) else [items]), *more]


@REGISTRY.add("concatenate", "lists: any*")
def _concatenate(lists: Items) -> Items:
    if any(item is None for item in lists):
        raise Undefined("not a list")
    return [item for part in lists for item in (part if isinstance(part, list) else [part])]


@REGISTRY.add("insert before", "list: list, position: number, newItem: any")
def _insert_before(items: Items, position: Decimal, item: object) -> Items:
    at = _index(position, len(items))
    return [*items[:at], item, *items[at:]]


@REGISTRY.add("remove", "list: list, position: number")
def _remove(items: Items, position: Decimal) -> Items:
    at = _index(position, len(items))
    return [*items[:at], *items[at + 1 :]]


@REGISTRY.add("list replace", "list: list, position: number, newItem: any")
def _list_replace(items: Items, position: Decimal, item: object) -> Items:
    at = _index(position, len(items))
    return [*items[:at], item, *items[at + 1 :]]


@REGISTRY.add("list replace", "list: list, match: function, newItem: any")
def _list_replace_matching(items: Items, match: object, new: object) -> Items:
    return [new if _verdict(match, item, new) else item for item in items]


def _verdict(function: object, *arguments: object) -> bool:
    if not is_function(function):
        raise Undefined("not a function")
    verdict = function.call(arguments, None)  # type: ignore[attr-defined]
    if not isinstance(verdict, bool):
        raise Undefined("the function must answer true or false")
    return verdict


@REGISTRY.add("reverse", "list: list")
def _reverse(items: Items) -> Items:
    return items[::-1]


@REGISTRY.add("index of", "list: list, match: any", needs_env=True)
def _index_of(env: Env, items: Items, match: object) -> Items:
    env.budget.spend(len(items))
    return [Decimal(index) for index, item in enumerate(items, 1) if same(item, match)]


def _distinct(env: Env, items: Items) -> Items:
    scalars: set[object] = set()
    others: Items = []
    found: Items = []
    for item in items:
        if isinstance(item, str | Decimal | bool):
            key = (isinstance(item, bool), item)
            is_new = key not in scalars
            scalars.add(key)
        else:
            env.budget.spend(1 + len(others))
            is_new = not any(same(item, other) for other in others)
            others.extend([item] if is_new else [])
        found.extend([item] if is_new else [])
    return found


REGISTRY.add("distinct values", "list: list", needs_env=True)(_distinct)


@REGISTRY.add("duplicate values", "list: list", needs_env=True)
def _duplicates(env: Env, items: Items) -> Items:
    distinct = _distinct(env, items)
    env.budget.spend(len(distinct) * len(items) // 4)
    return [item for item in distinct if sum(same(item, other) for other in items) > 1]


@REGISTRY.add("union", "lists: any*", needs_env=True)
def _union(env: Env, lists: Items) -> Items:
    joined: Items = _concatenate(lists)
    return _distinct(env, joined)


@REGISTRY.add("flatten", "list: list")
def _flatten(items: Items) -> Items:
    flat: Items = []
    pending = items[::-1]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item[::-1])
        else:
            flat.append(item)
    return flat


@REGISTRY.add("sort", "list: list, precedes: function?", needs_env=True)
def _sort(env: Env, items: Items, precedes: object = None) -> Items:
    def compare(left: object, right: object) -> int:
        env.budget.spend()
        if precedes is None:
            return order(left, right)
        return -1 if _verdict(precedes, left, right) else int(_verdict(precedes, right, left))

    return sorted(items, key=cmp_to_key(compare))


@REGISTRY.add("partition", "list: list, size: number")
def _partition(items: Items, size: Decimal) -> Items:
    if size < 1 or size != size.to_integral_value():
        raise Undefined("size must be a whole number from 1")
    step = int(min(size, Decimal(len(items) or 1)))
    return [items[start : start + step] for start in range(0, len(items), step)]
