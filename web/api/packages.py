"""Processes as one zip file: taken from here, checked and deployed here."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from engine.queries.definitions import ReadDefinition
from web.api.caller import application, caller, desk
from web.api.definitions import DefinitionCheckSchema, DefinitionDeployedSchema
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.engine_admin.access import may_keep, may_read
from workflows.packages import read_package, write_package

routes = Routes("packages", "Processes as one zip file")


@routes.file("/engine/definitions/<key>/<int:version>/package", {"zip": "application/zip"})
def export_package(key: str, version: int) -> Response:
    """Return diagrams, tables and forms of a version with a README and a manifest of hashes."""
    may_read(caller())
    engine = application().engine
    content = write_package([engine.ask(ReadDefinition(key, version))], engine.clock.now())
    name = f"attachment; filename={key}-{version}.zip"
    return Response(content, mimetype="application/zip", headers={"Content-Disposition": name})


@routes.send("POST", "/engine/packages/check", gives=DefinitionCheckSchema)
def check_package() -> Any:
    """Say what deploying a package (the body, application/zip) would do; nothing is written."""
    actor = caller()
    may_keep(actor)
    return desk().engine.deployments.check(actor, read_package(request.get_data()))


@routes.send("POST", "/engine/packages", gives=DefinitionDeployedSchema, status=201, headers=(IDEMPOTENCY_KEY,))
def import_package() -> tuple[Mapping[str, Any], int, dict[str, str]]:
    """Deploy a package (the body, application/zip); the same key deploys once."""
    actor, key = caller(), idempotency_key()
    may_keep(actor)
    files = read_package(request.get_data())
    because = request.args.get("accept_unsound", "")[:1000]
    done, was_known = desk().engine.deployments.deploy_once(actor, "package", files, because, key)
    return done, 201, replayed(was_known)
