from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import MONDAY, HelpdeskCommon

PAST, FUTURE = "2026-03-01 09:00:00", "2026-03-09 09:00:00"
FORGED = {
    "sla_deadline": FUTURE,
    "sla_risk_at": FUTURE,
    "sla_breached": True,
    "sla_phase": "stopped",
    "stage_type": "solved",
    "waiting_on": "customer",
    "number": "T-mine",
    "commercial_partner_id": 1,
    "email_normalized": "victim@example.org",
    "access_token": "secret",
    "closed_at": PAST,
    "first_response_at": PAST,
    "opened_at": PAST,
}


@tagged("post_install", "-at_install")
class TestFacts(HelpdeskCommon):
    """What service levels are computed from is measured, and computed from nothing else."""

    def tickets(self, user):
        return self.env["crm.ticket"].with_user(user)

    def test_facts_are_not_written(self):
        ticket = self.create_ticket()
        for user in (self.agent, self.manager):
            for name, value in FORGED.items():
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    ticket.with_user(user).write({name: value})

    def test_facts_are_not_brought_along_by_agents(self):
        for name, value in FORGED.items():
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.tickets(self.agent).create({"name": "x", name: value})

    def test_nor_through_defaults(self):
        context = {f"default_{name}": value for name, value in FORGED.items()}
        ticket = self.tickets(self.agent).with_context(**context).create({"name": "x"})
        self.assertEqual(ticket.opened_at, MONDAY)
        self.assertEqual(ticket.stage_type, "new")
        self.assertNotEqual(ticket.number, "T-mine")
        for name in ("closed_at", "first_response_at", "access_token", "email_normalized"):
            self.assertFalse(ticket[name], name)

    def test_managers_bring_along_what_happened_elsewhere(self):
        Tickets = self.tickets(self.manager)
        ticket = Tickets.create(
            {
                "name": "Old",
                "number": "OLD-1",
                "opened_at": "2026-02-27 09:00:00",
                "first_response_at": "2026-02-20 09:00:00",
                "last_agent_message_at": FUTURE,
            }
        )
        self.assertEqual(ticket.number, "OLD-1")
        self.assertEqual(ticket.first_response_at, ticket.opened_at, "not before it was opened")
        self.assertEqual(ticket.last_agent_message_at, MONDAY, "not in the future")
        for name in ("sla_breached", "sla_phase", "stage_type", "access_token"):
            with self.assertRaises(AccessError):
                Tickets.create({"name": "x", name: FORGED[name]})

    def test_an_import_brings_them_along(self):
        result = self.tickets(self.manager).load(
            ["name", "opened_at", "first_response_at"], [["Old", PAST, PAST]]
        )
        self.assertTrue(result["ids"], result["messages"])

    def test_what_is_no_time_is_said(self):
        for name, values in (
            ("opened_at", ("garbage", False, 7, "2026-99-99 00:00:00", "0001-01-01 00:00:00")),
            ("closed_at", ("garbage", ["x"])),
        ):
            for value in values:
                with self.subTest(name=name, value=value), self.assertRaises(ValidationError):
                    self.tickets(self.manager).create({"name": "x", name: value})

    def test_an_empty_fact_is_none(self):
        ticket = self.tickets(self.agent).create({"name": "x", "closed_at": False, "number": False})
        self.assertTrue(ticket.number)

    def test_a_number_names_one_ticket(self):
        self.create_ticket(number="OLD-1")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.create_ticket(number="OLD-1")

    def test_the_next_number_is_never_taken(self):
        number = self.create_ticket().number
        following = f"{number[:-5]}{int(number[-5:]) + 1:05}"
        self.create_ticket(number=following)
        self.assertNotIn(self.create_ticket().number, (number, following))
