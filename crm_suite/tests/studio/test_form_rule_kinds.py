from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_form_rule import FormRuleCase

FORM = "crm.crm_lead_view_form"


@tagged("post_install", "-at_install")
class TestReadonly(FormRuleCase):
    def _create_rule(self, **values):
        return super()._create_rule(kind="readonly", message="Ask the office.", **values)

    def test_existing_records_keep_the_value(self):
        self._create_rule()
        lead = self._create_opportunity(phone="+49 30 1234567")
        lead.phone = "+49 30 7654321"
        lead.stage_id = self.stage
        with self.assertRefused("Ask the office"):
            lead.with_user(self.omar).phone = "+49 30 1111111"
        lead.with_user(self.omar).write({"phone": "+49 30 7654321", "expected_revenue": 5.0})

    def test_a_change_that_frees_the_record_is_judged_by_what_was(self):
        self._create_rule()
        lead = self._create_opportunity(phone="+49 30 1234567")
        lead.stage_id = self.stage
        with self.assertRefused("Ask the office"):
            lead.write({"stage_id": self.env.ref("crm.stage_lead1").id, "phone": "+49 30 1111111"})

    def test_many2many_is_compared_by_records(self):
        tags = self.env["crm.tag"].create([{"name": "Rule A"}, {"name": "Rule B"}])
        self._create_rule(targets=["tag_ids"], apply_on="write")
        lead = self._create_opportunity(tag_ids=tags[0].ids, stage_id=self.stage.id)
        lead.tag_ids = [Command.set(tags[0].ids)]
        with self.assertRefused("Ask the office"):
            lead.tag_ids = [Command.link(tags[1].id)]

    def test_new_records_only_get_the_default(self):
        self._create_rule(targets=["priority"], apply_on="both")
        with self.assertRefused("Ask the office"):
            self._create_opportunity(stage_id=self.stage.id, priority="3")
        self.assertTrue(self._create_opportunity(stage_id=self.stage.id, priority="0"))
        self.assertTrue(self._create_opportunity(priority="3"))

    def test_the_form_shows_it(self):
        self._create_rule()
        lead = self._create_opportunity(stage_id=self.stage.id)
        form = Form(lead.with_user(self.omar), view=FORM)
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.phone = "1"

    def test_import_is_refused(self):
        self._create_rule()
        lead = self._create_opportunity(stage_id=self.stage.id)
        result = self.env["crm.lead"].load([".id", "phone"], [[str(lead.id), "+49 30 1"]])
        self.assertFalse(result["ids"])
        self.assertIn("Ask the office", result["messages"][0]["message"])


@tagged("post_install", "-at_install")
class TestInvisible(FormRuleCase):
    def test_form_hides_field_and_label(self):
        self._create_rule(kind="invisible", targets=["phone", "expected_revenue"])
        lead = self._create_opportunity(stage_id=self.stage.id)
        with Form(lead, view=FORM) as form, self.assertRaisesRegex(AssertionError, "invisible"):
            form.phone = "1"
        arch = self.env["crm.lead"]._get_view(view_type="form")[0]
        for label in arch.xpath("//label[@for='expected_revenue']"):
            self.assertIn(str(self.stage.id), label.get("invisible"))

    def test_nobody_must_fill_in_what_he_does_not_see(self):
        self._create_rule()
        with self.assertRaises(ValidationError):
            self._create_opportunity(stage_id=self.stage.id)
        hiding = self._create_rule(
            kind="invisible", condition_domain="[('priority', '=', '0')]", name="Hide"
        )
        self.assertTrue(self._create_opportunity(stage_id=self.stage.id))
        with Form(self.env["crm.lead"].with_context(default_type="opportunity"), FORM) as form:
            form.name = "No phone"
            form.stage_id = self.stage
        with self.assertRaises(ValidationError):
            self._create_opportunity(stage_id=self.stage.id, priority="2")
        hiding.unlink()
        with self.assertRaises(ValidationError):
            self._create_opportunity(stage_id=self.stage.id)


