"""The engine for administrators: what is deployed, what runs, what waits, and how to change it with care."""

from engine.process_engine import ProcessEngine
from workflows.clauses import Clauses
from workflows.desk.engine_bulk import EngineBulk
from workflows.desk.tasks import TaskDesk
from workflows.engine_admin.definitions import DefinitionDesk
from workflows.engine_admin.deployments import DeploymentDesk
from workflows.engine_admin.instances import InstanceDesk
from workflows.engine_admin.jobs import JobDesk
from workflows.engine_admin.migrations import MigrationDesk
from workflows.engine_admin.second_person import SecondPersonDesk


class EngineDesk:
    """Everything about the engine, by area."""

    def __init__(self, engine: ProcessEngine, clauses: Clauses, tasks: TaskDesk) -> None:
        self.definitions = DefinitionDesk(engine, clauses, tasks.general_context)
        self.deployments = DeploymentDesk(engine)
        self.instances, self.jobs = InstanceDesk(engine), JobDesk(engine)
        self.requests, self.migrations = SecondPersonDesk(engine), MigrationDesk(engine)
        self.bulk = EngineBulk(engine)
