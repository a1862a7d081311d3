import json

from markupsafe import Markup

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from .test_form_rule import FormRuleCase

MAIL = """From: Stranger <stranger@example.org>
To: x@example.com
Subject: Desks
Message-Id: <%s@example.org>

Hello"""


@tagged("post_install", "-at_install")
class TestBlock(FormRuleCase):
    def test_saving_is_refused(self):
        self._create_rule(
            kind="block",
            condition_domain=str(
                [("stage_id", "=", self.stage.id), ("expected_revenue", "=", 0)],
            ),
            message="No proposal without an amount.",
        )
        lead = self._create_opportunity(expected_revenue=0)
        with self.assertRefused("No proposal without an amount"):
            lead.with_user(self.omar).stage_id = self.stage
        lead.write({"stage_id": self.stage.id, "expected_revenue": 10.0})
        with self.assertRefused("No proposal without an amount"):
            self._create_opportunity(stage_id=self.stage.id, expected_revenue=0)

    def test_the_form_tells_before(self):
        self._create_rule(kind="block", message="<b>Not</b> now & here")
        arch = self.env["crm.lead"]._get_view(view_type="form")[0]
        [notice] = arch.xpath("//div[@role='alert'][contains(@class, 'alert-danger')]")[:1]
        self.assertEqual(notice.text, "<b>Not</b> now & here")
        self.assertFalse(len(notice))
        self.assertIn(f"stage_id == {self.stage.id}", notice.get("invisible"))

    def test_locked_until_it_is_freed(self):
        self._create_rule(kind="block", block_moment="locked")
        lead = self._create_opportunity(stage_id=self.stage.id)
        with self.assertRefused("cannot be changed"):
            lead.with_user(self.omar).phone = "1"
        lead.message_post(body=Markup("Somebody may still talk"))
        lead.write({"stage_id": self.env.ref("crm.stage_lead1").id, "phone": "1"})
        self.assertEqual(lead.phone, "1")

    def test_deleting(self):
        self._create_rule(kind="block", block_moment="delete", message="Keep proposals.")
        lead = self._create_opportunity(stage_id=self.stage.id)
        other = self._create_opportunity()
        with self.assertRefused("Keep proposals"):
            (lead | other).with_user(self.mona).unlink()
        other.with_user(self.mona).unlink()

    def test_always(self):
        self._create_rule(
            kind="block",
            condition_domain="[]",
            group_ids=[self.env.ref("sales_team.group_sale_manager").id],
            group_scope="except",
        )
        lead = self._create_opportunity()
        with self.assertRaises(ValidationError):
            lead.with_user(self.omar).phone = "1"
        lead.with_user(self.mona).phone = "1"


@tagged("post_install", "-at_install")
class TestWarning(FormRuleCase):
    def test_form_shows_it_and_saves(self):
        self._create_rule(kind="warning", message="Talk to the boss.", warning_style="info")
        lead = self._create_opportunity()
        with Form(lead.with_user(self.omar), view="crm.crm_lead_view_form") as form:
            form.stage_id = self.stage
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertIn("Talk to the boss.", arch)
        self.assertIn("alert-info", arch)

    def test_message_is_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        rule = self._create_rule(kind="warning", message="Talk to the boss.")
        rule.with_context(lang="ar_001").message = "تحدث إلى المدير."
        Lead = self.env["crm.lead"]
        self.assertIn("Talk to", Lead.get_view(view_type="form")["arch"])
        self.assertIn("تحدث", Lead.with_context(lang="ar_001").get_view(view_type="form")["arch"])

    def test_note_for_those_without_form(self):
        self._create_rule(kind="warning", message="Talk to the boss.", is_noted=True)
        lead = self._create_opportunity()
        lead.stage_id = self.stage
        lead.write({"phone": "1", "stage_id": self.stage.id})
        notes = lead.message_ids.filtered(lambda message: "Talk to the boss" in message.body)
        self.assertEqual(len(notes), 1)

    def test_a_warning_says_something(self):
        with self.assertRaises(ValidationError):
            self._create_rule(kind="warning", message=" ")


