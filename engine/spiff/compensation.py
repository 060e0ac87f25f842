"""Compensation: undoing what has been completed, and cancelling transactions.

Each workflow remembers the completed activities that something can undo, newest last: ``[activity, handler, inner,
event subprocess]``, where ``inner`` is what a completed subprocess remembered itself. A throw waits until every
handler it started has ended.
"""

from typing import Any

from engine.spiff.diagram import Node, Trigger
from engine.spiff.specs import NodeSpec, ProcessSpec
from engine.spiff.tokens import Token

Entry = list[Any]


def note_completion(token: Token, handler: str | None, inner: list[Entry] | None = None) -> None:
    """Remember that an activity was completed, if it or anything inside of it can be undone."""
    rescue = getattr(token.task_spec, "rescue", None)
    done = token.internal_data.pop("done", None) if inner is None else inner
    if handler or done or rescue:
        token.workflow.done.append([token.task_spec.name, handler, done or [], rescue])


def compensated(token: Token) -> bool:
    """End a handler, or a subprocess that was opened again to undo what is in it; tells whether this is one."""
    if not token.internal_data.get("undoes"):
        return False
    throw = token.host
    token.detach()
    if throw is not None:
        throw.task_spec.handler_ended(throw)
    else:
        token.workflow.finish_when_empty()
    return True


def undo(workflow: Any, throw: Token, entries: list[Entry]) -> bool:
    """Start what undoes the entries, the newest first, as children of *throw*; tells whether anything was started."""
    started = [_begin(workflow, entry, throw) for entry in reversed(entries)]
    for token in started:
        token.task_spec._update(token)
    return bool(started)


def _begin(workflow: Any, entry: Entry, host: Token | None) -> Token:
    name, handler, _inner, _rescue = entry
    token: Token = workflow.place(handler or name, host)
    token.internal_data["undoes"] = True
    if not handler:
        token.internal_data["again"] = entry
    token.step("entered")
    return token


def reopen(token: Token, inner: Any) -> bool:
    """Undo what a completed subprocess did, inside of it; tells whether *token* is there for that."""
    entry = token.internal_data.pop("again", None)
    if entry is None:
        return False
    _name, _handler, entries, rescue = entry
    if rescue:
        inner.done = entries
        started = [inner.place(rescue)]
    else:
        started = [_begin(inner, one, None) for one in reversed(entries)]
    for one in started:
        one.task_spec._update(one)
    return True


class CompensateSpec(NodeSpec):
    """A compensation throw or end event: undoes one completed activity, or all of its scope, and waits."""

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, node, name)
        self.trigger = node.trigger or Trigger("compensate")

    def _run_hook(self, my_task: Token) -> bool | None:
        workflow = _undone_workflow(my_task)
        wanted = [entry for entry in workflow.done if self.trigger.name in (None, _plain(entry[0]))]
        workflow.done = [entry for entry in workflow.done if entry not in wanted]
        return None if undo(workflow, my_task, wanted) else True  # None: rests until the handlers have ended

    def handler_ended(self, token: Token) -> None:
        """Continue when the last handler has ended."""
        if not token.attached():
            token.complete()


class CancelEndSpec(CompensateSpec):
    """The cancel end event of a transaction: stops it, undoes what was done, and leaves by the cancel boundary."""

    def _run_hook(self, my_task: Token) -> bool | None:
        my_task.workflow.cancel_tokens(but=my_task)
        return super()._run_hook(my_task)

    def _on_complete(self, my_task: Token) -> None:
        if my_task.is_gone:
            return
        my_task.step("completed")
        host = my_task.workflow.host
        catchers = [one for one in host.task_spec.catchers if one.trigger.kind == "cancel"]
        for catcher in catchers[:1]:
            catcher.caught(host)
        if not catchers:
            my_task.leave(())


def _undone_workflow(token: Token) -> Any:
    """Return the scope an event undoes: its own, or around the event subprocess it lies in."""
    workflow = token.workflow
    while workflow is not token.top and hasattr(workflow.host.task_spec, "start_node"):
        if workflow.done:
            return workflow
        workflow = workflow.host.workflow
    return workflow


def _plain(name: str) -> str:
    return name.removesuffix("[item]")
