"""Signing in at the city's identity provider: its word counts only when everything about it is right."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.processes.rig import CityRig
from tests.serving import Served
from web.app import create_app
from workflows.settings import SettingsInvalid, read_settings

CLIENT = "xianjie-test"


class Provider:
    """An identity provider that says what the test tells it to."""

    def __init__(self) -> None:
        self.key = self.signs_with = RSAKey.generate_key(2048, parameters={"kid": "1"}, private=True)
        self.login, self.audience, self.nonce = "sp.jianshe", CLIENT, ""
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._metadata)
        app.add_url_rule("/keys", view_func=lambda: jsonify(keys=[self.key.as_dict(private=False)]), endpoint="keys")
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        self._served = Served(app, threads=1)
        self.issuer = self._served.url

    def _metadata(self) -> Any:
        return jsonify(
            issuer=self.issuer, authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token", jwks_uri=f"{self.issuer}/keys",
            id_token_signing_alg_values_supported=["RS256"],
        )  # fmt: skip

    def _token(self) -> Any:
        assert request.form["code_verifier"]
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.audience, "sub": "u-1", "iat": now, "exp": now + 60, "nonce": self.nonce,
            "preferred_username": self.login,
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signs_with)
        return jsonify(access_token="a", token_type="Bearer", id_token=signed)

    def close(self) -> None:
        """Stop answering."""
        self._served.stop()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def browser(city: CityRig, provider: Provider) -> FlaskClient:
    settings = replace(city.app.settings, oidc_issuer=provider.issuer, oidc_client=CLIENT)
    return create_app(replace(city.app, settings=settings)).test_client()


def sent_there(browser: FlaskClient, provider: Provider, target: str = "/") -> dict[str, str]:
    """Begin to sign in; answers what the provider is asked."""
    answer = browser.get(f"/sign-in/sso?next={target}")
    assert answer.status_code == 302
    assert answer.location.startswith(provider.issuer + "/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    provider.nonce = asked["nonce"]
    return asked


def come_back(browser: FlaskClient, state: str) -> Any:
    return browser.get(f"/sign-in/sso/back?code=c&state={state}")


def test_the_provider_s_word_opens_a_session_and_leads_where_the_person_wanted(
    browser: FlaskClient, provider: Provider
) -> None:
    assert "统一身份认证登录" in browser.get("/sign-in").text
    asked = sent_there(browser, provider, "/inbox")
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    answer = come_back(browser, asked["state"])
    assert (answer.status_code, answer.location) == (302, "/inbox")
    assert browser.get("/inbox").status_code == 200


@pytest.mark.parametrize("fault", ["unknown person", "other audience", "other key", "other nonce", "other state"])
def test_a_word_that_is_not_right_opens_nothing(browser: FlaskClient, provider: Provider, fault: str) -> None:
    state = sent_there(browser, provider)["state"]
    if fault == "unknown person":
        provider.login = "nobody"
    elif fault == "other audience":
        provider.audience = "another-platform"
    elif fault == "other key":
        provider.signs_with = RSAKey.generate_key(2048, parameters={"kid": "1"}, private=True)
    elif fault == "other nonce":
        provider.nonce = "of-yesterday"
    else:
        state = "made-up"
    answer = come_back(browser, state)
    assert answer.status_code == 403
    assert "统一身份认证没有成功" in answer.text
    assert browser.get("/inbox").status_code == 302


def test_a_provider_that_is_away_leaves_name_and_password(browser: FlaskClient, provider: Provider) -> None:
    provider.close()
    answer = browser.get("/sign-in/sso")
    assert answer.status_code == 403
    assert 'name="password"' in answer.text


def test_without_a_provider_there_is_no_way_to_it(client: FlaskClient) -> None:
    assert client.get("/sign-in/sso").status_code == 404
    assert "统一身份认证" not in client.get("/sign-in").text


def test_a_provider_without_the_platform_s_name_there_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="XIANJIE_OIDC_CLIENT"):
        read_settings({"XIANJIE_OIDC_ISSUER": "https://id.example"})
