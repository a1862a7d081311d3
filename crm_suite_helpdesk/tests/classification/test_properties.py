from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import HelpdeskCommon

SERIAL = {"name": "serial", "type": "char", "string": "Serial Number"}


@tagged("post_install", "-at_install")
class TestProperties(HelpdeskCommon):
    """Fields that a team has on its tickets and no other team has."""

    def test_a_team_has_fields_of_its_own(self):
        self.team.ticket_properties = [SERIAL]
        ticket = self.create_ticket(properties={"serial": "A-1"})
        self.assertEqual(ticket.properties["serial"], "A-1")
        ticket.with_user(self.agent).write({"properties": {"serial": "A-2"}})
        self.assertEqual(self.env["crm.ticket"].search([("properties.serial", "=", "A-2")]), ticket)
        groups = self.env["crm.ticket"].formatted_read_group(
            [("id", "=", ticket.id)], ["properties.serial"], ["__count"]
        )
        self.assertEqual(groups[0]["properties.serial"], "A-2")

    def test_agents_do_not_define_them(self):
        with self.assertRaises(AccessError):
            self.team.with_user(self.agent).ticket_properties = [SERIAL]
        self.team.with_user(self.manager).ticket_properties = [SERIAL]

    def test_another_team_has_others(self):
        self.team.ticket_properties = [SERIAL]
        ticket = self.create_ticket(properties={"serial": "A-1"})
        other = self.env["crm.ticket.team"].create({"name": "Other", "sequence": 99})
        ticket.team_id = other
        self.assertFalse(dict(ticket.properties))
