"""Deploying from the browser: files are kept, checked without effect, and deployed when the person says so."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from engine.commands.check_deployment import CheckDeployment, DeploymentCheck
from engine.commands.deploy import Deploy, Deployed
from engine.commands.idempotency import Once, fingerprint_of
from engine.errors import DefinitionInvalid, DefinitionNotFound
from engine.process_engine import ProcessEngine
from engine.spiff.model import Resource
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.engine_admin.access import may_keep, reason_of
from workflows.engine_admin.requests import Asked, Row, decide, note_result, request_of
from workflows.policy import Actor
from workflows.shipped import diagrams, shipped_of
from workflows.uow import UnitOfWork

File = tuple[str, bytes]
MOST_FILES, MOST_BYTES = 40, 5_000_000
_NAME = re.compile(r"[\w\-]+(?:/[\w\-]+)?\.(?:bpmn|dmn|form)")


@dataclass(frozen=True, slots=True)
class Draft:
    """Files that wait to be deployed, with what the check says of them now."""

    row: Row
    files: tuple[File, ...]
    check: DeploymentCheck


class DeploymentDesk:
    """Prepares and does deployments."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def prepare(self, actor: Actor, name: str, files: Sequence[File], process: str = "") -> UUID:
        """Keep files to be checked and deployed; nothing is deployed yet.

        *process* is the key of the process that forms without a folder belong to.

        Raises:
            FormInvalid: a file has an unknown kind, there are none or too many.
        """
        may_keep(actor)
        checked = _checked([(_placed(title, process), content) for title, content in files])
        stored = [[title, base64.b64encode(content).decode()] for title, content in checked]
        payload = {"name": name.strip()[:100] or checked[0][0], "files": stored}
        return self._engine.execute(Asked("deploy", "draft", payload, "", actor.login))

    def prepare_shipped(self, actor: Actor, key: str) -> UUID:
        """Keep what the program brings for a process to be deployed in the place of the city's own files.

        Raises:
            DefinitionNotFound: the program brings no such process.
        """
        may_keep(actor)
        return self.prepare(actor, f"随程序发布：{key}", _shipped(key))

    def deploy_shipped(self, actor: Actor, key: str, because: str, once: str) -> tuple[Mapping[str, Any], bool]:
        """Deploy what the program brings for a process in the place of the city's own files, for a program.

        Raises:
            DefinitionNotFound: the program brings no such process.
        """
        may_keep(actor)
        return self.deploy_once(actor, f"随程序发布：{key}", _shipped(key), because, once)

    def look(self, actor: Actor, request_id: UUID) -> Draft:
        """Return a prepared deployment with a fresh check of it.

        Raises:
            RequestNotFound.
        """
        may_keep(actor)
        row = self._engine.ask(Ask(lambda uow: request_of(uow, request_id, "deploy")))
        files = _files_of(row)
        return Draft(row, files, self._engine.ask(CheckDeployment(_resources(files))))

    def check(self, actor: Actor, files: Sequence[File]) -> DeploymentCheck:
        """Return what would happen and what speaks against it."""
        may_keep(actor)
        return self._engine.ask(CheckDeployment(_resources(_checked(files))))

    def deploy(self, actor: Actor, request_id: UUID, because: str = "") -> Deployed:
        """Deploy what was prepared; *because* overrides an unsound diagram.

        Raises:
            FormInvalid: the diagram is unsound and there is no reason.
            DefinitionInvalid: the files cannot be deployed at all.
            RequestDecided: it was deployed or withdrawn before.
        """
        may_keep(actor)
        return self._engine.execute(Do(lambda uow: self._deploy(uow, actor, request_id, because)))

    def _deploy(self, uow: UnitOfWork, actor: Actor, request_id: UUID, because: str) -> Deployed:
        row = request_of(uow, request_id, "deploy")
        accepted = _accepted(uow, _resources(_files_of(row)), because)
        decide(uow, row, "done", actor.login, accepted or "")
        files = _files_of(row)
        done = Deploy(row["payload"]["name"], _resources(files), actor.login, accepted, _source(files)).run(uow)
        note_result(uow, row["id"], deployed_json(done))
        return done

    def withdraw(self, actor: Actor, request_id: UUID) -> None:
        """Throw a prepared deployment away."""
        may_keep(actor)
        self._engine.execute(
            Do(lambda uow: decide(uow, request_of(uow, request_id, "deploy"), "withdrawn", actor.login))
        )

    def deploy_once(
        self, actor: Actor, name: str, files: Sequence[File], because: str, key: str
    ) -> tuple[Mapping[str, Any], bool]:
        """Deploy files for a program; the same key deploys once. Answers the result and whether it was known."""
        may_keep(actor)
        checked = _checked(files)
        print_ = fingerprint_of(
            name, because, [[title, base64.b64encode(content).decode()] for title, content in files]
        )

        def act(uow: UnitOfWork) -> Deployed:
            resources = _resources(checked)
            accepted = _accepted(uow, resources, because)
            title = name.strip()[:100] or checked[0][0]
            return Deploy(title, resources, actor.login, accepted, _source(checked)).run(uow)

        answer = self._engine.execute(Once(Do(act), actor.login, f"deploy {key}", print_, deployed_json))
        return answer.result, answer.was_replayed


