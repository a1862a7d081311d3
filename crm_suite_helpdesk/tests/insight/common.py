"""Random lives of tickets, and what a patient observer writes down about them.

    life      tickets of two teams with two agents, moved about at random for some weeks
    notes     one list of (kind, ticket, moment) for everything that happened, by the observer

The observer knows nothing of clocks, closings and reports: he sees who wrote and in which stage a
ticket is, and counts minutes of office hours one by one.
"""

from datetime import timedelta
from random import Random
from statistics import mean, median

from odoo.fields import Command
from odoo.tests import new_test_user

from ..common import MONDAY, HelpdeskCommon

CLOSED = ("solved", "closed", "cancelled", "spam")
DONE = ("solved", "closed")


def office_minutes(start, end):
    """Minutes of work from one moment to another: Monday to Friday, 8 to 12 and 13 to 17, UTC."""
    count, moment = 0, start
    while moment < end:
        if moment.weekday() < 5 and moment.hour in (8, 9, 10, 11, 13, 14, 15, 16):
            count += 1
        moment += timedelta(minutes=1)
    return count


class InsightCommon(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env, "hd_second", "crm_suite_helpdesk.group_agent", name="Basma Second"
        )
        cls.leader = new_test_user(
            cls.env, "hd_leader", "crm_suite_helpdesk.group_agent", name="Lina Leader"
        )
        cls.second_team = cls.env["crm.ticket.team"].create(
            {
                "name": "Second Line",
                "user_id": cls.leader.id,
                "member_ids": [Command.set(cls.colleague.ids)],
            }
        )
        # Figures are about the tickets of the test, not about demo data
        cls.env["crm.ticket"].search([]).unlink()

    def live(self, seed, count=10, steps=70):
        """Let tickets live at random.

        :return: notes of the observer, [(kind, ticket, moment)]
        """
        dice = Random(seed)
        notes, tickets, seen, closed_at = [], self.env["crm.ticket"], {}, {}
        self.closed_as = {}
        self.travel(MONDAY)
        for _step in range(steps):
            self.travel(minutes=dice.choice((1, 7, 30, 95, 240, 1000)))
            now = self.env.cr.now()
            if len(tickets) < count and dice.random() < 0.3 or not tickets:
                ticket = self.create_ticket(
                    team_id=dice.choice((self.team, self.second_team)).id,
                    user_id=dice.choice((self.agent.id, self.colleague.id, False)),
                    priority=dice.choice("0123"),
                )
                tickets |= ticket
                notes.append(("opened", ticket, now))
            else:
                ticket = dice.choice(tickets)
                if self._act(ticket, dice):
                    notes.append(("answered", ticket, now))
            self.env.cr.flush()  # the changes are tracked
            was_closed = seen.get(ticket.id) in CLOSED
            is_closed = ticket.stage_id.type in CLOSED
            if is_closed and not was_closed:
                notes.append(("closed", ticket, now))
                closed_at[ticket] = now
            elif was_closed and not is_closed:
                notes.append(("reopened", ticket, now))
            if is_closed:
                self.closed_as[ticket, closed_at[ticket]] = ticket.stage_id.type
            seen[ticket.id] = ticket.stage_id.type
        self.env.flush_all()
        return notes

    def _act(self, ticket, dice):
        """Something happens to a ticket; True when an agent answered the customer."""
        act = dice.choice(("reply", "reply", "write", "solve", "solve", "wait", "give", "urge"))
        if act == "reply":
            self.reply(ticket, self.manager)
            return True
        if act == "write":
            self.customer_writes(ticket)
        elif act == "solve":
            self.move(ticket, dice.choice(("solved", "closed", "cancelled")))
        elif act == "wait":
            self.move(ticket, "waiting_customer")
        elif act == "give":
            ticket.user_id = dice.choice((self.agent, self.colleague))
        else:
            ticket.priority = "3"
        return False

    def observe_closings(self, notes):
        """What the observer saw of each closing, as dicts."""
        closings = []
        for index, (kind, ticket, moment) in enumerate(notes):
            if kind == "closed":
                later = [n for n in notes[index:] if n[1] == ticket and n[0] == "reopened"]
                answers = [n for n in notes[:index] if n[1] == ticket and n[0] == "answered"]
                closings.append(
                    {
                        "ticket": ticket,
                        "at": moment,
                        "reopened": later[0][2] if later else None,
                        "answers": len(answers),
                        "type": self.closed_as[ticket, moment],
                    }
                )
        return closings

    def average(self, values):
        return mean(values) if values else False

    def median(self, values):
        return median(values) if values else False
