from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import TicketFieldCommon


@tagged("post_install", "-at_install")
class TestIntakeOfCustomFields(TicketFieldCommon):
    def setUp(self):
        super().setUp()
        self.program = new_test_user(self.env, "hd_fields", "crm_suite_helpdesk.group_intake")

    def _submit(self, **values):
        intake = self.env["crm.ticket.intake"].with_user(self.program)
        answer = intake.submit("Broken", email="nour@unknown.example.org", **values)
        return self.env["crm.ticket"].browse(answer["id"])

    def test_every_kind_that_can_be_written(self):
        fields = self._make_every_kind("crm.ticket")
        self._place(fields.values(), "portal")
        names = {kind: field.technical_name for kind, field in fields.items()}
        silver = fields["selection"].option_ids[1].value
        ticket = self._submit(
            custom={
                names["char"]: "A-17",
                names["text"]: "One\nTwo",
                names["html"]: "<b>bold</b>",
                names["integer"]: 42,
                names["float"]: 2.5,
                names["monetary"]: "1250.50",
                names["boolean"]: True,
                names["date"]: "2026-03-04",
                names["datetime"]: "2026-03-04 05:06",
                names["selection"]: silver,
            }
        )
        self.assertEqual(ticket[names["char"]], "A-17")
        self.assertEqual(ticket[names["text"]], "One\nTwo")
        self.assertNotIn("<b>", ticket[names["html"]])
        self.assertEqual(ticket[names["integer"]], 42)
        self.assertEqual(ticket[names["float"]], 2.5)
        self.assertEqual(ticket[names["monetary"]], 1250.5)
        self.assertTrue(ticket[names["boolean"]])
        self.assertEqual(ticket[names["date"]], date(2026, 3, 4))
        self.assertTrue(ticket[names["datetime"]])
        self.assertEqual(ticket[names["selection"]], silver)
        described = self.env["crm.ticket.intake"].with_user(self.program).describe()["custom"]
        self.assertIn(names["char"], [each["name"] for each in described])
        self.assertNotIn(names["binary"], [each["name"] for each in described])

    def test_what_customers_are_not_asked_is_closed(self):
        asked, internal, hidden = self._make_ticket_fields(
            {"name": "Serial"}, {"name": "Cause"}, {"name": "Shown"}
        )
        self._place(asked, "portal")
        self._place(hidden, "portal", portal_use="show")
        for name in (internal.technical_name, hidden.technical_name, "stage_id", "no_field"):
            with self.subTest(name=name), self.assertRaises(ValidationError):
                self._submit(custom={name: "1"})
        asked.action_archive_field()
        with self.assertRaises(ValidationError):
            self._submit(custom={asked.technical_name: "1"})

    def test_wrong_values_are_refused(self):
        number, color = self._make_ticket_fields(
            {"name": "Seats", "kind": "integer"}, {"name": "Color", "options": ("Red", "Blue")}
        )
        self._place(number | color, "portal")
        for custom in (
            {number.technical_name: "many"},
            {number.technical_name: 2**40},
            {number.technical_name: [1]},
            {number.technical_name: {"a": 1}},
            {number.technical_name: True},
            {color.technical_name: "pink"},
            [number.technical_name],
            "x",
        ):
            with self.subTest(custom=custom), self.assertRaises(ValidationError):
                self._submit(custom=custom)

    def test_a_key_knows_the_custom_fields(self):
        [field] = self._make_ticket_fields({"name": "Serial"})
        self._place(field, "portal")
        asked = {"custom": {field.technical_name: "1"}, "idempotency_key": "k"}
        self.assertEqual(self._submit(**asked), self._submit(**asked))
        with self.assertRaises(ValidationError):
            self._submit(**{**asked, "custom": {field.technical_name: "2"}})
