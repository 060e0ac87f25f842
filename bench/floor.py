"""The database's own floor: pgbench with the same reads and writes as completing a user task."""

import glob
import shutil
import subprocess
import tempfile
from urllib.parse import urlsplit

import psycopg

_SCRIPT = """
\\set i random(1, 40)
BEGIN;
SELECT t.*, p.version, p.state, p.status, d.bundle_hash FROM floor_task t JOIN floor_instance p ON p.id = t.instance_id
  JOIN process_definition d ON d.id = p.definition_id WHERE t.id = :i;
UPDATE floor_instance SET status = 'active', version = version + 1, state = decode(repeat('61', 2200), 'hex') WHERE id = :i;
UPDATE floor_task SET status = 'open', ended_at = now(), ended_by = 'bench', answers = '{"n": 1}', version = version + 1
  WHERE instance_id = :i AND token = 1 AND status = 'open';
INSERT INTO floor_new_task (instance_id, token, name, variables) VALUES (:i, 1, 'Task 1', repeat('x', 1100)) RETURNING id;
INSERT INTO floor_candidate (group_name, task_id) VALUES ('unit/officer', currval('floor_new_task_id_seq'));
DELETE FROM floor_job WHERE instance_id = :i AND token IN (1, 2);
INSERT INTO floor_job (instance_id, token, due_at, payload) VALUES (:i, 1, now() + interval '30 days', '{}');
INSERT INTO floor_history (instance_id, at, kind, detail) VALUES (:i, now(), 'task-completed', '{}'),
  (:i, now(), 'element-completed', '{}'), (:i, now(), 'element-completed', '{}');
COMMIT;
"""

_TABLES = """
CREATE TABLE floor_instance (id int PRIMARY KEY, definition_id uuid, status text, version int, state bytea);
CREATE TABLE floor_task (id int PRIMARY KEY, instance_id int, token int, status text, ended_at timestamptz, ended_by text,
  answers json, version int, variables json, UNIQUE (instance_id, token));
CREATE TABLE floor_new_task (id bigserial PRIMARY KEY, instance_id int, token int, name text, variables text,
  created_at timestamptz DEFAULT now());
CREATE INDEX ON floor_new_task (instance_id, token);
CREATE INDEX ON floor_new_task (created_at);
CREATE TABLE floor_candidate (group_name text, task_id bigint, PRIMARY KEY (group_name, task_id));
CREATE TABLE floor_job (id bigserial PRIMARY KEY, instance_id int, token int, due_at timestamptz, payload json);
CREATE INDEX ON floor_job (due_at);
CREATE INDEX ON floor_job (instance_id, token);
CREATE TABLE floor_history (id bigserial PRIMARY KEY, instance_id int, at timestamptz, kind text, detail json);
CREATE INDEX ON floor_history (instance_id, at, id);
INSERT INTO floor_instance SELECT i, (SELECT id FROM process_definition LIMIT 1), 'active', 1,
  decode(repeat('61', 2200), 'hex') FROM generate_series(1, 40) i;
INSERT INTO floor_task SELECT i, i, 1, 'open', now(), '', '{}', 1, ('{"x": "' || repeat('x', 1100) || '"}')::json
  FROM generate_series(1, 40) i;
"""


def floor(url: str, clients: int, seconds: float) -> float | None:
    """Return pgbench's transactions per second, or None where there is no pgbench."""
    program = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"), reverse=True)), shutil.which("pgbench"))
    if program is None:
        return None
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('floor_job')").fetchone()[0] is None:
            connection.execute(_TABLES)
    parts = urlsplit(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write(_SCRIPT)
        script.flush()
        command = [program, "-n", "-M", "prepared", "-f", script.name, "-c", str(clients), "-j", str(min(clients, 2)),
                   "-T", str(max(1, round(seconds))), "-h", str(parts.hostname), "-p", str(parts.port),
                   "-U", str(parts.username), parts.path.lstrip("/")]  # fmt: skip
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in printed.splitlines() if line.startswith("tps"))
    return float(line.split("=")[1].split()[0])