@tagged("post_install", "-at_install")
class TestWhomRulesConcern(FormRuleCase):
    def test_everybody_but(self):
        manager = self.env.ref("sales_team.group_sale_manager")
        self._create_rule(group_ids=manager.ids, group_scope="except")
        self._create_opportunity().with_user(self.mona).stage_id = self.stage
        with self.assertRaises(ValidationError):
            self._create_opportunity().with_user(self.omar).stage_id = self.stage
        expected = f"stage_id == {self.stage.id}"
        Lead = self.env["crm.lead"]
        self.assertNotIn(expected, Lead.with_user(self.mona).get_view(view_type="form")["arch"])
        self.assertIn(expected, Lead.with_user(self.omar).get_view(view_type="form")["arch"])

    def test_company_of_the_record(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_rule(company_id=other.id)
        lead = self._create_opportunity(stage_id=self.stage.id, company_id=self.company.id)
        self.assertTrue(lead)
        with self.assertRaises(ValidationError):
            self._create_opportunity(
                stage_id=self.stage.id, company_id=other.id, user_id=False, team_id=False
            )
        # whoever works in one company cannot escape the rules of the other
        self.env.user.company_ids |= other
        with self.assertRaises(ValidationError):
            self.env["crm.lead"].with_company(self.company).create(
                {
                    "name": "Elsewhere",
                    "stage_id": self.stage.id,
                    "company_id": other.id,
                    "user_id": False,
                    "team_id": False,
                }
            )
        with Form(lead, view="crm.crm_lead_view_form") as form:
            form.name = "Saved"

    def test_configurators_keep_to_their_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self._create_rule(company_id=other.id)
        rule = self._create_rule()
        Rule = self.env["crm.form.rule"].with_user(self.cora)
        self.assertEqual(Rule.search([("id", "in", (rule | foreign).ids)]), rule)
        with self.assertRefused("do not work for Other"):
            rule.with_user(self.cora).company_id = other
        for attack in (
            lambda: foreign.with_user(self.cora).write({"company_id": False}),
            lambda: foreign.with_user(self.cora).unlink(),
        ):
            with self.assertRaises(AccessError):
                attack()
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestKeptIncomplete(FormRuleCase):
    def test_mail_is_kept_flagged_and_found(self):
        self._create_rule(condition_domain="[]", message="A phone number is needed.")
        Lead = self.env["crm.lead"]
        lead = Lead.browse(
            self.env["mail.thread"].message_process("crm.lead", MAIL % "form-rule-flag")
        )
        self.assertTrue(lead.form_rule_flag)
        self.assertEqual(lead.form_rule_notice, "A phone number is needed.")
        self.assertIn(lead, Lead.search([("form_rule_flag", "=", True)]))
        self.assertIn("form_rule_notice", Lead.get_view(view_type="form")["arch"])
        self.assertIn("form_rule_flag", Lead.get_view(view_type="search")["arch"])
        with self.assertRaises(ValidationError):
            lead.phone = " "
        lead.write({"form_rule_flag": False})
        self.assertTrue(lead.form_rule_flag)
        lead.name = "Still without"
        self.assertTrue(lead.form_rule_flag)
        lead.phone = "+49 30 1234567"
        self.assertFalse(lead.form_rule_flag)
        self.assertFalse(lead.form_rule_notice)

    def test_a_block_loses_no_mail(self):
        self._create_rule(kind="block", condition_domain="[]", message="Nothing here.")
        lead_id = self.env["mail.thread"].message_process("crm.lead", MAIL % "form-rule-block")
        self.assertTrue(self.env["crm.lead"].browse(lead_id).form_rule_flag)

    def test_mail_to_any_model_is_kept(self):
        """Leads and tickets have gateways of their own; the others have that of the mixin."""
        self._create_rule(
            "res.partner", ["phone"], condition_domain="[]", message="A phone number is needed."
        )
        partner_id = self.env["mail.thread"].message_process(
            "res.partner",
            "From: Stranger <stranger@example.org>\nTo: x@example.com\n"
            "Subject: Desks\nMessage-Id: <form-rule-any@example.org>\n\nHello",
        )
        partner = self.env["res.partner"].browse(partner_id)
        self.assertTrue(partner.form_rule_flag)
        self.assertIn("A phone number is needed", "".join(partner.message_ids.mapped("body")))

    def test_views_without_rules_are_left_alone(self):
        for view_type in ("form", "search"):
            arch = self.env["crm.lead"].get_view(view_type=view_type)["arch"]
            self.assertNotIn("form_rule_flag", arch)


@tagged("post_install", "-at_install")
class TestWords(FormRuleCase):
    def test_sentences(self):
        phone = self._create_rule()
        self.assertEqual(phone.sentence, "Phone is required when Stage is Proposal")
        phone.name = False
        self.assertEqual(phone.display_name, phone.sentence)
        for expected, values in [
            ("Phone is always required", {"condition_domain": "[]"}),
            (
                "Phone cannot be changed when Phone is set and Expected Revenue is less than 10",
                {
                    "kind": "readonly",
                    "condition_domain": "[('phone', '!=', False), ('expected_revenue', '<', 10)]",
                },
            ),
            (
                "Phone and Email is hidden when (Active is checked or Priority is High)"
                + " and not (Phone is set)",
                {
                    "kind": "invisible",
                    "targets": ["phone", "email_from"],
                    "condition_domain": "['|', ('active', '=', True), ('priority', 'in',"
                    " ['2']), '!', ('phone', '!=', False)]",
                },
            ),
            (
                "Priority offers only Low or High when Expected Closing is before today",
                {
                    "kind": "limit",
                    "targets": ["priority"],
                    "allowed_values": ["0", "2"],
                    "condition_domain": "[('date_deadline', '<', 'today')]",
                },
            ),
            (
                "Expected Closing becomes today +7 days when Stage is Proposal (new records)",
                {
                    "kind": "value",
                    "targets": ["date_deadline"],
                    "value_source": "today",
                    "value_days": 7,
                    "apply_on": "create",
                },
            ),
            (
                (
                    "Deleting is refused when Stage is Proposal"
                    " (for everybody but CRM Customization / Configurator)"
                ),
                {
                    "kind": "block",
                    "block_moment": "delete",
                    "group_ids": self.env.ref("crm_suite.group_configurator").ids,
                    "group_scope": "except",
                },
            ),
        ]:
            with self.subTest(expected=expected):
                rule = self._create_rule(**values)
                self.assertEqual(
                    self._plain(rule.sentence).replace("Medium", "Low"), self._plain(expected)
                )

    def _plain(self, text):
        labels = dict(
            self.env["crm.lead"]._fields["priority"].get_description(self.env)["selection"]
        )
        return text.replace(labels["2"], "High").replace(labels["0"], "Low")

    def test_hidden_records_keep_their_names(self):
        lead = self._create_opportunity(name="Secret deal")
        rule = self._create_rule(
            "sale.order",
            targets=["client_order_ref"],
            condition_domain=str([("opportunity_id", "=", lead.id)]),
        )
        self.assertIn("Secret deal", rule.sentence)
        self.assertIn(f"#{lead.id}", rule.with_user(self.cora).sentence)


@tagged("post_install", "-at_install")
class TestTestButton(FormRuleCase):
    def test_records_that_break_the_rule_are_listed(self):
        rule = self._create_rule(enforce="form")
        broken = self._create_opportunity(stage_id=self.stage.id, partner_id=False)
        self._create_opportunity(stage_id=self.stage.id, phone="1", partner_id=False)
        action = rule.action_test()
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), broken)
        self.assertIn("1", action["name"])
        rule.write(
            {
                "kind": "limit",
                "target_field_ids": self._field_ids(["user_id"]),
                "allowed_values": self.omar.ids,
            }
        )
        self.assertEqual(rule.action_test()["params"]["type"], "success")
        broken.user_id = self.sami
        self.assertEqual(self.env["crm.lead"].search(rule.action_test()["domain"]), broken)

    def test_only_with_the_right_to_read(self):
        rule = self._create_rule()
        self._create_opportunity(phone="1")
        self.assertEqual(rule.with_user(self.cora).action_test()["params"]["type"], "warning")
        with self.assertRaises(AccessError):
            rule.with_user(self.omar).action_test()


