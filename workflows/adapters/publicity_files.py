"""双公示 as files in a folder, exactly in the official layouts: no envelope, Chinese headings, the message of 2015."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workflows.adapters.files import Files, place
from workflows.credit.outputs import WRITERS
from workflows.delivery.protocol import Batch, Feedback, OutboundRow, Sent
from workflows.uow import local_time

DELETED = "-删除"


@dataclass(frozen=True, slots=True)
class PublicityFiles:
    """Writes a file for what is new or changed, and another for what is to be deleted; reads faults as files do."""

    folder: Path
    format: str = "xlsx"

    @property
    def name(self) -> str:
        """How the batch says it travelled."""
        return f"publicity_files/{self.format}"

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        """Write each file beside its place and move it there; a batch sent again replaces its own files."""
        parts = {"": [one for one in records if one.operation != "d"],
                 DELETED: [one for one in records if one.operation == "d"]}  # fmt: skip
        names = [self._write(batch, mark, rows) for mark, rows in parts.items() if rows]
        return Sent("、".join(names))

    def _write(self, batch: Batch, mark: str, records: Sequence[OutboundRow]) -> str:
        stamp = local_time(batch.formed_at).strftime("%Y-%m-%d %H:%M:%S")
        rows = [{**one.values, "DFBM": batch.source, "SJC": stamp} for one in records]
        content = WRITERS[self.format](batch.layout, rows, batch.source)
        name = f"{batch.channel}-{batch.dataset}-{batch.number}{mark}.{self.format}"
        place(self.folder, name, content)
        return name

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        """Read the csv files of ``feedback``, as plain files have them."""
        return Files(self.folder, self.format).fetch_feedback(since)
