"""What somebody finds who looks for a way around a rule, or for more than it should take."""

import json
import logging
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.studio import crm_form_rule
from .common import CustomFieldCase
from .test_form_rule import FormRuleCase

# What meetings and reconciling write; nobody edits it on this side
OF_THE_SYSTEM = {"account.move.matched_payment_ids", "res.partner.meeting_ids"}


@tagged("post_install", "-at_install")
class TestWaysAround(FormRuleCase):
    def _lock(self, name, model="crm.lead", **values):
        values = {"kind": "readonly", "condition_domain": "[]", "message": "Ask.", **values}
        return self._create_rule(model, [name], **values)

    def test_a_default_of_the_context_is_no_default(self):
        self._lock("priority")
        Lead = self.env["crm.lead"].with_user(self.omar)
        with self.assertRefused("Ask"):
            Lead.with_context(default_priority="3").create({"name": "Sneaky"})
        self.assertEqual(Lead.with_context(default_phone="1").create({"name": "x"}).phone, "1")
        self.assertEqual(Lead.with_context(default_priority="0").create({"name": "x"}).name, "x")

    def test_an_own_default_is_no_default(self):
        self._lock("priority")
        self.env["ir.default"].with_user(self.omar).set("crm.lead", "priority", "3", user_id=True)
        Lead = self.env["crm.lead"].with_user(self.omar)
        with self.assertRefused("Ask"):
            Lead.create({"name": "Sneaky"})
        self.assertTrue(Lead.create({"name": "Honest", "priority": "0"}))
        self.env["ir.default"].set("crm.lead", "priority", "2")
        self.assertTrue(Lead.create({"name": "Honest", "priority": "2"}))

    def test_a_default_that_is_emptied(self):
        self.env["ir.default"].set("crm.lead", "phone", "+49 30 1234567")
        self._lock("phone")
        with self.assertRefused("Ask"):
            self.env["crm.lead"].create({"name": "Sneaky", "phone": False})

    def test_the_other_side_of_tags(self):
        key, vip = self.env["res.partner.category"].create([{"name": "Key"}, {"name": "VIP"}])
        self.haddad.category_id = key
        self._lock("category_id", "res.partner", condition_domain="[('is_company', '=', True)]")
        for attack in (
            lambda: vip.write({"partner_ids": [Command.link(self.haddad.id)]}),
            lambda: vip.write({"partner_ids": [Command.set([self.haddad.id, self.layla.id])]}),
            lambda: key.write({"partner_ids": [Command.clear()]}),
            lambda: key.write({"partner_ids": [Command.unlink(self.haddad.id)]}),
            lambda: key.create({"name": "New", "partner_ids": self.haddad.ids}),
        ):
            with self.assertRefused("Ask"):
                attack()
        vip.partner_ids = [Command.link(self.layla.id)]
        key.partner_ids = [Command.link(self.layla.id), Command.set(self.haddad.ids)]
        key.name = "Key Account"
        self.assertEqual(self.haddad.category_id, key)

    def test_what_is_required_on_the_other_side(self):
        key = self.env["res.partner.category"].create({"name": "Key"})
        self._create_rule("res.partner", ["category_id"], condition_domain="[]")
        self.haddad.write({"category_id": key.ids})
        with self.assertRaises(ValidationError):
            key.partner_ids = [Command.clear()]
        # locked records that nobody touches stop nobody
        self._create_rule(
            "res.partner",
            [],
            kind="block",
            block_moment="locked",
            condition_domain="[('category_id', '!=', False)]",
        )
        with self.assertRaises(ValidationError):
            key.partner_ids = [Command.clear()]
        key.partner_ids = [Command.link(self.layla.id)]
        self.assertIn(self.layla, key.partner_ids)

    def test_no_rule_costs_no_query(self):
        category = self.env["res.partner.category"].create({"name": "Key"})
        self.env["crm.form.rule"]._get_rules("res.partner")
        with self.assertQueryCount(0):
            self.assertFalse(category._get_ruled_links({"partner_ids": []}))

    def test_every_other_side_is_guarded(self):
        open_sides = set()
        for name in self.env["crm.form.rule"]._get_customizable_models():
            for field in self.env[name]._fields.values():
                if field.type != "many2many" or not field.store or field.readonly:
                    continue
                for other in self.registry.field_inverses[field]:
                    model = self.env[other.model_name]
                    is_guarded = other.name in getattr(model, "_rule_links", ())
                    if not is_guarded and "form_rule_flag" not in model._fields:
                        open_sides.add(str(field))
        self.assertLessEqual(open_sides, OF_THE_SYSTEM)