@tagged("post_install", "-at_install")
class TestHostileConfigurator(FormRuleCase):
    def test_nothing_gets_in(self):
        Rule = self.env["crm.form.rule"].with_user(self.cora)
        base = {
            "name": "Attack",
            "model_id": self.env["ir.model"]._get_id("crm.lead"),
            "target_field_ids": self._field_ids(["phone"]),
        }
        for values in [
            {"condition_domain": "[('phone', '=', __import__('os').getcwd())]"},
            {"condition_domain": "[" * 5000},
            {"condition_domain": "[('user_id.login', '=', 'admin')]"},
            {"condition_domain": "[('phone', '=', 'x')]" + " " * 200_000},
            {"kind": "python"},
            {"model_id": self.env["ir.model"]._get_id("res.users")},
            {"target_field_ids": self._field_ids(["login"], "res.users")},
            {"kind": "invisible", "target_field_ids": self._field_ids(["create_uid"])},
            {"kind": "readonly", "target_field_ids": self._field_ids(["company_id"])},
        ]:
            with (
                self.subTest(values=str(values)[:80]),
                self.assertRaises(Exception),  # noqa: B017
            ):
                Rule.create({**base, **values})

    def test_health_cannot_be_written(self):
        rule = self._create_rule()
        rule.with_user(self.cora).write({"health": "bad_value"})
        self.assertEqual(rule.health, "ok")


@tagged("post_install", "-at_install")
class TestRulesByRpc(FormRuleCase, HttpCase):
    def _call(self, model, method, *args, **kwargs):
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"model": model, "method": method, "args": args, "kwargs": kwargs},
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()

    def test_no_context_frees(self):
        self._create_rule(kind="readonly", message="Ask the office.")
        lead = self._create_opportunity(stage_id=self.stage.id)
        self.authenticate(self.omar.login, self.omar.login)
        for context in (
            {},
            {"crm_form_rules": True},
            {"crm_form_rule_run": {"done": []}},
            {"crm_form_rule_run": True},
        ):
            answer = self._call("crm.lead", "write", lead.ids, {"phone": "1"}, context=context)
            self.assertIn("Ask the office", answer["error"]["data"]["message"])

    def test_private_methods_are_closed(self):
        self.authenticate(self.cora.login, self.cora.login)
        for method in ("_refresh_health", "_get_rules", "_check_health", "_compile"):
            self.assertIn("error", self._call("crm.form.rule", method, [1]))
