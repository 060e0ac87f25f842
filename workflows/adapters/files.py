"""Files in a folder: one for each batch, and what comes back in the folder ``feedback``."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workflows.adapters.abnormal import feedback_of
from workflows.delivery.protocol import Batch, DeliveryFailed, Feedback, OutboundRow, Sent
from workflows.delivery.writers import WRITERS, written


@dataclass(frozen=True, slots=True)
class Files:
    """Writes batches as files of one format; a batch sent again replaces its own file."""

    folder: Path
    format: str = "xlsx"

    @property
    def name(self) -> str:
        """How the batch says it travelled."""
        return f"files/{self.format}"

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        """Write the batch as one file."""
        content = WRITERS[self.format](batch, [written(batch, one) for one in records])
        name = f"{batch.channel}-{batch.dataset}-{batch.number}.{self.format}"
        place(self.folder, name, content)
        return Sent(name)

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        """Read the csv files of ``feedback``: the columns of the abnormal table, one row a fault."""
        found: list[Feedback] = []
        for path in sorted((self.folder / "feedback").glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                found.extend(feedback_of(row) for row in csv.DictReader(file))
        return [one for one in found if since is None or one.reported_at >= since]


def place(folder: Path, name: str, content: bytes) -> None:
    """Write a file beside its place and move it there, so that nobody ever reads half of it.

    Raises:
        DeliveryFailed: the disk refuses it.
    """
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as exc:
        raise DeliveryFailed(f"不能写入 {name}：{exc.strerror}") from exc
