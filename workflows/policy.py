"""Who may do what: groups, units, jurisdiction, four eyes; whatever is not allowed is denied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflows import errors

ROLES: Mapping[str, str] = {
    "approval_clerk": "审批承办人",
    "section_officer": "科室承办人",
    "section_head": "科室负责人",
    "district_officer": "区（市）局承办人",
    "policy_officer": "政策法规科承办人",
    "squad_officer": "城管（执法）承办人",
    "squad_head": "城管（执法）负责人",
    "leader": "局领导",
    "discipline_watcher": "纪检监督",
    "administrator": "系统管理员",
    "security_administrator": "安全管理员",
    "audit_administrator": "审计管理员",
    "integration_account": "系统对接账号",
}
OVERSEERS = frozenset({"policy_officer", "leader", "discipline_watcher"})
ADMINISTRATORS = ("administrator", "security_administrator", "audit_administrator")  # nobody holds two of them
NO_OFFICIALS = frozenset({*ADMINISTRATORS, "integration_account"})  # who has no other role takes no part in cases
APPROVERS = frozenset({"section_head", "squad_head", "policy_officer", "leader"})


@dataclass(frozen=True, slots=True)
class Cover:
    """For whom a person stands in today: that person's groups, for which processes, and whether to sign, too.

    ``processes`` are keys; none means all. ``number`` is that of the absence.
    """

    login: str
    name: str
    unit: str
    units: tuple[str, ...]
    roles: frozenset[str]
    groups: frozenset[str]
    processes: frozenset[str]
    may_sign: bool
    number: str

    def covers(self, definition_key: str) -> bool:
        """Tell whether the absence hands over the tasks of a process."""
        return not self.processes or definition_key in self.processes


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts; groups are ``unit/role`` and decide what may be taken, ``covers`` for whom else."""

    login: str
    name: str
    unit: str
    unit_name: str
    kind: str
    area: str
    roles: frozenset[str]
    units: tuple[str, ...]
    groups: frozenset[str] = field(default_factory=frozenset)
    covers: tuple[Cover, ...] = ()

    def has(self, *roles: str) -> bool:
        """Tell whether the person has one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def oversees(self) -> bool:
        """Tell whether the person supervises the supervisors and sees every case of the city."""
        return not self.roles.isdisjoint(OVERSEERS)


SYSTEM = Actor("system", "系统", "", "", "system", "", frozenset(), ())


def groups_of(units: Iterable[str], roles: Iterable[str]) -> frozenset[str]:
    """Return the groups of a person: every role in the own unit and in the office it is a section of."""
    wanted = list(roles)
    return frozenset(f"{unit}/{role}" for unit in units for role in wanted)


def fault_of_roles(roles: Iterable[str]) -> str:
    """Return what is wrong with the roles of one person, and what to do; empty when nothing is."""
    held = list(roles)
    if unknown := [role for role in held if role not in ROLES]:
        return f"没有角色 {'、'.join(unknown)}，可用的角色：{'、'.join(ROLES)}"
    own = [ROLES[role] for role in held if role in ADMINISTRATORS]
    if len(own) > 1:
        return f"{'、'.join(own)}不得由同一人担任（三员分立），请分给不同的人"
    if len(held) > 1 and not {"security_administrator", "audit_administrator"}.isdisjoint(held):
        return f"{own[0]}不得兼任其他角色，请只保留一个"
    return ""


def takes_part(roles: Iterable[str]) -> bool:
    """Tell whether somebody may be asked to act in cases: administrators and programs may not, whoever names them."""
    return not NO_OFFICIALS.issuperset(roles)


def may_take(actor: Actor, groups: Iterable[str], users: Iterable[str], assignee: str | None) -> bool:
    """Tell whether the person may act on a task."""
    if assignee is not None:
        return assignee == actor.login
    return actor.login in set(users) or not actor.groups.isdisjoint(groups)


def require(actor: Actor, *roles: str) -> None:
    """Refuse a person without one of the roles.

    Raises:
        NotAllowed: names the roles that may.
    """
    if not actor.has(*roles):
        raise errors.NotAllowed(needs=[ROLES.get(role, role) for role in roles])