@tagged("post_install", "-at_install")
class TestForeignRecords(FormRuleCase):
    def test_values_and_options_of_foreign_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["crm.team"].create({"name": "Foreign", "company_id": other.id})
        secret = self.env["res.partner"].create({"name": "Secret", "company_id": other.id})
        Rule = self.env["crm.form.rule"].with_user(self.cora)
        base = {"model_id": self.env["ir.model"]._get_id("crm.lead"), "condition_domain": "[]"}
        for name, record in (("team_id", foreign), ("partner_id", secret)):
            for values in (
                {"kind": "value", "value": record.id},
                {"kind": "limit", "allowed_values": record.ids},
            )[name == "partner_id" :]:  # which no rule sets
                values = {**base, **values, "target_field_ids": self._field_ids([name])}
                with self.assertRaises(AccessError) as caught:
                    Rule.create(values)
                self.assertNotIn(record.name, str(caught.exception))
        rule = Rule.create(
            {
                **base,
                "kind": "limit",
                "allowed_values": self.north.ids,
                "target_field_ids": self._field_ids(["team_id"]),
            }
        )
        with self.assertRaises(AccessError):
            rule.allowed_values = [self.north.id, foreign.id]
        # whoever works for both may, whichever he works in at the moment
        self.cora.company_ids |= other
        rule.with_context(allowed_company_ids=self.company.ids).allowed_values = foreign.ids
        self.assertEqual(rule.allowed_values, foreign.ids)