@tagged("post_install", "-at_install")
class TestLimit(FormRuleCase):
    def test_selection(self):
        self._create_rule(kind="limit", targets=["priority"], allowed_values=["0", "2"])
        lead = self._create_opportunity(priority="1")
        with self.assertRefused("Priority: this change is not allowed"):
            lead.stage_id = self.stage
        lead.write({"stage_id": self.stage.id, "priority": "2"})
        with self.assertRaises(ValidationError):
            lead.priority = "3"

    def test_selection_in_the_form(self):
        self._create_rule(
            "crm.interaction",
            kind="limit",
            targets=["channel"],
            allowed_values=["phone", "visit"],
            condition_domain="[('partner_id', '=', False)]",
        )
        arch = self.env["crm.interaction"]._get_view(view_type="form")[0]
        node = arch.xpath("//field[@name='channel'][not(ancestor::field)]")[0]
        self.assertIn("not partner_id", node.get("options"))
        self.assertEqual(node.get("widget"), "crm_limited_selection")

    def test_many2one_by_list_and_by_filter(self):
        rule = self._create_rule(
            kind="limit", targets=["user_id"], allowed_values=[self.omar.id, self.nora.id]
        )
        lead = self._create_opportunity(stage_id=self.stage.id)
        with self.assertRaises(ValidationError):
            lead.user_id = self.sami
        lead.user_id = False
        rule.write({"limit_by": "domain", "allowed_domain": "[('name', '=', 'Nora')]"})
        lead.user_id = self.nora
        with self.assertRaises(ValidationError):
            lead.user_id = self.omar
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertIn(f"if (stage_id == {self.stage.id}) else []", arch)

    def test_many2many(self):
        tags = self.env["crm.tag"].create([{"name": "Rule A"}, {"name": "Rule B"}])
        self._create_rule(
            kind="limit",
            targets=["tag_ids"],
            limit_by="domain",
            allowed_domain="[('name', '=', 'Rule A')]",
        )
        lead = self._create_opportunity(stage_id=self.stage.id, tag_ids=tags[0].ids)
        with self.assertRaises(ValidationError):
            lead.tag_ids = tags

    def test_what_cannot_be_options_is_refused(self):
        for values in [
            {"targets": ["priority"], "allowed_values": ["9"]},
            {"targets": ["priority"], "allowed_values": []},
            {"targets": ["priority"], "allowed_values": "0"},
            {"targets": ["priority"], "limit_by": "domain"},
            {"targets": ["phone"], "allowed_values": ["1"]},
            {"targets": ["user_id"], "allowed_values": [10**8]},
            {"targets": ["user_id"], "allowed_values": ["1"]},
            {"targets": ["user_id"], "allowed_values": [True]},
            {"targets": ["user_id", "team_id"], "allowed_values": [1]},
            {
                "targets": ["user_id"],
                "limit_by": "domain",
                "allowed_domain": "[('password', '!=', False)]",
            },
            {
                "targets": ["partner_id"],
                "limit_by": "domain",
                "allowed_domain": "[('user_ids.api_key_ids.name', '!=', False)]",
            },
            {
                "targets": ["user_id"],
                "limit_by": "domain",
                "allowed_domain": "[('partner_id', 'any', [('signup_type', '=', 'x')])]",
            },
        ]:
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._create_rule(kind="limit", **values)


