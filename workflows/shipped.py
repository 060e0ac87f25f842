"""The diagrams, tables and forms that the program brings, and how a city's own changes stand beside them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

import bpmn
from engine.commands.deploy import Deploy, Deployed
from engine.commands.deployed_files import latest_of
from engine.errors import DefinitionInvalid
from engine.spiff.model import Resource, is_form, owner_of
from engine.store.tables import deployment, deployment_resource, process_definition
from workflows.uow import UnitOfWork

BPMN_FOLDER = Path(bpmn.__file__).parent
NAME = "bpmn"
_KINDS = ("*/*.bpmn", "*/*.dmn", "*/*.form")


@cache
def diagrams(folder: Path = BPMN_FOLDER) -> tuple[Resource, ...]:
    """Read all diagrams, decision tables and forms that the program brings."""
    return tuple(file for _, file in _placed(folder))


@cache
def folders(folder: Path = BPMN_FOLDER) -> Mapping[str, str]:
    """Return the key of the process that each file lies beside, by the name it is deployed by."""
    return {file.name: key for key, file in _placed(folder)}


def shipped_of(process_key: str) -> Mapping[str, bytes]:
    """Return the files the program brings for a process, by name."""
    return {file.name: file.content for file in diagrams() if folders()[file.name] == process_key}


def _placed(folder: Path) -> list[tuple[str, Resource]]:
    paths = sorted(path for kind in _KINDS for path in folder.glob(kind))
    return [(path.parent.name,
             Resource(f"{path.parent.name}/{path.name}" if is_form(path.name) else path.name, path.read_bytes()))
            for path in paths]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A file that is deployed with another content than the program brings, and who changed it last.

    ``is_own``: the city did. Else the program has a newer one that was not deployed yet.
    """

    name: str
    process_key: str
    hash: str
    is_own: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadStandings:
    """The files of the program that are deployed otherwise, by name."""

    files: Sequence[Resource]

    def run(self, uow: UnitOfWork) -> tuple[Standing, ...]:
        """Answer them."""
        return tuple(_standings(uow, self.files).values())


def _standings(uow: UnitOfWork, files: Sequence[Resource]) -> dict[str, Standing]:
    ours, places = {file.name: file.hash for file in files}, folders()
    current = _current(uow)
    doubtful = [name for name, value in ours.items() if current.get(name, set()) != {value}]
    if not doubtful:
        return {}
    rows = uow.connection.execute(
        select(
            deployment_resource.c.name, deployment_resource.c.hash, deployment.c.source,
            deployment.c.name.label("title"), deployment.c.deployed_by, deployment.c.deployed_at,
        )
        .join_from(deployment_resource, deployment)
        .where(deployment_resource.c.name.in_(doubtful))
    ).all()  # fmt: skip
    newest: dict[str, Any] = {}
    # of two deployed at one instant, the later is the one that is in use
    for row in sorted(rows, key=lambda one: (one.deployed_at, one.hash in current.get(one.name, ()))):
        # a file that only came along unchanged says nothing of who changed it
        if row.name not in newest or newest[row.name].hash != row.hash:
            newest[row.name] = row
    return {
        name: Standing(name, places.get(name, owner_of(name)), row.hash, not _is_shipped(row), row.deployed_by,
                       row.deployed_at)
        for name, row in newest.items() if row.hash != ours[name]
    }  # fmt: skip


def _is_shipped(row: Any) -> bool:
    """Tell where a deployment came from; programs of earlier releases only gave it a name."""
    return bool(row.source == "shipped" or (row.source is None and row.title == NAME))


def _current(uow: UnitOfWork) -> Mapping[str, set[str]]:
    """Return the hashes of each file in the latest versions: a diagram's and a form's in that of their own process."""
    found: dict[str, set[str]] = {}
    columns = (process_definition.c.key, process_definition.c.main_resource, process_definition.c.resources)
    for row in uow.connection.execute(select(*columns).where(process_definition.c.is_latest)):
        for name, value in row.resources:
            is_another = (name.endswith(".bpmn") and name != row.main_resource) or (
                is_form(name) and owner_of(name) != row.key
            )
            if not is_another:
                found.setdefault(name, set()).add(value)
    return found


@dataclass(frozen=True, slots=True)
class ShippedDeployed:
    """What became of the program's files; ``left`` are those the city changed, which stay as they are."""

    deployed: Deployed
    left: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class DeployShipped:
    """Deploy what the program brings, but leave each file that the city changed as the city has it.

    ``replace`` names files, or processes with all their files, that are deployed nevertheless; ``replaces_all`` all.

    Raises:
        DefinitionInvalid: the files do not fit together; findings name those that were left, too.
    """

    files: tuple[Resource, ...]
    actor: str
    replace: Collection[str] = ()
    replaces_all: bool = False

    def run(self, uow: UnitOfWork) -> ShippedDeployed:
        """Do it: what stands where is read in the same transaction."""
        left = {} if self.replaces_all else {
            name: one for name, one in _standings(uow, self.files).items()
            if one.is_own and name not in self.replace and one.process_key not in self.replace
        }  # fmt: skip
        try:
            done = Deploy(NAME, self._mixed(uow, left), self.actor, source="shipped").run(uow)
        except DefinitionInvalid as exc:
            found = exc.facts.get("findings")
            raise DefinitionInvalid(
                findings=[*(found if isinstance(found, list) else []), *map(_kept, left.values())]
            ) from exc
        return ShippedDeployed(done, tuple(left.values()))

    def _mixed(self, uow: UnitOfWork, left: Mapping[str, Standing]) -> tuple[Resource, ...]:
        """Return the program's files with the city's in the place of those it changed, and what these need."""
        if not left:
            return self.files
        named = {name: one.hash for name, one in left.items()}
        for row in latest_of(uow).values():
            if row.main_resource in left:
                named |= {name: value for name, value in row.resources if name not in folders() and name not in named}
        own = {file.name: file for file in uow.resources(sorted(named.items()))}
        return tuple({**{file.name: file for file in self.files}, **own}.values())


def _kept(one: Standing) -> Mapping[str, str]:
    return {
        "file": one.name, "element": "", "rule": "changed-by-city",
        "message": f"本市改过此文件（{one.by}），部署时保留了本市的内容，可能与随程序发布的其他文件不相容",
        "remedy": f"修改后重新部署，或用 --replace {one.process_key} 换成随程序发布的内容",
    }  # fmt: skip
