import ast

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_form_rule import FormRuleCase

ANSWER = """From: Stranger <stranger@example.org>
To: x@example.com
Subject: Re: Desks
Message-Id: <answer-%s@example.org>
In-Reply-To: %s

We take them."""


@tagged("post_install", "-at_install")
class TestDeepConditions(FormRuleCase):
    """No condition is too much for the form that it is in."""

    def _parse_all(self):
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertIn("phone", arch)

    def test_many_alternatives_make_no_deep_expression(self):
        criteria = [("priority", "=", "3"), ("expected_revenue", ">", 5)] * 75
        self._create_rule(condition_domain=str(["|"] * 149 + criteria))
        self._parse_all()
        lead = self._create_opportunity(phone="1")
        with self.assertRefused("Phone"):
            lead.write({"priority": "3", "phone": False})

    def test_what_no_parser_reads_is_refused(self):
        for criteria in (
            ["!"] * 250 + [("priority", "=", "3")],
            ["|", "&"] * 120 + [("priority", "=", "3")] * 241,
            ["|"] * 5000 + [("priority", "=", "3")] * 5001,
        ):
            with self.assertRefused("too long"):
                self._create_rule(condition_domain=str(criteria))
            with self.assertRaisesRegex(ValidationError, "too long"):
                self.env["crm.form.tab"].create(
                    {
                        "name": "Deep",
                        "model_id": self.env["ir.model"]._get_id("crm.lead"),
                        "condition_domain": str(criteria),
                    }
                )

    def test_a_message_has_an_end(self):
        with self.assertRefused("too long"):
            self._create_rule(kind="warning", target_field_ids=[], message="x" * 3_000_000)

    def test_hundreds_of_rules_about_one_field(self):
        values = {
            "model_id": self.env["ir.model"]._get_id("crm.lead"),
            "condition_domain": "[('priority', '=', '3')]",
        }
        rules = [{**values, "target_field_ids": self._field_ids(["phone"])}] * 250
        limits = {**values, "kind": "limit", "limit_by": "domain"}
        limits["allowed_domain"] = "[('name', '!=', 'x')]"
        limits["target_field_ids"] = self._field_ids(["user_id"])
        self.env["crm.form.rule"].create([dict(each) for each in [*rules, *[limits] * 250]])
        self._parse_all()
        arch = self.env["crm.lead"]._get_view(view_type="form")[0]
        for node in arch.xpath("//field[@name='phone' or @name='user_id']"):
            for name in ("required", "domain"):
                ast.parse((node.get(name) or "1").strip(), mode="eval")

    def test_an_expression_keeps_its_meaning(self):
        mixin = self.env["crm.rule.view.mixin"]
        arch = self.env["crm.lead"]._get_view(view_type="form")[0]
        node = next(arch.iter("field"))
        for expression in ("a if b else c", "a or b", "not a", "a and b"):
            node.set("required", expression)
            mixin._add_modifier(node, "required", "d")
            mixin._add_modifier(node, "required", "e and f")
            for number in range(64):
                names = {name: bool(number >> bit & 1) for bit, name in enumerate("abcdef")}
                wanted = eval(f"({expression}) or d or (e and f)", {}, names)  # pylint: disable=eval-used
                got = eval(node.get("required"), {}, names)  # pylint: disable=eval-used
                self.assertEqual(bool(got), bool(wanted), (expression, names))


@tagged("post_install", "-at_install")
class TestMailIsKept(FormRuleCase):
    def _answer(self, lead):
        message = lead.message_post(
            body=Markup("What about it?"), message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env["mail.thread"].message_process(
            "crm.lead", ANSWER % (self._testMethodName, message.message_id)
        )
        return lead.message_ids.filtered(lambda each: each.message_type == "email")

    def test_an_answer_that_an_automation_follows(self):
        """An automation moves the lead when a customer answers; a rule does not want it there."""
        self.env["base.automation"].create(
            {
                "name": "Answered",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "trigger": "on_message_received",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Move",
                            "model_id": self.env["ir.model"]._get_id("crm.lead"),
                            "state": "object_write",
                            "update_path": "stage_id",
                            "resource_ref": f"crm.stage,{self.stage.id}",
                        }
                    )
                ],
            }
        )
        self._create_rule()
        lead = self._create_opportunity(email_from="stranger@example.org")
        self.assertEqual(len(self._answer(lead)), 1)
        self.assertEqual(lead.stage_id, self.stage)
        self.assertTrue(lead.form_rule_flag)

    def test_an_answer_to_what_is_locked(self):
        self._create_rule(kind="block", block_moment="locked", target_field_ids=[])
        lead = self._create_opportunity(
            stage_id=self.stage.id, phone="1", email_from="stranger@example.org"
        )
        self.assertEqual(len(self._answer(lead)), 1)

    def test_nobody_plays_the_gateway(self):
        self._create_rule(condition_domain="[]")
        Lead = self.env["crm.lead"].with_user(self.omar)
        with self.assertRaises(ValidationError):
            Lead.message_new({"subject": "Desks", "email_from": "a@example.com", "body": "x"})
        for context in (
            {"crm_mail_gateway": True},
            {"crm_mail_gateway": "KEEP_INCOMPLETE", "crm_form_rules": {}},
        ):
            with self.assertRaises(ValidationError):
                Lead.with_context(**context).create({"name": "Desks"})


