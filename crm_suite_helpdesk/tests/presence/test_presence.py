from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestPresence(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()
        cls.sent = []

    def setUp(self):
        super().setUp()
        self.sent = []
        patcher = patch.object(
            self.registry["bus.bus"],
            "_sendone",
            lambda _self, target, kind, message: self.sent.append((target, kind, message)),
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def announce(self, user, state="view", ticket=None):
        Presence = self.env["crm.ticket.presence"].with_user(user)
        return Presence.announce((ticket or self.ticket).id, state)

    def test_who_else_is_here(self):
        self.assertEqual(self.announce(self.agent)["others"], [])
        self.assertEqual(
            self.announce(self.manager)["others"],
            [{"id": self.agent.id, "name": "Amal Agent", "typing": False}],
        )
        self.announce(self.agent, "type")
        self.assertTrue(self.announce(self.manager)["others"][0]["typing"])
        self.announce(self.agent, "leave")
        self.assertEqual(self.announce(self.manager)["others"], [])

    def test_colleagues_hear_of_changes_only(self):
        for state in ("view", "view", "view", "type", "type", "leave", "leave"):
            self.announce(self.agent, state)
        told = [m["state"] for _target, kind, m in self.sent if kind == "crm.ticket/presence"]
        self.assertEqual(told, ["view", "type", "leave"])
        self.assertEqual(self.sent[0][0], (self.ticket, "presence"))

    def test_whoever_closed_his_browser_is_gone(self):
        self.announce(self.agent)
        self.env.cr.execute(
            "UPDATE crm_ticket_presence SET seen_at = %s",
            [fields.Datetime.now() - timedelta(minutes=2)],
        )
        self.assertEqual(self.announce(self.manager)["others"], [])
        self.env.cr.execute(
            "UPDATE crm_ticket_presence SET seen_at = %s",
            [fields.Datetime.now() - timedelta(hours=2)],
        )
        self.env["crm.ticket.presence"]._gc_presence()
        self.assertFalse(self.env["crm.ticket.presence"].search_count([]))

    def test_news_of_the_customer(self):
        self.assertEqual(self.announce(self.agent)["newest"], 0)
        message = self.customer_writes(self.ticket)
        self.assertEqual(self.announce(self.agent)["newest"], message.id)
        self.team.undo_seconds = 7
        self.assertEqual(self.announce(self.agent)["undo"], 7)

    def test_who_learns_of_it(self):
        self.announce(self.agent)
        self.sent.clear()
        for user in (self.outsider, self.employee, self.customer_user, self.stranger_user):
            self.assertEqual(self.announce(user), {})
        self.assertEqual(self.announce(self.agent, "nonsense"), {})
        self.assertEqual(self.announce(self.agent, ticket=self.ticket.browse(10**8)), {})
        Presence = self.env["crm.ticket.presence"].with_user(self.agent)
        for ticket_id in ("x", None, [], {}, -1, 2**40, True):
            self.assertEqual(Presence.announce(ticket_id, "view"), {})
        self.assertEqual(Presence.announce(self.ticket.id, ["view"]), {})
        self.assertEqual(self.sent, [])
        with self.assertRaises(AccessError):
            self.env["crm.ticket.presence"].with_user(self.agent).search([])

    def channels(self, user, names):
        class Request:
            class session:
                uid = user.id

        target = "odoo.addons.bus.models.ir_websocket"
        with patch(f"{target}.request", Request):
            return self.env["ir.websocket"].with_user(user)._build_bus_channel_list(list(names))

    def test_channels(self):
        hidden = self.create_ticket(
            team_id=self.env["crm.ticket.team"].create({"name": "Hidden"}).id
        )
        names = [f"crm.ticket.presence_{t.id}" for t in self.ticket | hidden]
        names += ["crm.ticket.presence_0", "crm.ticket.presence_x", "crm.ticket.presence_9" * 9]
        joined = self.channels(self.agent, names)
        self.assertIn((self.ticket, "presence"), joined)
        self.assertNotIn((hidden, "presence"), joined)
        self.assertFalse([c for c in joined if isinstance(c, str) and c.startswith("crm.ticket.")])
        for user in (self.outsider, self.employee, self.customer_user):
            self.assertFalse(
                [
                    c
                    for c in self.channels(user, names)
                    if isinstance(c, tuple) and c[1] == "presence" and c[0]._name == "crm.ticket"
                ]
            )

    def test_cost(self):
        self.announce(self.agent)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            self.announce(self.agent)
