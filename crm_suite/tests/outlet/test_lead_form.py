from datetime import date, datetime

from lxml import html

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..intake.test_lead_form import LeadFormCase
from .common import XSS, OutletCase


@tagged("post_install", "-at_install")
class TestCustomFieldsOfLeadForms(LeadFormCase, OutletCase):
    def _ask(self, fields, **values):
        self.form.with_user(self.mona).write(
            {
                "field_ids": [
                    (0, 0, {"name": "custom", "custom_field_id": field.id, **values})
                    for field in fields
                ]
            }
        )

    def test_visitors_fill_in_every_kind_that_can_be_typed(self):
        fields = self._make_every_kind("crm.lead")
        asked = [fields[kind] for kind in fields if kind not in ("binary", "image")]
        self._ask(asked)
        names = {kind: field.technical_name for kind, field in fields.items()}
        page = html.fromstring(self._get().text)
        self.assertEqual(page.xpath(f"//input[@name='{names['date']}']/@type"), ["date"])
        gold = fields["selection"].option_ids[0].value
        self.assertEqual(
            page.xpath(f"//select[@name='{names['selection']}']/option/text()"), ["Gold", "Silver"]
        )
        answer = self._send(
            **{
                names["char"]: f"A {XSS}",
                names["text"]: "First\nSecond",
                names["html"]: f"Good {XSS}",
                names["integer"]: "٤٢",
                names["float"]: "2.5",
                names["monetary"]: "1250.50",
                names["boolean"]: "1",
                names["date"]: "2026-03-04",
                names["datetime"]: "2026-03-04T05:06",
                names["selection"]: gold,
            }
        )
        self.assertIn("/thanks", answer.url)
        lead = self._leads()
        self.assertEqual(lead[names["char"]], f"A {XSS}")
        self.assertEqual(lead[names["text"]], "First\nSecond")
        self.assertNotIn("<script>", lead[names["html"]])
        self.assertEqual(lead[names["integer"]], 42)
        self.assertEqual(lead[names["float"]], 2.5)
        self.assertEqual(lead[names["monetary"]], 1250.5)
        self.assertTrue(lead[names["boolean"]])
        self.assertEqual(lead[names["date"]], date(2026, 3, 4))
        self.assertIsInstance(lead[names["datetime"]], datetime)
        self.assertEqual(lead[names["selection"]], gold)
        self.assertIn("Test selection", lead.description)
        self.assertNotIn("<script>", lead.description)

    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self):
        number, colour = self._make_fields(
            [
                {"name": "Seats", "kind": "integer"},
                {"name": "Colour", "options": ("Red", "Blue")},
            ]
        )
        self._ask(number | colour, required=True)
        answer = self._send(**{number.technical_name: f"many {XSS}", colour.technical_name: "pink"})
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn(XSS, answer.text)
        page = html.fromstring(answer.text)
        self.assertEqual(
            page.xpath(f"//*[@id='{number.technical_name}-error']/text()"),
            ["Please enter a whole number."],
        )
        self.assertTrue(page.xpath(f"//*[@id='{colour.technical_name}-error']"))
        self.assertEqual(
            page.xpath(f"//input[@name='{number.technical_name}']/@value"), [f"many {XSS}"]
        )
        answer = self._send()
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(self._leads())

    def test_the_page_speaks_the_language_of_the_visitor(self):
        field = self._make_field("Colour", options=("Red", "Blue"))
        self._translate(field, "اللون")
        self._translate(field.option_ids[0], "أحمر")
        self._ask(field)
        page = html.fromstring(self._get("/crm/form/fair?lang=ar_001").text)
        label = page.xpath(f"//label[@for='{field.technical_name}']")[0]
        self.assertEqual(label.text_content().strip(), "اللون")
        self.assertIn(
            "أحمر", page.xpath(f"//select[@name='{field.technical_name}']")[0].text_content()
        )

    def test_only_fields_of_the_form_are_written(self):
        asked, other = self._make_fields([{"name": "Seats"}, {"name": "Margin"}])
        self._ask(asked)
        self._send(**{asked.technical_name: "4", other.technical_name: "90", "probability": "99"})
        lead = self._leads()
        self.assertEqual(lead[asked.technical_name], "4")
        self.assertFalse(lead[other.technical_name])

    def test_a_rule_holds_for_what_is_asked(self):
        field, other = self._make_fields([{"name": "Seats"}, {"name": "Internal"}])
        self._ask(field)
        self.env["crm.form.rule"].create(
            {
                "name": "Seats of shops",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "target_field_ids": (field | other).field_id.ids,
                "condition_domain": "[('partner_name', '=', 'Salem Stores')]",
            }
        )
        answer = self._send()
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(self._leads())
        self._send(partner_name="Salem Homes")
        self._send(email_from="other@example.org", **{field.technical_name: "4"})
        # what visitors are not asked for does not keep them out
        self.assertEqual(len(self._leads()), 2)

    def _require(self, field, **values):
        return self.env["crm.form.rule"].create(
            {
                "name": "Ask",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "target_field_ids": field.field_id.ids,
                **values,
            }
        )

    def test_a_rule_of_another_company_holds_for_its_own_forms(self):
        field = self._make_field("Seats")
        self._ask(field)
        sister = self.env["res.company"].create({"name": "Sister"})
        rule = self._require(field, company_id=sister.id)
        self.assertIn("/thanks", self._send().url)
        rule.company_id = self.form.company_id or self.company
        self.assertEqual(self._send(email_from="other@example.org").status_code, 422)

    def test_nobody_is_asked_for_what_a_rule_hides(self):
        field = self._make_field("Seats")
        self._ask(field)
        self._require(field)
        self._require(
            field, kind="invisible", condition_domain="[('partner_name', '=', 'Salem Stores')]"
        )
        self.assertIn("/thanks", self._send().url)
        answer = self._send(partner_name="Salem Homes", email_from="other@example.org")
        self.assertEqual(answer.status_code, 422)

    def test_archived_and_restricted_fields_are_not_asked(self):
        archived, hidden, shown = self._make_fields(
            [{"name": "Seats"}, {"name": "Margin"}, {"name": "Colour"}]
        )
        self._ask(archived | hidden | shown)
        archived.action_archive_field()
        hidden.group_ids = self.env.ref("base.group_system")
        page = self._get().text
        self.assertIn(shown.technical_name, page)
        self.assertNotIn(archived.technical_name, page)
        self.assertNotIn(hidden.technical_name, page)
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "0")
        self.assertNotIn(shown.technical_name, self._get().text)
        self.assertIn("/thanks", self._send().url)

    def test_only_fields_of_leads_that_can_be_typed_are_on_a_form(self):
        of_contact, file, hidden = self._make_fields(
            [
                {"name": "Nickname", "model": "res.partner"},
                {"name": "Drawing", "kind": "binary"},
                {"name": "Margin", "group_ids": [self.env.ref("base.group_system").id]},
            ]
        )
        for field in (of_contact, file, hidden, self.env["crm.custom.field"]):
            with self.assertRaises(ValidationError):
                self._ask([field])

    def test_statistics_know_custom_fields(self):
        field = self._make_field("Seats")
        self._ask(field)
        token = self._token()
        self.url_open(
            "/crm/form/fair/progress", data={"token": token, "field": field.technical_name}
        )
        visit = self.env["crm.lead.form.visit"].search([("form_id", "=", self.form.id)])
        self.assertEqual(visit.last_field, field.technical_name)
        line = self.form.field_ids.filtered("custom_field_id")
        self.assertEqual(line.stop_count, 1)
        groups = visit.with_user(self.mona).formatted_read_group(
            [("id", "in", visit.ids)], ["last_field"], ["__count"]
        )
        self.assertEqual(groups[0]["last_field"], field.technical_name)
