"""Where complaints come from: the city's channels, each with the limits it brings along."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflows import errors


@dataclass(frozen=True, slots=True)
class Channel:
    """One source of complaints.

    ``accept_limit``, ``handle_limit`` and ``extend_limit`` name limits; ``anchor`` tells whether handling counts from
    the receipt or from the acceptance; ``group`` is what the statistics put together.
    """

    key: str
    title: str
    group: str
    accept_limit: str
    handle_limit: str
    extend_limit: str
    anchor: str
    needs_source_no: bool


@cache
def channels_of(folder: Path) -> Mapping[str, Channel]:
    """Return the channels of a city by key, in the order of its file."""
    data = tomllib.loads((folder / "complaint_channels.toml").read_text(encoding="utf-8"))
    return {key: Channel(key=key, **row) for key, row in data.items()}


def channel_of(folder: Path, key: str) -> Channel:
    """Return a channel.

    Raises:
        FormInvalid: the city has no such channel.
    """
    found = channels_of(folder).get(key)
    if found is None:
        message = f"来源只能是 {'、'.join(channels_of(folder))}"
        raise errors.FormInvalid(errors=[{"field": "channel", "code": "invalid", "message": message}])
    return found
