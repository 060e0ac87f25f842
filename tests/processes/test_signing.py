"""会签、加签、减签: colleagues sign about a task, and nobody completes it before they have decided."""

from typing import Any
from uuid import UUID

import pytest

from engine import errors as engine_errors
from engine.commands.instances import CancelInstance
from engine.store.tables import history_event, user_task
from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM, permit
from workflows import errors, team_errors
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.records.letters import draft, notification
from workflows.records.teamwork import signing_entry, signing_round
from workflows.signing.rounds import CloseRound, OpenRound
from workflows.signing.signers import AddSigners

pytestmark = pytest.mark.clause("zz2020/2.1")
OWNER, HEAD, OTHER, THIRD = "ks.jsgc", "ks.jsgc.kz", "ks.ytgz", "ks.ydgh"
SECTION = "NR-CITY-JSGC/section_officer"


@pytest.fixture
def task(city: CityRig) -> UUID:
    """Return the claim of the city's section on a permit."""
    permit(city)
    city.run()
    return next(one.id for one in city.tasks("claim_duty") if SECTION in one.candidate_groups)


def ask(city: CityRig, task: UUID, *signers: str, who: str = OWNER, **more: Any) -> UUID:
    command = OpenRound(task, city.actor(who), signers, more.pop("question", "请会签归口意见"), **more)
    return city.app.desk.teamwork.signing.open(command)


def entry_of(city: CityRig, login: str) -> dict[str, Any]:
    rows = city.rows(signing_entry, login=login)
    return dict(max(rows, key=lambda row: row["id"]))


def sign(city: CityRig, login: str, *, agrees: bool = True, opinion: str = "", who: str = "") -> str | None:
    entry = entry_of(city, login)["id"]
    return city.app.desk.teamwork.signing.sign(city.actor(who or login), entry, agrees=agrees, opinion=opinion)


def complete(city: CityRig, task: UUID, who: str = OWNER) -> Any:
    return city.app.engine.execute(CompleteUserTask(task, city.actor(who), CLAIM, city.app.rulebook))


def states(city: CityRig) -> dict[str, str]:
    return {row["login"]: row["state"] for row in city.rows(signing_entry)}


def messages(city: CityRig, login: str) -> list[str]:
    return [row["text"] for row in city.rows(notification, login=login, kind="signing")]


def test_a_task_waits_for_its_round_and_its_form_then_knows_the_outcome(city: CityRig, task: UUID) -> None:
    round_id = ask(city, task, HEAD, OTHER)
    with pytest.raises(engine_errors.TaskHeld):
        complete(city, task)
    assert city.app.desk.teamwork.signing.count(city.actor(HEAD)) == 1
    assert sign(city, HEAD) is None
    assert sign(city, OTHER, opinion="同意由建设工程科认领") == "passed"
    assert city.app.desk.teamwork.signing.count(city.actor(HEAD)) == 0
    told = city.rows(user_task, id=task)[0]["variables"]["signing"]
    assert (told["outcome"], told["agreed"], told["round_id"]) == ("passed", 2, str(round_id))
    assert any("会签已通过" in text for text in messages(city, OWNER))
    complete(city, task)
    after = [one for one in city.tasks() if one.business_key == city.rows(user_task, id=task)[0]["business_key"]]
    assert any(one.variables.get("signing", {}).get("outcome") == "passed" for one in after)
    case = city.app.desk.cases.view(city.actor(OWNER), after[0].business_key)
    said = [(entry.what, entry.person, entry.note) for entry in case.timeline if "会签" in entry.what]
    assert ("会签同意", "演示·刘科员", "同意由建设工程科认领") in said


def test_one_dissent_decides_at_once_and_the_others_are_told(city: CityRig, task: UUID) -> None:
    ask(city, task, HEAD, OTHER, THIRD)
    with pytest.raises(errors.FormInvalid) as refused:
        sign(city, HEAD, agrees=False)
    assert refused.value.facts["errors"][0]["field"] == "opinion"
    assert sign(city, HEAD, agrees=False, opinion="不属本科") == "refused"
    assert states(city) == {HEAD: "dissented", OTHER: "spared", THIRD: "spared"}
    assert messages(city, THIRD)[-1].startswith("已无需会签")
    with pytest.raises(team_errors.SigningEnded):
        sign(city, OTHER)
    complete(city, task)  # the owner decides what follows from a refusal


