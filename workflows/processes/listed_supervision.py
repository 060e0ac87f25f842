"""重复预警挂牌督办: a place is listed, cured in time or not, checked, taken off (zz2020/2.7)."""

from workflows.alerts import listings
from workflows.process import Process

PROCESS = Process(
    key="listed_supervision",
    title="挂牌督办",
    recorders={
        "open_listing": listings.open_listing,
        "send_listing": listings.send_listing,
        "close_listing": listings.close_listing,
    },
    on_complete={"report_listing": listings.report_listing, "check_listing": listings.check_listing},
)
