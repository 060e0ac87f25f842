"""A program that calls the JSON API with its token."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.processes.rig import CityRig

PROBLEM = "application/problem+json"
LAYOUT = "dual_publicity_licence"


class Caller:
    """One system or person with a token."""

    def __init__(self, rig: CityRig, client: FlaskClient, login: str) -> None:
        self._client = client
        self._token = {"Authorization": f"Bearer {rig.app.identity.issue_token(login, 'test')}"}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._client.get(f"/api/v1{path}", headers=self._token, **more)

    def post(self, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        return self._client.post(f"/api/v1{path}", headers={**self._token, **(headers or {})}, **more)

    def put(self, path: str, **more: Any) -> TestResponse:
        return self._client.put(f"/api/v1{path}", headers=self._token, **more)


def owner(rig: CityRig) -> str:
    """The person a handed-over duty is waiting for."""
    task = rig.tasks("claim_duty")[0]
    unit = task.candidate_groups[0].split("/")[0]
    from workflows.records import officer

    found = [row["login"] for row in rig.rows(officer, is_active=True)]
    return next(login for login in found
                if rig.actor(login).unit == unit and rig.actor(login).groups & set(task.candidate_groups))  # fmt: skip
