"""A new release goes on with the cases of the old one, beside programs of the old one that are still running."""

import ast
import re
import threading
from pathlib import Path

import pytest
from alembic.script import Script, ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from engine.commands.instances import ResumeInstance
from engine.store.tables import process_instance
from tests.operations import living, released
from tests.processes import penalty_steps as penalty
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, DISTRICT, feedback, plan
from tests.processes.test_case_transfer import CLOSE, DECIDED, EXECUTED, FILED, SQUAD
from tests.processes.test_penalty import pay
from tests.processes.test_supervision_order import OFFICER
from workflows.migrate import config_for, head, migrate, patiently, stored_version
from workflows.records.cases import transfer
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_case

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-03-06"
MIGRATIONS = sorted(ScriptDirectory.from_config(config_for("")).walk_revisions(), key=lambda one: one.revision)
SINCE = [one for one in MIGRATIONS if one.revision > min(released.numbers())]
TAKEN_AWAY = {"drop_table", "drop_column", "rename_table", "drop_constraint", "execute_if"}
WORDS = re.compile(r"\b(DROP\s+(TABLE|COLUMN|CONSTRAINT)|RENAME\s+(TO|COLUMN))\b", re.IGNORECASE)


def upgraded(url: str, number: str) -> CityRig:
    """Return the city of an earlier program after what docs/operating.md says about upgrading."""
    released.restore(url, number)
    assert stored_version(url) == number
    migrate(url)
    assert stored_version(url) == head()
    return CityRig(url, living.LATER)  # loads the city and deploys the diagrams of the present program


def finished(city: CityRig) -> set[str]:
    return {row["definition_key"] for row in city.rows(process_instance, status="completed")}


@pytest.mark.parametrize("number", released.numbers())
def test_live_cases_of_a_released_program_go_on_to_their_end(database_url: str, number: str) -> None:
    city = upgraded(database_url, number)
    before = {row["id"]: row["definition_id"] for row in city.rows(process_instance)}
    (stopped,) = city.rows(process_instance, status="suspended")
    city.at(f"{DAY}T15:00:00")
    city.complete("give_feedback", CITY, **feedback(DAY))
    _supervised(city, DISTRICT)
    city.complete("acknowledge_feedback", "sp.chuangkou", feedback_use="noted", acknowledge_note="")
    _executed(city)
    _punished(city)
    (order,) = city.rows(supervision_order, cause_element="claim_duty")
    assert order["rung"] != "warned"
    _supervised(city, OFFICER)
    city.app.engine.execute(ResumeInstance(stopped["id"], "administrator", "核对完毕"))
    _supervised(city, CITY)
    assert {"approval_handoff", "case_transfer", "penalty"} <= finished(city)
    kept = {row["id"]: row["definition_id"] for row in city.rows(process_instance) if row["id"] in before}
    assert kept == before
    assert city.rows(process_instance, status="failed") == []
    city.close()


def _supervised(city: CityRig, login: str) -> None:
    city.complete("claim_duty", login, **CLAIM)
    city.complete("plan_supervision", login, **plan(DAY))
    city.run()
    city.complete("give_feedback", login, **feedback(DAY))


def _executed(city: CityRig) -> None:
    on = {"filed_on": DAY}
    city.complete("report_filing", SQUAD, **{**FILED, **on})
    city.complete("report_decision", SQUAD, **{**DECIDED, "decided_on": DAY, "served_on": DAY})
    city.complete("report_execution", SQUAD, **{**EXECUTED, "executed_on": DAY})
    city.complete("confirm_close", CITY, **CLOSE)
    assert {row["state"] for row in city.rows(transfer)} == {"closed"}


def _punished(city: CityRig) -> None:
    city.complete("hear_party", penalty.OFFICER, **penalty.ANSWER)
    city.complete("decide_case", penalty.LEADER, **penalty.DECIDE)
    penalty.serve_decision(city)
    pay(city, 20000, on=DAY)
    city.complete("track_execution", penalty.OFFICER, execution="performed", execution_note="")
    penalty.closed(city)
    assert {row["state"] for row in city.rows(penalty_case)} == {"closed"}


@pytest.mark.parametrize("number", released.numbers())
def test_programs_of_a_released_version_can_write_into_the_new_tables(database_url: str, number: str) -> None:
    migrate(database_url)
    released.insert_rows(database_url, number)
    pool = create_engine(database_url)
    with pool.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM user_task")) > 5
    pool.dispose()


@pytest.mark.parametrize("migration", SINCE, ids=lambda one: one.revision)
def test_migrations_since_a_release_only_add(migration: Script) -> None:
    source = Path(migration.path).read_text(encoding="utf-8")
    assert taken_away(source) == [] or agreed(source), (
        "programs of the release before still run while this is applied: add in one release, take away in the next, "
        "and name the decision: CONTRACT = 'docs/adr/NNNN-….md'"
    )


