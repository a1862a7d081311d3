from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestDialogRights(HelpdeskCommon):
    """A dialog tells nobody what it is about who may not read that."""

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket(name="Secret subject")
        self.lead = self.env["crm.lead"].create(
            {"name": "Secret lead", "partner_id": self.customer.id, "user_id": self.manager.id}
        )

    def refuse(self, model, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.subTest(model), self.assertRaises(AccessError):
            self.env[model].with_user(self.outsider).create(values)

    def test_nothing_is_opened_on_a_ticket_of_others(self):
        ticket = self.ticket.id
        self.refuse("crm.ticket.to.lead", ticket_id=ticket)
        self.refuse("crm.ticket.to.lead", ticket_id=ticket, name="x")
        self.refuse("crm.ticket.incident", incident_id=ticket)
        self.refuse("crm.ticket.incident.reply", incident_id=ticket)
        self.refuse("crm.ticket.merge.wizard", survivor_id=ticket)
        self.refuse("crm.ticket.split", ticket_id=ticket)
        self.refuse("crm.sla.decision", kind="hold", ticket_id=ticket, reason="x")
        self.refuse("crm.ticket.snooze", ticket_ids=[Command.set([ticket])])

    def test_nor_on_a_lead(self):
        self.refuse("crm.lead.to.ticket", lead_id=self.lead.id)
        self.refuse("crm.lead.to.ticket", lead_id=self.lead.id, name="x", partner_id=False)

    def test_the_first_values_tell_nothing(self):
        for model, name, record in (
            ("crm.ticket.to.lead", "ticket_id", self.ticket),
            ("crm.lead.to.ticket", "lead_id", self.lead),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            dialog = self.env[model].with_user(self.outsider)
            fields = {name: {}, "name": {}}
            with self.subTest(model), self.assertRaises(AccessError):
                dialog.onchange({name: record.id}, [name], fields)
