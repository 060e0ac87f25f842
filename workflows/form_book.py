"""Finds the form of a task: the one deployed with the version its case runs by, else the one the program brings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.process_engine import ProcessEngine
from engine.spiff.model import form_name
from engine.store.tables import process_definition
from engine.store.unit_of_work import UnitOfWork
from workflows import errors
from workflows.forms import SHANGHAI, Form, load_form


@dataclass(frozen=True, slots=True)
class FormBook:
    """All forms of a city: those the program brings by process and form key, deployed ones by the hash of their file.

    What a hash stands for never changes, so each form is read from the database once.
    """

    forms: Mapping[tuple[str, str], Form]
    engine: ProcessEngine | None = None
    zone: ZoneInfo = SHANGHAI
    _known: dict[str, Form] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, folder: Path, zone: ZoneInfo = SHANGHAI, engine: ProcessEngine | None = None) -> "FormBook":
        """Read the forms that lie beside the diagrams under *folder*; *engine* knows those that were deployed."""
        paths = sorted(folder.glob("*/*.form"))
        found = {(path.parent.name, path.stem): load_form(path.read_bytes(), path.name, zone) for path in paths}
        return cls(found, engine, zone)

    def get(self, process_key: str, form_key: str) -> Form:
        """Return the form that something new begins with: of the latest version of the process.

        Raises:
            UnknownForm: there is none of this name.
        """
        if self.engine is None:
            return self._shipped(process_key, form_key)
        name = form_name(process_key, form_key)
        value = self.engine.ask(_CurrentHash(process_key, name))
        if value is not None and value not in self._known:
            self.engine.ask(_Kept(self, [(name, value)]))
        return self._of(process_key, form_key, value)

    def of_task(self, uow: UnitOfWork, task: Any) -> Form:
        """Return the form of a row of the task table, whatever has been deployed since the task began to wait.

        Raises:
            UnknownForm: none was deployed with its version, and the program brings none.
        """
        self.read_ahead(uow, [task])
        return self._of(task.definition_key, _form_key(task), task.form_hash)

    def read_ahead(self, uow: UnitOfWork, tasks: Iterable[Any]) -> None:
        """Read the forms of tasks that are not known yet, in one statement."""
        self.keep(uow, [(form_name(task.definition_key, _form_key(task)), task.form_hash)
                        for task in tasks if task.form_hash])  # fmt: skip

    def keep(self, uow: UnitOfWork, named: Iterable[tuple[str, str]]) -> None:
        """Read files, by name and hash, that are not known yet."""
        wanted = sorted({(name, value) for name, value in named if value not in self._known})
        for (_, value), file in zip(wanted, uow.resources(wanted) if wanted else (), strict=True):
            self._known[value] = load_form(file.content, file.name, self.zone)

    def _of(self, process_key: str, form_key: str, value: str | None) -> Form:
        if value is None:
            return self._shipped(process_key, form_key)
        form, shipped = self._known[value], self.forms.get((process_key, form_key))
        if shipped is None:
            return form
        asked = {item.key for item in form.questions}
        return replace(form, silent=tuple(item.key for item in shipped.questions if item.key not in asked))

    def _shipped(self, process_key: str, form_key: str) -> Form:
        form = self.forms.get((process_key, form_key))
        if form is None:
            raise errors.UnknownForm(process=process_key, form=form_key)
        return form


@dataclass(frozen=True, slots=True)
class _CurrentHash:
    """The hash of a form in the latest version of its process."""

    process_key: str
    name: str
    is_single: ClassVar[bool] = True

    def run(self, uow: UnitOfWork) -> str | None:
        """Answer it."""
        latest = (process_definition.c.key == self.process_key) & process_definition.c.is_latest
        return dict(uow.connection.scalar(select(process_definition.c.resources).where(latest)) or ()).get(self.name)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Forms read into a book."""

    book: FormBook
    named: Sequence[tuple[str, str]]

    def run(self, uow: UnitOfWork) -> None:
        """Read them."""
        self.book.keep(uow, self.named)


def _form_key(task: Any) -> str:
    key: str = task.form_key or task.element_id
    return key