@tagged("post_install", "-at_install")
class TestLimits(FormRuleCase):
    def test_a_form_has_room_for_so_many_rules(self):
        with patch.object(crm_form_rule, "MOST_RULES", 2):
            rules = self._create_rule() | self._create_rule()
            with self.assertRefused("room for 2"):
                self._create_rule()
            archived = self._create_rule(active=False)
            with self.assertRefused("room for 2"):
                archived.active = True
            self._create_rule("res.partner", condition_domain="[]")
            rules[0].active = False
            archived.active = True

    def test_texts_have_an_end_in_every_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        rule = self._create_rule(message="Ask.")
        for change in (
            lambda: rule.update_field_translations("message", {"ar_001": "س" * 1001}),
            lambda: rule.update_field_translations("name", {"ar_001": "س" * 1001}),
            lambda: rule.with_context(lang="ar_001").write({"message": "س" * 1001}),
            lambda: rule.write({"name": "x" * 1001}),
        ):
            with self.assertRaises(ValidationError):
                change()
        rule.update_field_translations("message", {"ar_001": "اسأل."})
        self.assertEqual(rule.with_context(lang="ar_001").message, "اسأل.")

    def test_a_broken_rule_is_logged_once(self):
        rule = self._create_rule()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_form_rule SET condition_domain = %s WHERE id = %s",
            ["[('gone_field', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()
        Rule = self.env["crm.form.rule"]
        room = "odoo.addons.crm_suite.models"
        with self.assertLogs(room, logging.INFO) as logs:
            for _night in range(3):
                self.env.registry.clear_cache("templates")
                self.env["crm.lead"].get_view(view_type="form")
                Rule._cron_check_health()
        told = [line for line in logs.output if "gone_field" in line]
        self.assertEqual(len(told), 1)


@tagged("post_install", "-at_install")
class TestViewsOfRules(FormRuleCase):
    def test_lists_that_are_edited_follow_rules(self):
        self._create_rule(targets=["email_from"], message="Where do we write?")
        self._create_rule(kind="readonly", targets=["expected_revenue", "phone"])
        arch = self._get_list("crm.crm_case_tree_view_oppor")
        email = arch.xpath("field[@name='email_from']")[0]
        self.assertIn(str(self.stage.id), email.get("required") or "")
        self.assertIn("Where do we write?", email.get("crm_rule_messages"))
        for name in ("expected_revenue", "phone"):
            node = arch.xpath(f"field[@name='{name}']")[0]
            self.assertIn(str(self.stage.id), node.get("readonly") or "")
        served = self.env["crm.lead"].get_views(
            [(self.env.ref("crm.crm_case_tree_view_oppor").id, "list")]
        )
        self.assertIn("stage_id", served["models"]["crm.lead"]["fields"])

    def test_columns_that_nobody_sees_are_not_asked_for(self):
        self._create_rule(targets=["phone"])
        node = self._get_list("crm.crm_case_tree_view_oppor").xpath("field[@name='phone']")[0]
        self.assertEqual(node.get("optional"), "hide")
        self.assertFalse(node.get("required"))

    def test_lists_that_are_not_edited_are_left_alone(self):
        self._create_rule("sale.order", ["client_order_ref"], condition_domain="[]")
        view = self.env.ref("sale.view_quotation_tree")
        arch = self.env["sale.order"]._get_view(view.id, "list")[0]
        if not arch.get("multi_edit") and not arch.get("editable"):
            self.assertFalse(arch.xpath("field[@required]"))

    def _get_list(self, xml_id):
        arch = self.env["crm.lead"]._get_view(self.env.ref(xml_id).id, "list")[0]
        self.assertTrue(arch.get("multi_edit"))
        return arch

    def test_the_form_knows_the_message_of_a_required_field(self):
        self.env["res.lang"]._activate_lang("ar_001")
        rule = self._create_rule(message='Call "them" first.\\')
        rule.with_context(lang="ar_001").message = "اتصل أولا."
        self._create_rule(condition_domain="[('priority', '=', '3')]", message="They matter.")
        self._create_rule(targets=["email_from"])
        Lead = self.env["crm.lead"]
        texts = self._read_messages(Lead, "phone")
        self.assertEqual(texts, {'Call "them" first.\\', "They matter."})
        self.assertIn("اتصل أولا.", self._read_messages(Lead.with_context(lang="ar_001"), "phone"))
        # the client names the field where the rule has no words of its own
        self.assertEqual(self._read_messages(Lead, "email_from"), {""})

    def _read_messages(self, model, name):
        arch = model._get_view(view_type="form")[0]
        node = arch.xpath(f"//field[@name='{name}'][not(ancestor::field)]")[0]
        return {text for _condition, text in json.loads(node.get("crm_rule_messages") or "[]")}


@tagged("post_install", "-at_install")
class TestToday(FormRuleCase):
    def test_days_are_counted_where_the_user_is(self):
        """At the same moment it is another day elsewhere."""
        self._create_rule(condition_domain="[('date_deadline', '<', 'today')]")
        self._create_rule(
            targets=["email_from"], condition_domain="[('date_conversion', '<', 'today')]"
        )
        now = fields.Datetime.now()
        for zone, hours in (("Etc/GMT-14", 14), ("Etc/GMT+12", -12)):
            self.omar.tz = zone
            day = (now + timedelta(hours=hours)).date()
            midnight = datetime.combine(day, datetime.min.time()) - timedelta(hours=hours)
            for context in ({}, {"tz": zone}):
                Lead = self.env["crm.lead"].with_user(self.omar).with_context(**context)
                clock = Lead.new({}).form_rule_clock
                expected = {
                    "today": fields.Date.to_string(day),
                    "@today": fields.Datetime.to_string(midnight),
                }
                self.assertEqual(clock, expected)
                with self.assertRaises(ValidationError):
                    Lead.create({"name": "Late", "date_deadline": day - timedelta(days=1)})
                self.assertTrue(Lead.create({"name": "Due", "date_deadline": day}))

    def test_a_new_form_is_told_the_day(self):
        self._create_rule(condition_domain="[('date_deadline', '<', 'today')]")
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertIn('name="form_rule_clock"', arch)
        Lead = self.env["crm.lead"].with_user(self.omar).with_context(tz="UTC")
        value = Lead.onchange({}, [], {"form_rule_clock": {}})["value"]
        self.assertIn("today", value["form_rule_clock"])
        self.assertIn("today", Lead.create({"name": "x"}).form_rule_clock)

    def test_forms_without_days_have_no_clock(self):
        self._create_rule()
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertNotIn("form_rule_clock", arch)


@tagged("post_install", "-at_install")
class TestRequiredBox(CustomFieldCase):
    """The box "Required" of a custom field and the rule that it made say the same."""

    def setUp(self):
        super().setUp()
        self.env["crm.form.rule"].search([]).active = False
        self.field = self._make_field(is_required=True)
        self.rule = self.field.required_rule_id.with_user(self.cora)

    def test_archived_and_restored(self):
        self.rule.active = False
        self.assertFalse(self.field.is_required)
        self.assertTrue(self.env["crm.lead"].create({"name": "Free"}))
        self.rule.active = True
        self.assertTrue(self.field.is_required)
        with self.assertRaises(ValidationError):
            self.env["crm.lead"].create({"name": "Required"})

    def test_deleted(self):
        self.rule.unlink()
        self.assertFalse(self.field.is_required)
        self.field.is_required = True
        self.assertTrue(self.field.required_rule_id.active)

    def test_changed_into_a_rule_of_its_own(self):
        self.rule.message = "Which contract?"
        self.assertEqual(self.field.required_rule_id, self.rule)
        self.rule.condition_domain = "[('priority', '=', '3')]"
        self.assertFalse(self.field.is_required)
        self.assertFalse(self.field.required_rule_id)
        self.assertTrue(self.rule.active)
        with self.assertRaisesRegex(ValidationError, "Which contract"):
            self.env["crm.lead"].create({"name": "Great", "priority": "3"})
        self.assertTrue(self.env["crm.lead"].create({"name": "Small"}))

    def test_an_archived_field_stops_nobody(self):
        """Nobody could fill it in; restored, it is required again."""
        own = self.rule.copy({"condition_domain": "[('priority', '=', '3')]"})
        self.field.with_user(self.cora).action_archive_field()
        self.assertTrue(self.field.is_required)
        self.assertTrue(own.active)
        self.assertTrue(self.env["crm.lead"].create({"name": "Great", "priority": "3"}))
        self.field.with_user(self.cora).action_restore()
        self.assertTrue(self.rule.active)
        with self.assertRaises(ValidationError):
            self.env["crm.lead"].create({"name": "Great", "priority": "3"})
