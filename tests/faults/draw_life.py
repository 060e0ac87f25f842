"""A life that ends by SIGKILL while a draw is being made."""

from sqlalchemy import event

from engine.queries.tasks import ListOpenTasks
from engine.testing import FakeClock
from tests.faults.lives import Fuse
from tests.processes.rig import Look, china
from workflows import bootstrap
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.directory import find_actor
from workflows.settings import Settings


def seal(url: str, fuse: int, login: str) -> None:
    """Give the second seal, by which everything is drawn; the fuse counts statements and commits from there on."""
    app = bootstrap.build(Settings(database=url, secret="s" * 40), clock=FakeClock(china("2026-03-02T10:00:00")))
    app.rulebook.attach(app.engine)
    actor = app.engine.ask(Look(lambda uow: find_actor(uow, login)))
    (task,) = [one for one in app.engine.ask(ListOpenTasks()) if one.element_id == "witness_seal"]
    moment = Fuse(fuse)
    event.listen(app.engine.database.pool, "before_cursor_execute", moment)
    event.listen(app.engine.database.pool, "commit", moment)
    app.engine.on_commit.append(moment)
    app.engine.execute(CompleteUserTask(task.id, actor, {"draw_text": "第二份文字"}, app.rulebook))
    app.close()
