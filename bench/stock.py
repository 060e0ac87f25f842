"""The same loop the stock SpiffWorkflow way: the whole workflow as JSON in one row, per completion.

A program of its own, so that SpiffWorkflow is untouched. Prints completions per second.
"""

import sys
import time

import psycopg
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from bench.workload import diagram, variables

_CASES = 20


def main() -> None:
    """Measure for the given seconds against the given database."""
    url, seconds = sys.argv[1].replace("postgresql+psycopg", "postgresql"), float(sys.argv[2])
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagram()))
    serializer = BpmnWorkflowSerializer()
    workflow = BpmnWorkflow(parser.get_spec("bench"))
    workflow.task_tree.data.update(variables())
    workflow.do_engine_steps()
    fresh = serializer.serialize_json(workflow)
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS stock")
        connection.execute("CREATE TABLE stock (id int PRIMARY KEY, state text)")
        for i in range(_CASES):
            connection.execute("INSERT INTO stock VALUES (%s, %s)", (i, fresh))
        connection.commit()
        done, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            key = done % _CASES
            row = connection.execute("SELECT state FROM stock WHERE id = %s FOR UPDATE", (key,)).fetchone()
            loaded = serializer.deserialize_json(row[0])
            task = next(t for t in loaded.get_tasks(state=TaskState.READY) if t.task_spec.manual)
            task.data.update({"n": done})
            task.run()
            loaded.do_engine_steps()
            state = serializer.serialize_json(loaded)
            if done // _CASES % 10 == 9:  # a fresh case every ten completions: stock states grow without end
                state = fresh
            connection.execute("UPDATE stock SET state = %s WHERE id = %s", (state, key))
            connection.commit()
            done += 1
        print(done / (time.perf_counter() - begin))


if __name__ == "__main__":
    main()
