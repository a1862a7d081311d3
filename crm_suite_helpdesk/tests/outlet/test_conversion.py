from odoo.tests import tagged

from .common import TicketFieldCommon


@tagged("post_install", "-at_install")
class TestConversion(TicketFieldCommon):
    """A ticket becomes an opportunity, and a lead a ticket."""

    def test_there_and_back(self):
        of_ticket = self._make_every_kind("crm.ticket")
        of_lead = self._make_every_kind("crm.lead")
        for kind, field in of_ticket.items():
            field.copy_to_ids = of_lead[kind]
            of_lead[kind].copy_to_ids = field
        ticket = self.create_ticket()
        ticket.write(self._get_every_value(of_ticket))
        expected = self._read_values(ticket, of_ticket)
        lead = ticket.with_user(self.agent)._make_lead({"name": "More printers"}).sudo()
        self.assertEqual(self._read_values(lead, of_lead), expected)
        again = lead._make_ticket({"name": "Help", "partner_id": self.customer.id})
        self.assertEqual(self._read_values(again, of_ticket), expected)

    def test_what_is_chosen_counts_more(self):
        [device] = self._make_ticket_fields({"name": "Device"})
        other = self._make_field("Device")
        device.copy_to_ids = other
        ticket = self.create_ticket(**{device.technical_name: "Fax"})
        lead = ticket._make_lead({"name": "More", other.technical_name: "Printer"})
        self.assertEqual(lead[other.technical_name], "Printer")
