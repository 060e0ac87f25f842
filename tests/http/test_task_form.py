"""The task form: read before it is claimed, claimed by doing it, merged when stale, checked beside its letter."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.http.conftest import Client, token_of
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, LEAD, TRANSFER, plan
from workflows.records.letters import draft, letter

HEAD = "ks.jsgc.kz"


def the(city: CityRig, element: str) -> str:
    return next(str(t.id) for t in city.tasks(element) if "NR-CITY-JSGC" in str(t.candidate_groups))


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def send(client: Any, url: str, page: str, **data: Any) -> Any:
    return client.post(url, data={"csrf_token": token_of(page), **data}, follow_redirects=True)


@pytest.mark.acceptance("A9", "A14", "A15", "A23")
def test_a_form_is_read_done_in_one_step_merged_when_stale_and_sent_once(
    city: CityRig, busy: CityRig, client_of: Client
) -> None:
    busy.complete("claim_duty", CITY, **CLAIM)
    task, clerk, head = the(city, "plan_supervision"), client_of(CITY), client_of(HEAD)
    url = f"/tasks/{task}"
    page = clerk.get(url).text
    assert 'name="first_check_on"' in page  # readable and fillable before anybody claims
    other = clerk.get(url).text
    claimed = send(clerk, url, other, act="claim", **plan("2026-03-09"))
    assert "已签收" in claimed.text
    assert "已由 演示·黄科员 签收" in head.get(url).text
    stale = send(clerk, url, page, act="complete", version=version_of(page), key="k1", **plan("2026-03-10"))
    assert stale.status_code == 412
    assert ("2026-03-10" in stale.text, "2026-03-09" in stale.text, "pick.first_check_on" in stale.text) == (True,) * 3
    assert city.tasks("plan_supervision")
    mine = {**plan("2026-03-10"), "pick.first_check_on": "theirs"}
    back = send(clerk, url, stale.text, act="merge", **mine).text
    assert "已按您的选择合并" in back
    assert 'value="2026-03-09"' in back
    data = {"act": "complete", "version": version_of(back), "key": "k2", **plan("2026-03-09")}
    for _ in range(2):  # pressed twice
        assert send(clerk, url, back, **data).status_code == 200
    assert not city.tasks("plan_supervision")
    assert len(city.tasks("give_feedback")) == 1


@pytest.mark.acceptance("A12")
def test_a_draft_survives_sign_out_and_reassignment_and_is_not_overwritten(
    city: CityRig, busy: CityRig, client_of: Client
) -> None:
    busy.complete("claim_duty", CITY, **CLAIM)
    task, clerk = the(city, "plan_supervision"), client_of(CITY)
    url = f"/tasks/{task}/draft"
    head = {"X-CSRFToken": token_of(clerk.get(f"/tasks/{task}").text), "If-Match": '"0"'}
    saved = clerk.post(url, data=plan("2026-03-09"), headers=head)
    assert saved.status_code == 200
    city.clock.advance(timedelta(seconds=5))
    again = clerk.post(url, data=plan("2026-03-11"), headers={**head, "If-Match": f'"{saved.json["version"]}"'})
    assert again.status_code == 200
    assert clerk.post(url, data=plan("2026-03-12"), headers={**head, "If-Match": '"1"'}).status_code == 412
    city.app.desk.tasks.claim(city.actor(CITY), city.tasks("plan_supervision")[0].id)
    city.app.desk.tasks.assign(city.actor(CITY), city.tasks("plan_supervision")[0].id, HEAD, "出差")
    city.app.desk.tasks.assign(city.actor(HEAD), city.tasks("plan_supervision")[0].id, CITY, "交还")
    assert 'value="2026-03-11"' in client_of(CITY).get(f"/tasks/{task}").text
    assert [row["login"] for row in city.rows(draft)] == [CITY]


@pytest.mark.acceptance("A17")
def test_what_takes_effect_at_once_is_checked_beside_the_letter_it_sends(
    city: CityRig, busy: CityRig, client_of: Client
) -> None:
    busy.lead(CITY, **{**LEAD, "found_at": city.clock.now().isoformat()})
    busy.complete("preliminary_check", CITY, **TRANSFER)
    head, task = client_of(HEAD), str(city.tasks("approve_transfer")[0].id)
    page = head.get(f"/tasks/{task}").text
    before = len(city.rows(letter))
    answers = {"decision": "approve", "receiver_unit": "CG-SZ", "approval_note": ""}
    shown = send(head, f"/tasks/{task}", page, act="check", version=version_of(page), key="k", **answers)
    assert "将发出的函件" in shown.text
    assert len(city.rows(letter)) == before
    assert city.tasks("approve_transfer")
