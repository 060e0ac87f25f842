"""The composition root: everything that varies is put together here, and nowhere else."""

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.bulk_runner import BulkRunner
from engine.clock import Clock, ShiftedClock, SystemClock
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.spiff.runtime import Runtime
from engine.store.bell import Bell
from engine.store.database import Database
from engine.store.unit_of_work import Listener, Registry
from workflows import catalog
from workflows.accounts.factors import Factors
from workflows.adapters.malware import Scanner, open_scanner
from workflows.adapters.routes import read_routes
from workflows.audit.keys import AuditKey
from workflows.audit.kinds import PULSE, WATCHED
from workflows.audit.noting import note_the_rest
from workflows.audit.sealing import Sealer
from workflows.clauses import Clauses
from workflows.credit.follower import Follower
from workflows.delivery import Courier
from workflows.desk import Desk
from workflows.desk.audit import AuditDesk
from workflows.exchange.collect import Collector
from workflows.form_book import FormBook
from workflows.form_findings import form_findings
from workflows.functions import make_functions
from workflows.housekeeping import Housekeeper
from workflows.identity import Identity, SignInRules
from workflows.listeners import listeners
from workflows.migrate import program, stored_version
from workflows.notifications.channels import read_channels
from workflows.notifications.notifier import Notifier
from workflows.records.audit import audit_event
from workflows.records.webhooks import webhook_delivery
from workflows.retention import Archivist, RetentionRules, acts
from workflows.rulebook import Rulebook
from workflows.settings import Settings
from workflows.shipped import BPMN_FOLDER, DeployShipped, ShippedDeployed, diagrams
from workflows.task_acts.barriers import harmless
from workflows.vitals import Vitals
from workflows.vitals.tracing import open_tracing
from workflows.webhooks import Guard, Postman, Subscriptions
from workflows.webhooks.guard import networks_of
from workflows.worker import Worker
from workflows.worklist.words import columns_of


@dataclass(frozen=True, slots=True)
class Application:
    """Everything a front end or a worker needs."""

    settings: Settings
    clock: Clock
    engine: ProcessEngine
    rulebook: Rulebook
    clauses: Clauses
    forms: FormBook
    identity: Identity
    desk: Desk
    jobs: JobRunner
    collector: Collector
    follower: Follower
    courier: Courier
    notifier: Notifier
    retention: RetentionRules
    subscriptions: Subscriptions
    postman: Postman
    vitals: Vitals
    scanner: Scanner
    sealer: Sealer
    audit: AuditDesk

    def worker(self) -> Worker:
        """Return a worker that looks at the job table at every beat and when a job is due.

        What goes out is collected and carried beside the jobs, so that a slow receiver delays none of them.
        """
        bulk = BulkRunner(self.engine, acts(self.engine, self.retention))
        archivist = Archivist(self.engine, self.retention)
        carriers = (self.collector.work, self.courier.work, self.follower.work, self.notifier.work)
        chores = (
            self.sealer.work,
            self._follow_rules,
            *carriers,
            bulk.work,
            archivist.work,
            self.postman.work,
            Housekeeper(self.engine).work,
        )
        worker = Worker(
            self.jobs,
            tick=self.settings.tick,
            chores=chores,
            bell=Bell(self.engine.database),
            after=self.vitals.heart.beat,
        )
        self.engine.on_commit.append(worker.wake)
        return worker

    def _follow_rules(self) -> None:
        self.rulebook.follow(self.engine)

    def close(self) -> None:
        """Give the database back."""
        self.engine.database.close()


def build(settings: Settings, *, clock: Clock | None = None) -> Application:
    """Put the platform together; the database must have its tables."""
    settings = settings.with_secret()
    base = clock or SystemClock()
    shift = settings.clock_shift
    ticking = ShiftedClock(base, shift) if shift else base
    database = Database(settings.database)
    clauses = Clauses.load(BPMN_FOLDER / "clauses.toml")
    rulebook = Rulebook(settings.city_folder)
    runtime = Runtime(make_functions(rulebook))
    subscriptions = Subscriptions()
    shipped = FormBook.load(BPMN_FOLDER)
    engine = ProcessEngine(database, runtime, ticking, _registry(settings, rulebook, subscriptions, shipped))
    forms = replace(shipped, engine=engine)
    if stored_version(settings.database) is not None:
        rulebook.attach(engine)
    owner = socket.gethostname()
    sealer = Sealer(engine, AuditKey.read(settings.audit_key), settings.audit_anchor)
    return Application(
        settings=settings,
        clock=ticking,
        engine=engine,
        rulebook=rulebook,
        clauses=clauses,
        forms=forms,
        identity=_identity(engine, settings, rulebook),
        desk=Desk(engine, rulebook, clauses, forms),
        sealer=sealer,
        audit=AuditDesk(engine, sealer),
        jobs=JobRunner(engine, catalog.handlers(), owner=owner, lease=timedelta(seconds=60)),
        collector=Collector(engine, rulebook),
        follower=Follower(engine, rulebook),
        notifier=Notifier(engine, rulebook, read_channels(settings.notices)),
        courier=Courier(engine, read_routes(settings.routes, source=rulebook.city.area, now=ticking.now)),
        retention=RetentionRules.load(settings.city_folder),
        subscriptions=subscriptions,
        postman=Postman(engine, Guard(networks_of(settings.webhook_networks))),
        scanner=open_scanner(settings.scanner),
        vitals=Vitals.of(engine, f"{owner}:{os.getpid()}", program(), open_tracing(settings.tracing)),
    )


def _identity(engine: ProcessEngine, settings: Settings, rulebook: Rulebook) -> Identity:
    city = rulebook.city
    rules = SignInRules(frozenset(city.second_factor), city.password_days)
    return Identity(engine, Factors(engine, settings.secret, f"衔接 {city.name}"), rules)


def _registry(settings: Settings, rulebook: Rulebook, subscriptions: Subscriptions, shipped: FormBook) -> Registry:
    """Return what the engine is told about the domain."""
    outside = frozenset(topic.strip() for topic in settings.external_topics.split(",") if topic.strip())
    told: tuple[Listener, ...] = (*listeners(rulebook), subscriptions)
    free = harmless() | {webhook_delivery.name, audit_event.name}
    known = catalog.recorders(rulebook)
    beside = {(process.key, name) for process in catalog.PROCESSES for name in process.forms}
    return Registry(
        known, told, outside.__contains__, columns_of, free, WATCHED, PULSE, note_the_rest,
        lambda file: form_findings(file, shipped.forms, beside),
    )  # fmt: skip


def deploy_diagrams(
    engine: ProcessEngine, actor: str = "system", but: Collection[str] = (), *, replaces_all: bool = False
) -> ShippedDeployed:
    """Deploy everything in ``bpmn/``; what has not changed keeps its version, what the city changed its content."""
    return engine.execute(DeployShipped(diagrams(), actor, frozenset(but), replaces_all))