@pytest.mark.parametrize(
    ("mode", "more", "votes", "outcome"),
    [
        ("any", {}, {HEAD: False, OTHER: True}, "passed"),
        ("any", {}, {HEAD: False, OTHER: False, THIRD: False}, "refused"),
        ("ratio", {"threshold": 60}, {HEAD: True, OTHER: True}, "passed"),
        ("ratio", {"threshold": 60}, {HEAD: True, OTHER: False, THIRD: False}, "refused"),
        ("weighted", {"threshold": 50, "weights": {HEAD: 3}}, {HEAD: True}, "passed"),
        ("weighted", {"threshold": 50, "weights": {HEAD: 3}}, {HEAD: False}, "refused"),
        ("sequence", {}, {HEAD: True, OTHER: True, THIRD: True}, "passed"),
    ],
)
def test_each_rule_ends_the_round_with_the_signature_that_decides(
    city: CityRig, task: UUID, mode: str, more: dict[str, Any], votes: dict[str, bool], outcome: str
) -> None:
    ask(city, task, HEAD, OTHER, THIRD, mode=mode, **more)
    found = [sign(city, login, agrees=agrees, opinion="意见") for login, agrees in votes.items()]
    assert found == [None] * (len(votes) - 1) + [outcome]
    assert city.rows(user_task, id=task)[0]["held_by"] is None


def test_in_sequence_each_is_asked_when_the_one_before_has_signed(city: CityRig, task: UUID) -> None:
    ask(city, task, HEAD, OTHER, mode="sequence")
    assert states(city) == {HEAD: "open", OTHER: "waiting"}
    with pytest.raises(team_errors.SigningNotDue):
        sign(city, OTHER)
    sign(city, HEAD)
    assert states(city) == {HEAD: "agreed", OTHER: "open"}
    with pytest.raises(team_errors.SigningNotDue):
        sign(city, HEAD)


def test_no_administrator_is_asked_to_sign(city: CityRig, task: UUID) -> None:
    shown = {one.login for one in city.app.desk.teamwork.signing.eligible(city.actor(OWNER), task)}
    assert shown.isdisjoint({"xt.admin", "aq.admin", "sj.admin"})
    assert HEAD in shown
    with pytest.raises(errors.FormInvalid):
        ask(city, task, "aq.admin")


def test_a_signer_adds_others_before_and_after_and_nobody_twice(city: CityRig, task: UUID) -> None:
    desk = city.app.desk.teamwork.signing
    round_id = ask(city, task, HEAD)
    mine = entry_of(city, HEAD)["id"]
    desk.add(AddSigners(round_id, task, city.actor(HEAD), [OTHER], "before", mine))
    assert states(city) == {HEAD: "waiting", OTHER: "open"}
    desk.add(AddSigners(round_id, task, city.actor(OTHER), [THIRD], "after", entry_of(city, OTHER)["id"]))
    with pytest.raises(errors.FormInvalid):
        desk.add(AddSigners(round_id, task, city.actor(OWNER), [THIRD]))
    with pytest.raises(team_errors.SigningNotFound):
        desk.add(AddSigners(round_id, task, city.actor(THIRD), ["ks.gtkj"], "after", mine))
    sign(city, OTHER)
    assert states(city) == {HEAD: "open", OTHER: "agreed", THIRD: "open"}
    sign(city, HEAD)
    assert sign(city, THIRD) == "passed"


def test_a_signer_is_removed_with_a_reason_and_that_may_decide(city: CityRig, task: UUID) -> None:
    desk = city.app.desk.teamwork.signing
    ask(city, task, HEAD, OTHER)
    sign(city, HEAD)
    left = entry_of(city, OTHER)["id"]
    with pytest.raises(errors.FormInvalid):
        desk.remove(city.actor(OWNER), left, " ")
    with pytest.raises((engine_errors.NotAssignee, engine_errors.TaskNotFound)):
        desk.remove(city.actor(HEAD), left, "不再需要")
    desk.remove(city.actor(OWNER), left, "外出学习")
    assert city.rows(signing_round)[0]["outcome"] == "passed"
    assert messages(city, OTHER)[-1].startswith("已无需会签（减签）")


