"""Standard loops: one activity again and again while a condition is true."""

from engine.spiff.activities import ActivitySpec
from engine.spiff.diagram import Node, StandardLoop
from engine.spiff.scopes import Scope
from engine.spiff.specs import ProcessSpec
from engine.spiff.tokens import Token


class LoopSpec(ActivitySpec):
    """An activity repeated while its condition is true; the body is an element of its own named ``<id>[item]``.

    ``loopCounter`` counts from 0; what the body writes stays. The step budget ends a loop that never rests.
    """

    is_silent = True

    def __init__(self, process: ProcessSpec, node: Node, body: ActivitySpec) -> None:
        super().__init__(process, node)
        self.body = body
        body.repeated_by = self
        self.loop = node.loop or StandardLoop()

    def map_in(self, token: Token) -> None:
        """Do nothing: the mappings belong to each round."""

    def map_out(self, token: Token) -> None:
        """Do nothing: the mappings belong to each round."""

    def start(self, token: Token) -> bool:
        """Begin the first round, if there is one."""
        token.internal_data["rounds"] = 0
        if self.loop.maximum == 0 or (self.loop.tests_before and not self._goes_on(token)):
            token.internal_data.pop("rounds")
            return True
        token.work()
        self._begin(token)
        return False

    def _begin(self, token: Token) -> None:
        child = token.workflow.place(self.body.name, token)
        child.scope = Scope({"loopCounter": token.internal_data["rounds"]}, token.scope)
        child.step("entered", item=token.internal_data["rounds"])
        self.body._update(child)

    def _goes_on(self, token: Token) -> bool:
        if self.loop.condition is None:
            return True
        return token.is_true(self.loop.condition, {"loopCounter": token.internal_data["rounds"]})

    def item_finished(self, child: Token) -> None:
        """Keep what the round wrote, then begin the next one or complete."""
        host = child.host
        if host is None:
            return
        host.scope.assign({name: value for name, value in child.scope.values.items() if name != "loopCounter"})
        child.detach()
        host.internal_data["rounds"] += 1
        is_last = self.loop.maximum is not None and host.internal_data["rounds"] >= self.loop.maximum
        if is_last or not self._goes_on(host):
            host.internal_data.pop("rounds")
            host.complete()
            return
        self._begin(host)