@tagged("post_install", "-at_install")
class TestNamesOfOthers(FormRuleCase):
    """What configurators are told of records that they may not read."""

    def setUp(self):
        super().setUp()
        self.cleo = new_test_user(
            self.env, "cleo.names", groups="base.group_user,crm_suite.group_configurator"
        )
        self.secret = self.env["crm.lead"].create({"name": "Secret Merger"})
        self.order = self.env["ir.model"]._get_id("sale.order")
        self.deal = self.env["ir.model.fields"]._get("sale.order", "opportunity_id")

    def test_default_values(self):
        Default = self.env["crm.form.default"].with_user(self.cleo)
        values = {"model_id": self.order, "field_id": self.deal.id, "value": self.secret.id}
        spec = {"value": {}, "value_text": {}, "value_spec": {}, "last_error": {}}
        spec |= {"display_name": {}, "model_id": {}, "field_id": {}}
        result = Default.onchange(values, ["model_id", "field_id", "value"], spec)
        self.assertNotIn("Secret", str(result))
        draft = Default.new(values)
        for name in ("value_text", "value_spec", "display_name", "last_error"):
            self.assertNotIn("Secret", str(draft[name]), name)
        self.assertIn(f"#{self.secret.id}", draft.value_text)
        self.secret.company_id = self.env["res.company"].create({"name": "Foreign"})
        with self.assertRaises(UserError) as caught:
            Default.create(values)
        self.assertNotIn("Secret", str(caught.exception))

    def test_conditions(self):
        Rule = self.env["crm.form.rule"].with_user(self.cleo)
        values = {
            "model_id": self.order,
            "kind": "required",
            "target_field_ids": self._field_ids(["client_order_ref"], "sale.order"),
            "condition_domain": str([("opportunity_id", "=", self.secret.id)]),
        }
        with self.assertRaises(ValidationError) as caught:
            Rule.create({**values, "kind": "limit"})
        self.assertNotIn("Secret", str(caught.exception))
        rule = Rule.create(values)
        self.assertNotIn("Secret", rule.display_name)
        message = rule.with_user(self.cleo).sudo()._get_violation_message(["client_order_ref"])
        self.assertNotIn("Secret", message)
        self.env.invalidate_all()
        action = self.env["crm.customization.export"].with_user(self.cleo).action_start()
        wizard = self.env["crm.customization.export"].browse(action["res_id"])
        reasons = wizard.line_ids.mapped("reason")
        self.assertIn(f"#{self.secret.id}", str(reasons))
        self.assertNotIn("Secret", str(reasons))

    def test_options_are_no_oracle(self):
        """Which options the server refuses tells what they are chosen by."""
        Rule = self.env["crm.form.rule"].with_user(self.cleo)
        values = {
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "kind": "limit",
            "limit_by": "domain",
            "target_field_ids": self._field_ids(["parent_id"], "res.partner"),
            "condition_domain": "[]",
        }
        with self.assertRaises(AccessError):
            Rule.create({**values, "allowed_domain": "[('opportunity_ids.name', 'like', 'S')]"})
        with self.assertRaises(ValidationError):
            Rule.create({**values, "allowed_domain": "[('message_ids.body', 'like', 'S')]"})
        rule = Rule.create({**values, "allowed_domain": "[('country_id.code', '=', 'JO')]"})
        with self.assertRaises(AccessError):
            rule.allowed_domain = "[('opportunity_ids', '!=', False)]"


@tagged("post_install", "-at_install")
class TestFormattedValues(FormRuleCase):
    def test_a_value_is_cleaned_before_a_form_shows_it(self):
        self._create_rule(
            targets=["description"],
            kind="value",
            condition_domain="[]",
            value="<p>Hello</p><img src='x' onerror='alert(1)'/><script>alert(2)</script>",
        )
        Lead = self.env["crm.lead"].with_user(self.omar)
        shown = Lead.default_get(["description"])["description"]
        self.assertIn("Hello", shown)
        for bad in ("onerror", "script"):
            self.assertNotIn(bad, shown)
        self.assertEqual(Lead.create({"name": "x"}).description, Markup(shown))
