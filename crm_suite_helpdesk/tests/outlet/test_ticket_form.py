from base64 import b64decode

from lxml import html

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.crm_suite.tests.outlet.common import PIXEL, XSS

from ..request_form.test_ticket_form import TicketFormCommon
from .common import TicketFieldCommon


@tagged("post_install", "-at_install")
class TestCustomFieldsOfTicketForms(TicketFormCommon, TicketFieldCommon):
    def ask(self, fields, **values):
        self.form.with_user(self.manager).write(
            {"field_ids": [(0, 0, {"custom_field_id": field.id, **values}) for field in fields]}
        )

    def send_with(self, files=None, **values):
        return self.url_open(
            "/support/shop",
            data={"token": self.aged_token(), **self.typed, **values},
            files=files,
        )

    def test_strangers_fill_in_what_the_form_asks_for(self):
        device, seats, photo, inside = self._make_ticket_fields(
            {"name": "Device", "options": ("Printer", "Fax")},
            {"name": "Seats", "kind": "integer"},
            {"name": "Photo", "kind": "image"},
            {"name": "Inside"},
        )
        self.ask(device | seats | photo, required=True)
        answer = self.send_with(**{seats.technical_name: f"all {XSS}"})
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn(XSS, answer.text)
        page = html.fromstring(answer.text)
        for field in (device, seats, photo):
            self.assertTrue(page.xpath(f"//*[@id='{field.technical_name}-error']"), field.name)
        self.assertFalse(self.tickets())
        printer = device.option_ids[0].value
        self.send_with(
            files=[(photo.technical_name, ("photo.png", b64decode(PIXEL)))],
            **{
                device.technical_name: printer,
                seats.technical_name: "٣",
                inside.technical_name: "mine",
            },
        )
        ticket = self.tickets()
        self.assertEqual(ticket[device.technical_name], printer)
        self.assertEqual(ticket[seats.technical_name], 3)
        self.assertEqual(b64decode(ticket[photo.technical_name]), b64decode(PIXEL))
        self.assertFalse(ticket[inside.technical_name])

    def test_a_rule_holds_for_what_is_asked(self):
        device, inside = self._make_ticket_fields({"name": "Device"}, {"name": "Inside"})
        self.ask(device)
        self.env["crm.form.rule"].create(
            {
                "name": "Device of printing tickets",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "target_field_ids": (device | inside).field_id.ids,
                "condition_domain": f"[('category_id', '=', {self.category.id})]",
            }
        )
        self.assertEqual(self.send_with().status_code, 422)
        self.assertFalse(self.tickets())
        self.send_with(**{device.technical_name: "Printer"})
        self.assertTrue(self.tickets())

    def test_managers_choose_fields_and_agents_do_not(self):
        device, hidden = self._make_ticket_fields(
            {"name": "Device"},
            {"name": "Rating", "group_ids": [self.env.ref("base.group_system").id]},
        )
        of_lead = self._make_field("Budget")
        for field in (hidden, of_lead):
            with self.assertRaises(ValidationError):
                self.ask(field)
        self.ask(device)
        line = self.form.field_ids
        self.assertEqual(line.with_user(self.manager).custom_field_id.display_name, "Device")
        with self.assertRaises(AccessError):
            line.with_user(self.agent).required = True
        with self.assertRaises(AccessError):
            device.with_user(self.manager).name = "Mine"
        # a field that is gone is asked for no more
        device.action_archive_field()
        self.assertNotIn(device.technical_name, self.url_open("/support/shop").text)