@tagged("post_install", "-at_install")
class TestSetValue(FormRuleCase):
    def _set(self, target, value=None, **values):
        return self._create_rule(kind="value", targets=[target], value=value, **values)

    def test_when_the_condition_becomes_true(self):
        self._set("priority", "2", is_only_empty=False)
        self.assertEqual(self._create_opportunity(stage_id=self.stage.id).priority, "2")
        lead = self._create_opportunity(priority="1")
        lead.stage_id = self.stage
        self.assertEqual(lead.priority, "2")
        lead.priority = "3"
        lead.write({"name": "Other", "stage_id": self.stage.id})
        self.assertEqual(lead.priority, "3")

    def test_what_is_given_wins(self):
        self._set("priority", "2", is_only_empty=False)
        lead = self._create_opportunity(stage_id=self.stage.id, priority="1")
        self.assertEqual(lead.priority, "1")
        lead = self._create_opportunity()
        lead.write({"stage_id": self.stage.id, "priority": "3"})
        self.assertEqual(lead.priority, "3")

    def test_only_if_empty(self):
        self._set("phone", "+49 30 1234567")
        lead = self._create_opportunity(phone="+49 30 7654321", partner_id=False)
        other = self._create_opportunity(partner_id=False)
        (lead | other).stage_id = self.stage
        self.assertEqual(lead.phone, "+49 30 7654321")
        self.assertEqual(other.phone, "+49 30 1234567")

    def test_day_moment_user_and_nothing(self):
        self._set("date_deadline", value_source="today", value_days=7)
        self._set("user_id", value_source="user", is_only_empty=False)
        self._set("phone", value_source="empty", is_only_empty=False)
        lead = self._create_opportunity(phone="+49 30 1234567")
        lead.with_user(self.mona).stage_id = self.stage
        today = fields.Date.context_today(self.env["crm.lead"].with_user(self.mona))
        self.assertEqual(lead.date_deadline, fields.Date.add(today, days=7))
        self.assertEqual(lead.user_id, self.mona)
        self.assertFalse(lead.phone)

    def test_tags_are_added(self):
        tags = self.env["crm.tag"].create([{"name": "Rule A"}, {"name": "Rule B"}])
        self._set("tag_ids", tags[1].ids, is_only_empty=False)
        lead = self._create_opportunity(tag_ids=tags[0].ids)
        lead.stage_id = self.stage
        self.assertEqual(lead.tag_ids, tags)

    def test_form_shows_it_at_once(self):
        tag = self.env["crm.tag"].create({"name": "Rule A"})
        self._set("priority", "2", is_only_empty=False)
        self._set("tag_ids", tag.ids)
        lead = self._create_opportunity()
        with Form(lead.with_user(self.omar), view=FORM) as form:
            form.stage_id = self.stage
            self.assertEqual(form.priority, "2")
            self.assertEqual(form.tag_ids.ids, tag.ids)
            form.priority = "1"
        self.assertEqual((lead.priority, lead.tag_ids), ("1", tag))

    def test_without_condition_it_is_a_default(self):
        self._set("priority", "2", condition_domain="[]", is_only_empty=False)
        opportunities = self.env["crm.lead"].with_context(default_type="opportunity")
        self.assertEqual(Form(opportunities, FORM).priority, "2")
        self.assertEqual(self._create_opportunity().priority, "2")
        self.assertEqual(self._create_opportunity(priority="1").priority, "1")

    def test_rules_that_feed_each_other_end(self):
        for name, value in (("0", "1"), ("1", "2"), ("2", "3"), ("3", "0")):
            self._set(
                "priority",
                value,
                condition_domain=f"[('priority', '=', '{name}'), ('phone', '=', '1')]",
                is_only_empty=False,
            )
        lead = self._create_opportunity()
        lead.phone = "1"
        self.assertIn(lead.priority, "0123")

    def test_a_set_value_is_checked_by_the_other_rules(self):
        self._set("priority", "3", is_only_empty=False)
        self._create_rule(
            condition_domain="[('priority', '=', '3')]", message="Phone for the important."
        )
        lead = self._create_opportunity()
        with self.assertRefused("Phone for the important"):
            lead.stage_id = self.stage

    def test_a_rule_may_set_what_people_may_not_change(self):
        self._set("priority", "3", is_only_empty=False)
        self._create_rule(kind="readonly", targets=["priority"], condition_domain="[]")
        lead = self._create_opportunity()
        lead.stage_id = self.stage
        self.assertEqual(lead.priority, "3")
        with self.assertRaises(ValidationError):
            lead.priority = "1"

    def test_import_and_mail(self):
        self._set("priority", "2", condition_domain="[('type', '=', 'lead')]")
        lead_id = self.env["mail.thread"].message_process(
            "crm.lead",
            "From: Stranger <stranger@example.org>\nTo: x@example.com\n"
            "Subject: Desks\nMessage-Id: <form-rule-value@example.org>\n\nHello",
        )
        self.assertEqual(self.env["crm.lead"].browse(lead_id).type, "lead")
        rule = self._set("phone", "+49 30 1234567")
        result = self.env["crm.lead"].load(
            ["name", "stage_id/.id"], [["Imported", str(self.stage.id)]]
        )
        imported = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(imported.phone, "+49 30 1234567")
        rule.enforce = "form"
        self.assertFalse(self._create_opportunity(stage_id=self.stage.id).phone)

    def test_values_that_do_not_fit_are_refused(self):
        for target, value, values in [
            ("priority", "9", {}),
            ("priority", 1, {}),
            ("expected_revenue", "10", {}),
            ("expected_revenue", 1e300, {}),
            ("date_deadline", "2024-99-99", {}),
            ("date_deadline", "today", {}),
            ("user_id", 10**8, {}),
            ("user_id", [1], {}),
            ("tag_ids", 1, {}),
            ("phone", {"a": 1}, {}),
            ("phone", "x" * 20_000, {}),
            ("phone", None, {}),
            ("phone", None, {"value_source": "user"}),
            ("priority", None, {"value_source": "today"}),
            ("expected_revenue", None, {"value_source": "empty"}),
            ("date_deadline", None, {"value_source": "today", "value_days": 10**8}),
            ("company_id", 1, {}),
            ("create_uid", 1, {}),
            ("order_ids", 1, {}),
            ("won_status", "won", {}),
        ]:
            with self.subTest(target=target, value=value), self.assertRaises(ValidationError):
                self._set(target, value, **values)

    def test_money_and_checkbox(self):
        self._set("expected_revenue", 250.5, is_only_empty=False)
        lead = self._create_opportunity(expected_revenue=1.0)
        lead.stage_id = self.stage
        self.assertEqual(lead.expected_revenue, 250.5)
