"""Escalations are done exactly once: real Odoo processes at the same time, killed and run again,
and an SMTP server that counts.
"""

import random
import signal
import time
from collections import Counter
from contextlib import closing

import psycopg2
import pytest

from tests.conftest import (
    SUITE_TEMPLATE,
    create_database,
    drop_database,
    odoo_shell,
    psql,
)
from tests.delivery.counting_server import CountingServer
from tests.delivery.test_exactly_once import Scene
from tests.servers import wait_for

AGENTS = 8
SETUP = """
from odoo.fields import Command

env["ir.mail_server"].search([]).unlink()
env.cr.execute("DELETE FROM crm_sla_event")  # of the demo data
env.company.email = "office@example.com"
group = env.ref("crm_suite_helpdesk.group_agent")
people = env["res.users"].create(
    [
        {
            "name": f"Agent {n}",
            "login": f"agent{n}",
            "email": f"agent{n}@example.com",
            "notification_type": "email",
            "group_ids": [Command.link(group.id)],
        }
        for n in range(%(agents)s)
    ]
)
leader = env["res.users"].create(
    {
        "name": "Leader",
        "login": "leader",
        "email": "leader@example.com",
        "notification_type": "inbox",
        "group_ids": [Command.link(group.id)],
    }
)
team = env["crm.ticket.team"].create(
    {"name": "Night", "user_id": leader.id, "member_ids": [Command.set(people.ids)]}
)
env["crm.sla.policy"].search([]).action_archive()
env["crm.sla.policy"].create(
    {
        "name": "An hour",
        "mode": "always",
        "team_ids": [Command.set(team.ids)],
        "target_ids": [Command.create({"metric": "first_response", "budget_s": 3600})],
        "rule_ids": [
            Command.create(
                {
                    "kind": "after",
                    "to_agent": True,
                    "to_leader": True,
                    "raise_priority": True,
                    "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
                    "only_working_hours": False,
                }
            )
        ],
    }
)
env["crm.ticket"].with_context(mail_auto_subscribe_no_notify=True).create(
    [
        {"name": f"Fire {n}", "team_id": team.id, "user_id": agent.id, "priority": "0"}
        for n, agent in enumerate(people)
    ]
)
"""
MANY = """
team = env["crm.ticket.team"].search([("name", "=", "Night")])
env["crm.ticket"].with_context(mail_auto_subscribe_no_notify=True).create(
    [
        {"name": f"More {n}", "team_id": team.id, "user_id": agent.id, "priority": "0"}
        for n in range(%(each)s)
        for agent in team.member_ids
    ]
)
"""
# The deadlines of all clocks passed some minutes ago, or in the night
PASS = """
update crm_sla_clock
   set state_since = passed.at - interval '1 hour',
       deadline = passed.at,
       next_event_at = passed.at
  from (select date_trunc('second', now() at time zone 'utc') - interval '%(late)s minutes')
       as passed (at)
 where state = 'running' and policy_id = (select max(id) from crm_sla_policy)
"""
TICK = 'env["crm.sla.clock"]._cron_tick()'
DELIVER = 'env["mail.mail"]._cron_deliver_once()'
# A tick that says how far it has come, and waits there to be killed
HELD_TICK = """
import sys, time
from odoo.addons.crm_suite_helpdesk.models.escalation import escalator

def hold(*args, **kwargs):
    print("REACHED", file=sys.stderr, flush=True)
    time.sleep(120)

%(patch)s
env["crm.sla.clock"]._cron_tick()
"""
PLACES = {
    "before_anything_is_done": "escalator.Escalator.act = hold",
    "when_all_is_done_but_not_committed": "escalator.Escalator._log = hold",
    "between_the_steps_and_the_messages": 'env.registry["crm.sla.notice"]._send_waiting = hold',
    "when_a_message_is_written": 'env.registry["mail.mail"]._trigger_delivery = hold',
    "when_some_are_told": (
        'told = env.registry["crm.sla.notice"]._tell\n'
        "count = []\n"
        "def tell(self):\n"
        "    count.append(1)\n"
        "    return hold() if len(count) > 4 else told(self)\n"
        'env.registry["crm.sla.notice"]._tell = tell'
    ),
}
# A tick that stands still there until another has come and gone
SLOW_TICK = """
import pathlib, sys, time
from odoo.addons.crm_suite_helpdesk.models.escalation import escalator

def slow(method):
    def wait(*args, **kwargs):
        print("REACHED", file=sys.stderr, flush=True)
        while not pathlib.Path("%(gate)s").exists():
            time.sleep(0.1)
        return method(*args, **kwargs)
    return wait

%(patch)s
env["crm.sla.clock"]._cron_tick()
"""
SLOW_PLACES = {
    "with_the_clocks_in_hand": "escalator.Escalator.act = slow(escalator.Escalator.act)",
    "with_messages_to_send": (
        'notice = env.registry["crm.sla.notice"]\nnotice._tell = slow(notice._tell)'
    ),
}


