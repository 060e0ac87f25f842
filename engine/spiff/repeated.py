"""Multi-instance activities: one activity for each item of a list, at the same time or one after another."""

from typing import Any

from engine.errors import ExpressionFailed
from engine.spiff.activities import ActivitySpec
from engine.spiff.diagram import MultiInstance, Node
from engine.spiff.scopes import Scope
from engine.spiff.specs import ProcessSpec
from engine.spiff.tokens import Token


class MultiInstanceSpec(ActivitySpec):
    """An activity repeated for each item; the body is an element of its own named ``<id>[item]``.

    Each item has a scope: the element variable, ``loopCounter`` from 0, and what is written inside.
    With ``outputCollection`` only the collected results leave it; without, what was written does, when
    the item completes.
    """

    is_silent = True

    def __init__(self, process: ProcessSpec, node: Node, body: ActivitySpec) -> None:
        super().__init__(process, node)
        self.body = body
        body.repeated_by = self
        self.loop = node.multi or MultiInstance(False)

    def map_in(self, token: Token) -> None:
        """Do nothing: the mappings belong to each item."""

    def map_out(self, token: Token) -> None:
        """Do nothing: the mappings belong to each item."""

    def start(self, token: Token) -> bool:
        """Start all items, or the first."""
        items = self._items(token)
        if self.loop.output_collection:
            token.scope.assign({self.loop.output_collection: []})
        token.internal_data.update(total=len(items), done=0, results=[])
        if not items:
            return True
        token.work()
        if self.loop.is_sequential:
            token.internal_data["items"] = items[1:]
            items = items[:1]
        for index, item in enumerate(items):
            self._start_item(token, index, item)
        return False

    def _items(self, token: Token) -> list[Any]:
        if self.loop.collection is not None:
            items = token.evaluate(self.loop.collection)
            if not isinstance(items, list):
                raise ExpressionFailed(
                    element=self.node.id, expression=self.loop.collection, reason="the collection is not a list"
                )
            return items
        count = token.evaluate(self.loop.cardinality or "0")
        if isinstance(count, float) and count.is_integer():
            count = int(count)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 10_000:
            raise ExpressionFailed(
                element=self.node.id, expression=self.loop.cardinality, reason="not a number from 0 to 10000"
            )
        return [None] * count

    def _start_item(self, token: Token, index: int, item: Any) -> None:
        child = token.workflow.place(self.body.name, token)
        values = {"loopCounter": index}
        if self.loop.element_variable:
            values[self.loop.element_variable] = item
        child.scope = Scope(values, token.scope)
        child.step("entered", item=index)
        self.body._update(child)

    def item_finished(self, child: Token) -> None:
        """Collect the result of an item, then start the next one or complete."""
        host = child.host
        if host is None:
            return
        facts = host.internal_data
        facts["done"] += 1
        self._collect(host, child)
        child.detach()
        if self._is_enough(host, child):
            for other in host.attached():
                if other.task_spec is self.body:
                    other.cancel()
            host.complete()
            return
        remaining = facts.get("items")
        if remaining:
            facts["items"] = remaining[1:]
            self._start_item(host, facts["done"], remaining[0])

    def _collect(self, host: Token, child: Token) -> None:
        name = self.loop.output_collection
        if name is None:
            own = {"loopCounter", self.loop.element_variable}
            host.scope.assign({key: value for key, value in child.scope.values.items() if key not in own})
            return
        value = child.evaluate(self.loop.output_element) if self.loop.output_element else None
        results = sorted([*host.internal_data["results"], [child.scope.values["loopCounter"], value]], key=_index)
        host.internal_data["results"] = results
        host.scope.assign({name: [result for _, result in results]})

    def _is_enough(self, host: Token, child: Token) -> bool:
        total, done = host.internal_data["total"], host.internal_data["done"]
        if done >= total:
            return True
        if self.loop.condition is None:
            return False
        active = 0 if self.loop.is_sequential else total - done
        counters = {"nrOfInstances": total, "nrOfActiveInstances": active, "nrOfCompletedInstances": done}
        return child.is_true(self.loop.condition, counters)


def _index(result: list[Any]) -> int:
    index: int = result[0]
    return index
