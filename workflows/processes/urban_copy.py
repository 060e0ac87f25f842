"""办件项目抄送: urban management learns of decisions and signs for them (zz2020/1.1/copy)."""

from workflows import copies
from workflows.process import Process

PROCESS = Process(
    key="urban_copy",
    title="办件项目抄送",
    recorders={"send_copies": copies.send, "renotify": copies.renotify},
    on_complete={"acknowledge_copy": copies.acknowledge},
)
