"""Workers who assign tickets at the same moment: real Odoo processes on one database."""

from tests.conftest import SUITE_TEMPLATE, odoo_shell, psql, race

WORKERS = 3
CAPACITY = 4
TICKETS = 30

SETUP = f"""
from odoo.fields import Command

group = env.ref("crm_suite_helpdesk.group_agent")
users = env["res.users"].create(
    [
        {{"name": f"Racer {{n}}", "login": f"racer{{n}}", "group_ids": [Command.link(group.id)]}}
        for n in range(2)
    ]
)
# always at work, whatever the hour of the test
hours = env["resource.calendar"].create(
    {{
        "name": "Around the clock",
        "attendance_ids": [Command.clear()]
        + [
            Command.create({{"name": day, "dayofweek": day, "hour_from": 0, "hour_to": 24}})
            for day in "0123456"
        ],
    }}
)
team = env["crm.ticket.team"].create(
    {{
        "name": "Race",
        "member_ids": [Command.set(users.ids)],
        "calendar_id": hours.id,
        "assignment_method": "least_open",
    }}
)
team.agent_ids.write({{"capacity": {CAPACITY}, "resource_calendar_id": hours.id}})
env["crm.ticket"].create(
    [{{"name": f"Race {{n}}", "team_id": team.id}} for n in range({TICKETS})]
)
print("TEAM", team.id)
"""
# Every worker has his own tickets, and has seen the figures of the agents before anybody begins
WORKER = """
import time
from odoo.service.model import retrying

domain = [("team_id", "=", %(team)s), ("user_id", "=", False)]
own = [id_ for id_ in env["crm.ticket"].search(domain).ids if id_ %% %(workers)s == %(number)s]
wait_for_the_others()

def run():
    tickets = env["crm.ticket"].browse(own[done : done + 2])
    tickets.team_id.agent_ids.mapped("open_ticket_count")
    time.sleep(0.05)
    tickets._assign_automatically()

for done in range(0, len(own), 2):
    for _attempt in range(3):
        retrying(run, env)
        env.cr.commit()
print("DONE")
"""


def test_no_limit_is_exceeded_by_workers_at_the_same_moment(database):
    name = database(SUITE_TEMPLATE)
    output = odoo_shell(name, SETUP)
    team = int(next(line for line in output.splitlines() if "TEAM" in line).split()[-1])
    exits, outputs = race(
        name,
        [WORKER % {"team": team, "workers": WORKERS, "number": n} for n in range(WORKERS)],
    )
    assert not any(exits), outputs
    assert all("DONE" in text and "Traceback" not in text for text in outputs), outputs
    # who came second left his tickets to the job, which finds the present
    odoo_shell(name, 'env["crm.ticket"]._cron_assign()')
    counts = psql(
        name,
        f"""select count(*) from crm_ticket where team_id = {team} and user_id is not null
             group by user_id""",
    )
    assert [int(count) for (count,) in counts] == [CAPACITY, CAPACITY]
    states = psql(
        name,
        f"""select distinct assignment_state from crm_ticket
             where team_id = {team} and user_id is null""",
    )
    assert states == [["nobody"]]
    told = psql(
        name,
        f"""select count(*) from mail_activity a join crm_ticket t on t.id = a.res_id
             where a.res_model = 'crm.ticket' and t.team_id = {team}
             group by t.id having count(*) > 1""",
    )
    assert told == [], "the leader is told once of each ticket"
