"""What each step rests on: clause → instrument, article, words, validity."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.errors import NotFound


class UnknownClause(NotFound):
    """There is no such clause."""

    code = "unknown-clause"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause; ``status`` is law, practice (elsewhere) or none (with the reason in ``text``)."""

    id: str
    instrument: str
    article: str
    text: str
    status: str
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def title(self) -> str:
        """Return instrument and article."""
        return f"{self.instrument}{self.article}"


class Clauses:
    """All clauses by id."""

    def __init__(self, clauses: Mapping[str, Clause]) -> None:
        self._clauses = dict(clauses)

    @classmethod
    def load(cls, path: Path) -> "Clauses":
        """Read ``clauses.toml``: ``[instrument key]`` tables with a name and a table of clauses."""
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found: dict[str, Clause] = {}
        for key, instrument in data.items():
            for local, row in instrument["clauses"].items():
                clause_id = f"{key}/{local}"
                found[clause_id] = Clause(
                    clause_id, instrument["name"], row.get("article", ""), row["text"],
                    row.get("status", instrument["status"]),
                    row.get("from", instrument.get("from")), row.get("until", instrument.get("until")),
                )  # fmt: skip
        return cls(found)

    def get(self, clause_id: str) -> Clause:
        """Return a clause, or raise ``UnknownClause``."""
        if clause_id not in self._clauses:
            raise UnknownClause(clause=clause_id)
        return self._clauses[clause_id]

    def exists(self, clause_id: str) -> bool:
        """Tell whether there is such a clause."""
        return clause_id in self._clauses

    def valid_on(self, clause_id: str, day: date) -> bool:
        """Tell whether a clause was in force on a day."""
        clause = self.get(clause_id)
        begun = clause.valid_from is None or clause.valid_from <= day
        return begun and (clause.valid_to is None or day < clause.valid_to)

    def __iter__(self) -> Iterator[Clause]:
        return iter(self._clauses.values())