def test_the_owner_closes_a_round_with_a_reason_and_then_completes(city: CityRig, task: UUID) -> None:
    desk = city.app.desk.teamwork.signing
    round_id = ask(city, task, HEAD)
    with pytest.raises(errors.FormInvalid):
        desk.close(CloseRound(round_id, task, city.actor(OWNER), ""))
    desk.close(CloseRound(round_id, task, city.actor(OWNER), "问题已口头明确"))
    assert states(city) == {HEAD: "cancelled"}
    with pytest.raises(team_errors.SigningEnded):
        sign(city, HEAD)
    assert ask(city, task, HEAD) != round_id  # a new question may go to the same person
    again = city.rows(signing_round, state="open")[0]["id"]
    desk.close(CloseRound(again, task, city.actor(OWNER), "不再需要"))
    complete(city, task)


def test_after_signers_are_asked_when_the_owner_submits_and_the_last_one_completes(city: CityRig, task: UUID) -> None:
    ask(city, task, HEAD, OTHER, place="after")
    assert states(city) == {HEAD: "waiting", OTHER: "waiting"}
    assert complete(city, task).status == "signing"
    assert states(city) == {HEAD: "open", OTHER: "open"}
    with pytest.raises(engine_errors.TaskHeld):
        complete(city, task)
    sign(city, HEAD)
    assert city.rows(user_task, id=task)[0]["status"] == "open"
    sign(city, OTHER)
    row = city.rows(user_task, id=task)[0]
    assert (row["status"], row["ended_by"], row["answers"]) == ("completed", OWNER, CLAIM)


def test_a_refusal_after_submitting_gives_the_answers_back_as_a_draft(city: CityRig, task: UUID) -> None:
    ask(city, task, HEAD, place="parallel")
    assert states(city) == {HEAD: "open"}
    complete(city, task)
    sign(city, HEAD, agrees=False, opinion="依据不足")
    assert city.rows(user_task, id=task)[0]["status"] == "open"
    assert city.rows(draft, task_id=task)[0]["answers"] == CLAIM
    assert messages(city, OWNER)[-1].startswith("会签未通过，请重新办理")


def test_no_entry_outlives_its_task(city: CityRig, task: UUID) -> None:
    ask(city, task, HEAD)
    instance = city.rows(user_task, id=task)[0]["instance_id"]
    city.app.engine.execute(CancelInstance(instance, "tester", "审批决定已撤回"))
    assert states(city) == {HEAD: "cancelled"}
    assert city.rows(signing_round)[0]["state"] == "cancelled"
    assert messages(city, HEAD)[-1].startswith("已无需会签")
    assert city.app.desk.teamwork.signing.count(city.actor(HEAD)) == 0


def test_only_the_owner_asks_and_only_whom_the_case_concerns(city: CityRig, task: UUID) -> None:
    with pytest.raises(engine_errors.TaskNotFound):
        ask(city, task, HEAD, who="zr.xc")
    for wrong in ((), (OWNER,), ("zr.tz",), (HEAD, HEAD)):
        with pytest.raises(errors.FormInvalid):
            ask(city, task, *wrong)
    assert city.rows(signing_round) == []
    assert city.rows(user_task, id=task)[0]["held_by"] is None
    kinds = {row["kind"] for row in city.rows(history_event)}
    assert "signing-opened" not in kinds


def test_a_step_that_demands_a_round_is_not_completed_without_one(city: CityRig, task: UUID) -> None:
    with city.app.engine.database.writing() as connection:
        connection.execute(user_task.update().where(user_task.c.id == task).values(properties={"signing": "all"}))
        connection.commit()
    with pytest.raises(team_errors.SigningMissing):
        complete(city, task)
    ask(city, task, HEAD)
    sign(city, HEAD)
    complete(city, task)