@pytest.fixture(scope="module")
def prepared():
    """A database in which eight agents have a ticket each."""
    name = create_database(SUITE_TEMPLATE)
    odoo_shell(name, SETUP % {"agents": AGENTS})
    yield name
    drop_database(name)


@pytest.fixture
def desk(prepared):
    made = Desk(prepared)
    yield made
    made.close()


class Desk(Scene):
    """A copy of the prepared database, in which all first responses are late."""

    def __init__(self, template):
        super().__init__(template)
        self.let_pass(minutes=1)

    def let_pass(self, minutes):
        psql(self.database, PASS % {"late": minutes})

    def query(self, sql):
        return psql(self.database, sql)

    def count(self, table, condition="true"):
        return int(self.query(f"select count(*) from {table} where {condition}")[0][0])

    def wait_until_held(self, process):
        def said():
            process.log.seek(0)
            text = process.log.read()
            assert process.poll() is None, text
            return "REACHED" in text

        wait_for("the place to kill the tick at", said, 120)

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait(20)

    def finish(self):
        """Run the jobs until nothing is left to do, as the server does."""
        self.run(TICK, TICK)
        self.run(DELIVER)

    def check_everything_once(self, tickets=AGENTS):
        events = self.query(
            "select clock_id, rule_id, occurrence, count(*) from crm_sla_event group by 1, 2, 3"
        )
        assert len(events) == tickets, "no escalation is lost"
        assert {count for *_key, count in events} == {"1"}, "none is done twice"
        assert self.count("crm_sla_notice") == 2 * tickets
        assert self.count("crm_sla_notice", "sent_at is null or message_id is null") == 0
        # What was done to the tickets
        late = "team_id = (select max(id) from crm_ticket_team)"
        assert self.query(f"select priority, count(*) from crm_ticket where {late} group by 1") == [
            ["1", str(tickets)]
        ]
        activities = self.query(
            "select res_id, user_id, count(*) from mail_activity"
            " where res_model = 'crm.ticket' and automated"
            f" and res_id in (select id from crm_ticket where {late}) group by 1, 2"
        )
        assert len(activities) == 2 * tickets
        assert {count for *_key, count in activities} == {"1"}
        notes = self.query(
            "select res_id, count(*) from mail_message where model = 'crm.ticket'"
            " and body like '%At the deadline%' and message_type = 'notification' group by 1"
        )
        assert len(notes) == tickets and {count for _id, count in notes} == {"1"}
        breached = "breached_at = deadline and next_event_at is null"
        assert self.count("crm_sla_clock", breached) == tickets

    def inbox(self, login="leader"):
        return int(
            self.query(
                "select count(*) from mail_notification n join res_users u"
                " on u.partner_id = n.res_partner_id"
                f" where u.login = '{login}' and n.notification_type = 'inbox'"
            )[0][0]
        )


EVERYBODY_ONCE = Counter({f"agent{n}@example.com": 1 for n in range(AGENTS)})