def agreed(source: str) -> bool:
    """Tell whether a migration names a decision that exists."""
    named = re.search(r'^CONTRACT = "(docs/adr/[^"]+)"', source, re.MULTILINE)
    return named is not None and (ROOT / named[1]).is_file()


def taken_away(source: str) -> list[str]:
    """Return what an upgrade takes away from programs that know the tables as they were."""
    upgrade = next(
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    found = []
    for node in ast.walk(upgrade):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WORDS.search(node.value):
            found.append(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += _taken_by(node, node.func.attr)
    return found


def _taken_by(call: ast.Call, name: str) -> list[str]:
    given = {word.arg: word.value for word in call.keywords}
    if name in TAKEN_AWAY:
        return [name]
    if name == "alter_column":
        is_required = isinstance(given.get("nullable"), ast.Constant) and given["nullable"].value is False  # type: ignore[attr-defined]
        return [f"{name} {word}" for word in ("new_column_name", "type_") if word in given] + ["NOT NULL"] * is_required
    if name == "add_column":
        column = next((part for part in call.args if isinstance(part, ast.Call)), call)
        inner = {word.arg: word.value for word in column.keywords}
        is_required = isinstance(inner.get("nullable"), ast.Constant) and inner["nullable"].value is False  # type: ignore[attr-defined]
        return ["NOT NULL without a default"] if is_required and "server_default" not in inner else []
    return ["unique"] if name == "create_unique_constraint" else []


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ("op.drop_column('a', 'b')", 1), ("op.drop_table('a')", 1), ("op.rename_table('a', 'b')", 1),
        ("op.alter_column('a', 'b', new_column_name='c')", 1), ("op.alter_column('a', 'b', type_=sa.Text())", 1),
        ("op.alter_column('a', 'b', nullable=False)", 1), ("op.alter_column('a', 'b', nullable=True)", 0),
        ("op.add_column('a', sa.Column('b', sa.Text(), nullable=False))", 1),
        ("op.add_column('a', sa.Column('b', sa.Text(), nullable=False, server_default=''))", 0),
        ("op.add_column('a', sa.Column('b', sa.Text(), nullable=True))", 0),
        ("op.create_unique_constraint('u', 'a', ['b'])", 1), ("op.create_index('i', 'a', ['b'])", 0),
        ("op.execute('ALTER TABLE a DROP COLUMN b')", 1), ("op.execute('alter table a rename to b')", 1),
        ("op.create_table('a', sa.Column('b', sa.Text(), nullable=False))", 0), ("op.execute('UPDATE a SET b = 1')", 0),
        ("with op.batch_alter_table('a') as batch:\n        batch.drop_column('b')", 1),
    ],
)  # fmt: skip
def test_what_a_migration_takes_away_is_seen(body: str, taken: int) -> None:
    source = f"def upgrade():\n    {body}\n\ndef downgrade():\n    op.drop_table('x')\n"
    assert len(taken_away(source)) == taken
    assert not agreed(source + 'CONTRACT = "docs/adr/9999-nowhere.md"\n')
    assert agreed(source + 'CONTRACT = "docs/adr/0001-layers-and-commands.md"\n')


def test_the_change_of_a_table_waits_for_a_long_report_and_nobody_waits_for_the_change(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer, and migrations are one transaction of it")
    migrate(database_url)
    pool = create_engine(database_url, connect_args={"options": "-c lock_timeout=3000"})
    tries: list[str] = []
    is_over, has_tried = threading.Event(), threading.Event()

    def change() -> None:
        with pool.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            tries.append("try")
            if len(tries) > 1:
                has_tried.set()
            connection.execute(text("ALTER TABLE serial ADD COLUMN later integer"))

    def upgrade() -> None:
        patiently(change)
        is_over.set()

    with pool.connect() as report:
        report.execute(text("SELECT count(*) FROM serial"))
        changing = threading.Thread(target=upgrade)
        changing.start()
        assert has_tried.wait(20)
        with pool.begin() as people:
            people.execute(text("INSERT INTO serial (kind, year, last) VALUES ('x', 2026, 1)"))
        assert not is_over.is_set()
        report.rollback()
    changing.join(30)
    assert is_over.is_set()
    assert len(tries) > 1
    pool.dispose()


def test_what_is_no_lock_is_not_tried_again() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise OperationalError("ALTER", {}, Exception("no such table"))

    with pytest.raises(OperationalError):
        patiently(fail)
    assert len(tries) == 1
