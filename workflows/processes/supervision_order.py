"""督办: warn, red, order, leader, criticism, referral (zz2020/3.3)."""

from workflows import orders
from workflows.process import Process

PROCESS = Process(
    key="supervision_order",
    title="督办",
    recorders={
        "open_ladder": orders.open_ladder,
        "rung_warn": orders.warn,
        "rung_red": orders.red,
        "issue_order": orders.issue,
        "rung_leader": orders.leader,
        "rung_referred": orders.referred,
        "close_ladder": orders.close_ladder,
    },
    on_complete={
        "reply_to_order": orders.reply,
        "leader_instruction": orders.instruct,
        "decide_criticism": orders.criticise,
        "refer_discipline": orders.refer,
        "close_order": orders.note_closing,
    },
)