def deployed_json(done: Deployed) -> dict[str, Any]:
    """Return a deployment as plain JSON."""
    return {
        "deployment_id": str(done.deployment_id) if done.deployment_id else None,
        "definitions": [
            {"key": one.key, "version": one.version, "is_new": one.is_new, "id": str(one.id)}
            for one in done.definitions
        ],
        "warnings": [dict(one) for one in done.warnings],
    }  # fmt: skip


def _accepted(uow: UnitOfWork, resources: tuple[Resource, ...], because: str) -> str | None:
    """Return the reason to deploy an unsound diagram; None where none is needed."""
    check = CheckDeployment(resources).run(uow)
    if check.is_refused:
        raise DefinitionInvalid(findings=[dict(one) for one in check.findings])
    return reason_of(because) if check.is_unsound else None


def _checked(files: Sequence[File]) -> tuple[File, ...]:
    if not files:
        raise _mistake("请选择至少一个 .bpmn、.dmn 或 .form 文件")
    if len(files) > MOST_FILES or sum(len(content) for _, content in files) > MOST_BYTES:
        raise _mistake(f"一次最多 {MOST_FILES} 个文件，合计不超过 {MOST_BYTES // 1_000_000} MB")
    wrong = [name for name, _ in files if not _NAME.fullmatch(name)]
    if wrong:
        raise _mistake(
            f"文件名应为字母、数字、汉字、下划线或连字符，以 .bpmn、.dmn 或 .form 结尾：{'、'.join(wrong)[:200]}"
        )
    if len({name for name, _ in files}) < len(files):
        raise _mistake("有同名的文件")
    return tuple(files)


def _placed(name: str, process: str) -> str:
    return f"{process}/{name}" if process and name.endswith(".form") and "/" not in name else name


def _shipped(key: str) -> list[File]:
    found = list(shipped_of(key).items())
    if not found:
        raise DefinitionNotFound(key=key)
    return found


def _source(files: Sequence[File]) -> Literal["shipped", "city"]:
    """Tell whether these are nothing but files the program brings."""
    ours = {file.name: file.content for file in diagrams()}
    return "shipped" if all(ours.get(name) == content for name, content in files) else "city"


def _mistake(message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": "files", "message": message}])


def _files_of(row: Row) -> tuple[File, ...]:
    return tuple((name, base64.b64decode(content)) for name, content in row["payload"]["files"])


def _resources(files: Sequence[File]) -> tuple[Resource, ...]:
    return tuple(Resource(name, content) for name, content in files)
