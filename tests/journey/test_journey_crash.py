"""The workers of journeys: real processes of Odoo, killed and started again, on a real database."""

import os
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from tests.conftest import SUITE_TEMPLATE, create_database, drop_database, odoo_shell, psql
from tests.servers import ROOT

PEOPLE = 300
KILLS = 6
# each action leaves a mark, which two runs would leave twice
SETUP = """
from odoo import Command
from odoo.tools import SQL

people = env["res.partner"].create(
    [{"name": f"Person {n}", "ref": "journey", "city": "Gent" if n %% 2 else "Brugge"}
     for n in range(%(people)s)]
)
mark = env["ir.actions.server"].create(
    {
        "name": "Leave a mark",
        "model_id": env["ir.model"]._get_id("res.partner"),
        "state": "code",
        "code": "for one in records:\\n"
        "    env['res.partner.industry'].create({'name': 'mark %%s' %% one.id})\\n"
        "    time.sleep(0.002)",
    }
)
# who is on his way in the demo data is not ours
for table in ("step", "participant"):
    env.cr.execute(SQL("DELETE FROM %%s", SQL.identifier("crm_journey_" + table)))
journey = env["crm.journey"].create({"name": "Crash", "user_id": env.ref("base.user_admin").id})
version = journey.draft_version_id
arms = [Command.create({"port": port, "name": port, "weight": 50}) for port in "ab"]
kinds = {
    "a": {"kind": "server_action", "server_action_id": mark.id},
    "b": {"kind": "branch", "domain": "[('city', '=', 'Gent')]"},
    "w": {"kind": "wait", "amount": 0},
    "s": {"kind": "split", "arm_ids": arms},
    "z": {"kind": "server_action", "server_action_id": mark.id},
}
version.node_ids = [Command.create({"uid": uid, **values}) for uid, values in kinds.items()]
nodes = {node.uid: node for node in version.node_ids}
for way in ("start.next a", "a.next b", "b.yes w", "b.no s", "w.next s", "s.a z", "s.b z"):
    source, target = way.split()
    uid, port = source.split(".")
    env["crm.journey.edge"].create(
        {"version_id": version.id, "source_id": nodes[uid].id, "port": port,
         "target_id": nodes[target].id}
    )
version.state = "live"
journey.write({"state": "running", "live_version_id": version.id, "draft_version_id": False})
found = SQL("SELECT id AS res_id FROM res_partner WHERE ref = 'journey'")
assert nodes["start"]._enrol(found) == %(people)s
env.cr.commit()
"""


class Scene:
    """A database with a journey, and the processes that work on it."""

    def __init__(self, database):
        self.database = database
        self.lines, self.running, self.failures = queue.Queue(), {}, 0
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.host = subprocess.Popen(
            [sys.executable, "-m", "tests.journey.worker_host", database],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            bufsize=1,
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.expect("ready", 120)

    def _read(self):
        for line in self.host.stdout:
            self.lines.put(line.split())
        self.lines.put(["closed"])

    def words(self):
        self.log.seek(0)
        return self.log.read()[-3000:]

    def take_line(self, seconds):
        try:
            line = self.lines.get(timeout=max(seconds, 0.01))
        except queue.Empty:
            return None
        assert line[0] != "closed", self.words()
        if line[0] in ("ended", "failed"):
            self.running.pop(int(line[1]), None)
            self.failures += line[0] == "failed"
        return line

    def expect(self, word, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            line = self.take_line(end - time.monotonic())
            if line and line[0] == word:
                return line
        raise AssertionError(f"waited for {word}: {self.words()}")

    def start(self, number, most=""):
        self.host.stdin.write(f"{number} {most}\n")
        self.running[number] = int(self.expect("started")[2])

    def wait(self, seconds=120):
        end = time.monotonic() + seconds
        while self.running:
            assert time.monotonic() < end, f"still running: {self.running} {self.words()}"
            self.take_line(end - time.monotonic())

    def kill(self, number):
        pid = self.running.pop(number, None)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def count(self):
        query = "select count(*) from res_partner_industry where name::text like '%mark %'"
        return int(psql(self.database, query)[0][0])

    def wait_for_marks(self, number, seconds=60):
        end = time.monotonic() + seconds
        while self.running and self.count() < number and time.monotonic() < end:
            while not self.lines.empty():
                self.take_line(0)

    def finish(self):
        """Let workers run until nobody is on the way; one that was killed may still hold its lock
        for a moment.
        """
        for _attempt in range(20):
            self.start(1)
            self.start(2)
            self.wait()
            if not self.states("participant").get("running"):
                return

    def states(self, table):
        query = f"select state, count(*) from crm_journey_{table} group by 1"
        return {state: int(count) for state, count in psql(self.database, query)}

    def check(self):
        """Nobody is lost, nobody is in two places, nothing was done twice."""
        open_states = "('waiting', 'due', 'claimed', 'failed')"
        wrong = psql(
            self.database,
            f"""select p.id, p.state, count(s.id) from crm_journey_participant p
             left join crm_journey_step s on s.participant_id = p.id and s.state in {open_states}
              group by p.id having count(s.id) != (p.state = 'running')::int""",
        )
        assert not wrong, wrong
        twice = psql(
            self.database,
            """select p.id, count(*) filter (where s.node_uid in ('a', 'z') and s.state = 'done'),
                      (select count(*) from res_partner_industry i
                        where i.name ->> 'en_US' = 'mark ' || p.res_id)
                 from crm_journey_participant p
                 join crm_journey_step s on s.participant_id = p.id
                group by p.id
               having count(*) filter (where s.node_uid in ('a', 'z') and s.state = 'done')
                      != (select count(*) from res_partner_industry i
                           where i.name ->> 'en_US' = 'mark ' || p.res_id)
                   or max(s.pass_number) > 1""",
        )
        assert not twice, f"marks and steps differ: {twice}"

    def close(self):
        for number in list(self.running):
            self.kill(number)
        self.host.stdin.close()
        try:
            self.host.wait(20)
        except subprocess.TimeoutExpired:
            self.host.kill()
            self.host.wait(20)
        self.log.close()


@pytest.fixture
def scene():
    name = create_database(SUITE_TEMPLATE)
    made = None
    try:
        odoo_shell(name, SETUP % {"people": PEOPLE})
        made = Scene(name)
        yield made
    finally:
        if made:
            made.close()
        drop_database(name)


def test_workers_killed_while_people_are_taken_out_and_versions_launched(scene):
    chance, deaths = random.Random(15), 0
    scene.start(1, most=20)
    scene.start(2, most=20)
    for number in range(KILLS):
        scene.wait_for_marks((number + 1) * 2 * PEOPLE // (KILLS + 2))
        if number == 1:
            scene.start(9)
        if number == 2:
            scene.start(0)
        victim = chance.choice([one for one in scene.running if one] or [1])
        deaths += scene.kill(victim)
        scene.check()
        scene.start(victim, most=20)
    scene.wait()
    scene.finish()
    assert deaths, "somebody was killed in the middle"
    assert not scene.failures, scene.words()
    scene.check()
    reasons = dict(
        psql(scene.database, "select exit_reason, count(*) from crm_journey_participant group by 1")
    )
    assert sum(map(int, reasons.values())) == PEOPLE, "nobody is lost"
    versions = psql(scene.database, "select count(*) from crm_journey_version")[0][0]
    assert int(versions) > 1, "somebody launched another one meanwhile"
    assert set(reasons) <= {"end", "by_hand"} and "end" in reasons, reasons
    before = scene.count()
    scene.start(1)
    scene.start(2)
    scene.wait()
    assert scene.count() == before, "whoever looks again does nothing"
