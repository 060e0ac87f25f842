"""The lists behind the indicators: each is one statement whose rows are the denominator, its hits the numerator."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select

from workflows.performance.measures import checks, coverage, exchange, findings, handoff, outside
from workflows.performance.sql import Window

Measure = Callable[[Window], Select[Any]]
_ALL: tuple[Measure, ...] = (
    handoff.pushed_in_time,
    handoff.claimed,
    handoff.claimed_in_time,
    handoff.returned,
    handoff.unclaimed,
    handoff.fed_back,
    handoff.clocks_warned,
    handoff.orders_replied,
    coverage.items_claimed,
    coverage.items_checked,
    coverage.items_acted,
    coverage.acts_proven,
    coverage.lists_made,
    coverage.elements_filled,
    coverage.elements_correct,
    coverage.certified_registered,
    coverage.key_covered,
    checks.drawn_at_random,
    checks.joint,
    checks.mobile,
    checks.off_site,
    checks.random_done,
    checks.random_published,
    checks.files_passed,
    checks.decisions_lost,
    exchange.copies_signed,
    exchange.transfers_accepted,
    exchange.transfers_answered,
    exchange.transfer_days,
    exchange.credit_late,
    exchange.credit_valid,
    exchange.credit_hidden,
    outside.complaints_handled,
    outside.complaints_matched,
    outside.complaints_in_time,
    outside.complaints_satisfied,
    outside.complaints_redone,
    outside.alerts_true,
    outside.alerts_checked,
    findings.criticised,
    findings.inactions,
    findings.records_false,
)
MEASURES: Mapping[str, Measure] = {measure.__name__: measure for measure in _ALL}