def test_workers_at_once(desk):
    desk.run(TICK, TICK, DELIVER, TICK)
    desk.run(DELIVER)
    desk.check_everything_once()
    assert desk.smtp.taken == EVERYBODY_ONCE
    assert desk.inbox() == AGENTS
    desk.finish()
    desk.check_everything_once()
    assert desk.smtp.taken == EVERYBODY_ONCE, "run again, nothing goes twice"
    assert desk.inbox() == AGENTS


@pytest.mark.parametrize("place", PLACES)
def test_killed(desk, place):
    held = desk.start(HELD_TICK % {"patch": PLACES[place]})
    desk.wait_until_held(held)
    desk.run(TICK)  # another worker goes on meanwhile
    desk.kill(held)
    desk.finish()
    desk.check_everything_once()
    assert desk.smtp.taken == EVERYBODY_ONCE
    assert desk.inbox() == AGENTS


@pytest.mark.parametrize("place", SLOW_PLACES)
def test_slow(desk, place, tmp_path):
    """A worker that stands still for a while, and goes on after another has come and gone."""
    gate = tmp_path / "gate"
    held = desk.start(SLOW_TICK % {"patch": SLOW_PLACES[place], "gate": gate})
    desk.wait_until_held(held)
    desk.run(TICK)
    gate.touch()
    assert held.wait(120) == 0, "it goes on"
    desk.finish()
    desk.check_everything_once()
    assert desk.smtp.taken == EVERYBODY_ONCE
    assert desk.inbox() == AGENTS


def test_killed_at_any_moment(desk):
    """A late server with many tickets, killed again and again."""
    each = 40
    desk.run(MANY % {"each": each})
    desk.let_pass(minutes=600)
    tickets = AGENTS * (each + 1)
    moments = random.Random(5)
    for _attempt in range(4):
        process = desk.start(f"import sys\nprint('REACHED', file=sys.stderr, flush=True)\n{TICK}")
        desk.wait_until_held(process)
        time.sleep(moments.uniform(0.05, 1.5))
        desk.kill(process)
    desk.finish()
    desk.check_everything_once(tickets)
    assert set(desk.smtp.taken) == set(EVERYBODY_ONCE)
    told = desk.query(
        "select user_id, count(distinct message_id) from crm_sla_notice group by 1 order by 1"
    )
    assert sum(desk.smtp.taken.values()) == sum(int(count) for _user, count in told[:-1])
    assert all(int(count) <= 5 for _user, count in told), "a message for each run, not each ticket"


def test_late_server_and_two_workers_send_one_digest_each(desk):
    each = 60
    desk.run(MANY % {"each": each})
    desk.let_pass(minutes=600)
    desk.run(TICK, TICK)
    desk.run(DELIVER)
    desk.check_everything_once(AGENTS * (each + 1))
    assert desk.smtp.taken == EVERYBODY_ONCE, "one digest for each agent"
    assert desk.inbox() == 1, "and one for the leader"


def test_killed_while_the_server_takes_the_mail(desk):
    desk.run(TICK)
    desk.smtp.hold_at, desk.smtp.hold_after = "DATA", 4
    desk.kill_when_reached(desk.start(DELIVER))
    desk.finish()
    desk.check_everything_once()
    assert desk.smtp.taken == EVERYBODY_ONCE, "nobody twice, nobody missed"


def test_mail_server_down(desk):
    desk.smtp.controller.stop()
    desk.run(TICK)
    desk.run(DELIVER)
    desk.smtp = CountingServer()
    assert desk.count("crm_sla_event", "outcome::text like '%not_delivered%'") == AGENTS
    desk.check_everything_once()


def test_who_works_on_a_ticket_is_not_disturbed(desk):
    ticket_id = desk.query("select min(ticket_id) from crm_sla_clock where next_event_at < now()")
    with closing(psycopg2.connect(dbname=desk.database)) as connection:
        connection.cursor().execute("select from crm_ticket where id = %s for update", ticket_id[0])
        desk.run(TICK)
        assert desk.count("crm_sla_event") == AGENTS - 1, "the others do not wait"
        connection.rollback()
    desk.finish()
    desk.check_everything_once()
