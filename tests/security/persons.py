"""Personal data to look for: a number of its own in each place that holds some, so that a leak names its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, Text, select, update

from engine.store.tables import metadata
from workflows.privacy.veil import rules

# fields that hold no personal data of a party, though their name is like one that does
EXEMPT: Mapping[str, str] = {
    "officer.phone": "a work telephone, in the staff list for all", "notice_setting.phone": "shown to oneself only",
    "complaint_informant.phone": "one reader of its own", "complaint_informant.address": "one reader of its own",
    "notice_delivery.address": "never shown", "staff_post.contact": "a work telephone of who is on duty",
}  # fmt: skip


def places() -> Iterator[tuple[Table, str]]:
    """Yield every column that holds personal data by the rule of names."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            kind = rules().kind_of(column.name)
            if kind is not None and isinstance(column.type, Text) and f"{table.name}.{column.name}" not in EXEMPT:
                yield table, column.name


def number(place: int) -> str:
    """Return an identity number with a right check digit; *place* tells one from another."""
    body = f"3704021990010{place % 30 + 11}{place:02d}"[:17].ljust(17, "0")
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(one) * by for one, by in zip(body, weights, strict=True)) % 11]


def mark(connection: Connection) -> dict[str, str]:
    """Write a value of its own into each column of all rows; answers the places by value."""
    found = {}
    for place, (table, name) in enumerate(places()):
        kind = rules().kind_of(name)
        assert kind is not None
        values = {
            "id_number": number(place),
            "phone": f"139{place:08d}",
            "address": f"枣庄市市中区演示路 {700 + place} 号",
        }
        connection.execute(update(table).values({name: values[kind.name]}))
        found[values[kind.name]] = f"{table.name}.{name}"
    return found | _mark_records(connection)


def _mark_records(connection: Connection) -> dict[str, str]:
    """Do the same with the fields of what is sent to other platforms."""
    found: dict[str, str] = {}
    table = metadata.tables["outbound_record"]
    for row in connection.execute(select(table.c.id, table.c.payload)).all():
        payload: dict[str, Any] = dict(row.payload)
        for name, value in payload.items():
            if value and rules().kind_of(name):
                payload[name] = number(90)
                found[payload[name]] = f"outbound_record.payload {name}"
        if payload != row.payload:
            connection.execute(update(table).where(table.c.id == row.id).values(payload=payload))
    return found
