"""处罚决定被推翻: what was public is withdrawn in three working days."""

import pytest

from tests.processes.penalty_steps import OFFICER, case, decided, serve_decision, served
from tests.processes.rig import CityRig, china
from workflows.errors import FormInvalid
from workflows.penalties.overturn import RegisterOverturn
from workflows.records.clocks import running_limit
from workflows.records.penalties import penalty_publication

pytestmark = pytest.mark.clause("xzcf/48")


OVERTURN = {
    "overturn_kind": "revoked", "overturn_document": "演示复议决定", "overturned_on": "2026-09-24",
    "overturn_reason": "程序违法",
}  # fmt: skip


@pytest.mark.parametrize(("at", "is_late"), [("2026-03-05T23:59:59", False), ("2026-03-06T00:00:00", True)])
def test_an_overturned_decision_is_withdrawn_in_three_working_days(city: CityRig, at: str, is_late: bool) -> None:
    number = served(city)
    command = RegisterOverturn(
        city.actor(OFFICER), number, {**OVERTURN, "overturned_on": "2026-03-02"}, city.app.rulebook
    )
    city.app.engine.execute(command)
    assert city.rows(running_limit, limit_name="publication_withdrawal")[0]["due_at"] == china("2026-03-06T00:00:00")
    city.at(at)
    city.complete("withdraw_publication", OFFICER, withdrawn_from="门户网站", withdrawal_note="决定已被撤销")
    assert city.rows(running_limit, limit_name="publication_withdrawal")[0]["is_late"] is is_late
    (published,) = city.rows(penalty_publication)
    assert published["withdrawn_from"] == "门户网站"
    with pytest.raises(FormInvalid):
        city.app.engine.execute(command)


def test_an_overturned_decision_that_was_never_public_needs_no_withdrawal(city: CityRig) -> None:
    number = decided(city, is_published=False)
    serve_decision(city)
    given = {**OVERTURN, "overturned_on": "2026-03-02"}
    city.app.engine.execute(RegisterOverturn(city.actor(OFFICER), number, given, city.app.rulebook))
    assert city.tasks("withdraw_publication") == []
    assert case(city)["overturn"]["overturn_kind"] == "revoked"
