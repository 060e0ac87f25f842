"""Sign-in at the city's own identity provider (OpenID Connect), beside name and password; absent unless configured."""

import logging
from typing import Any

from flask import Blueprint, Flask, current_app, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from web.auth import keep, safe_next
from web.pages.home import refused
from web.platform import platform
from workflows import errors

logger = logging.getLogger(__name__)
pages = Blueprint("oidc", __name__)
_NEXT = "oidc_next"
_PATIENCE = 5.0  # seconds to wait for the provider
_MISSING = "XIANJIE_OIDC_ISSUER is set, but the packages are not installed: pip install 'xianjie[sso]'"


def register(app: Flask) -> None:
    """Add the routes and the client of the provider that the settings name."""
    settings = app.extensions["xianjie"].settings
    if not settings.oidc_issuer:
        return
    try:
        from authlib.integrations.flask_client import OAuth  # type: ignore[import-untyped]  # an extra
    except ImportError as exc:
        raise RuntimeError(_MISSING) from exc
    oauth = OAuth(app)
    oauth.register(
        "provider", client_id=settings.oidc_client, client_secret=settings.oidc_secret or None,
        server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": _PATIENCE},
    )  # fmt: skip
    app.extensions["xianjie_oidc"] = oauth.provider
    app.register_blueprint(pages)


@pages.get("/sign-in/sso")
def start() -> ResponseReturnValue:
    """Lead to the provider, with a state, a nonce and a challenge of this browser's own."""
    session[_NEXT] = safe_next(request.args.get("next"))
    try:
        found: ResponseReturnValue = _provider().authorize_redirect(url_for(".back", _external=True))
    except _faults() as exc:
        return _failed(exc)
    return found


@pages.get("/sign-in/sso/back")
def back() -> ResponseReturnValue:
    """Take the provider's word for who it is, once its signature, its audience, the nonce and the state are right."""
    target = safe_next(session.get(_NEXT))
    try:
        claims = _provider().authorize_access_token()["userinfo"]
        login = str(claims[platform().settings.oidc_claim])
        signed = platform().identity.sign_in_elsewhere(login, request.remote_addr or "", str(request.user_agent))
    except _faults() as exc:
        return _failed(exc)
    session.clear()
    place = url_for("factor.code", next=target) if signed.waits_for else target
    return keep(make_response(redirect(place)), signed.secret)


def _provider() -> Any:
    return current_app.extensions["xianjie_oidc"]


def _faults() -> tuple[type[Exception], ...]:
    from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]  # an extra
    from joserfc.errors import JoseError
    from requests import RequestException

    return OAuthError, JoseError, RequestException, errors.SignInFailed, KeyError


def _failed(exc: Exception) -> ResponseReturnValue:
    logger.warning("sign-in at the provider failed", extra={"reason": type(exc).__name__})
    session.pop(_NEXT, None)
    return refused("统一身份认证没有成功：请从登录页重新开始，或用本系统的用户名和密码登录。"), 403
