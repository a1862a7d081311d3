import json
from contextlib import contextmanager
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from ...lib.domain_compiler import compile_domain
from ..common import CrmSuiteCase


class FormRuleCase(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # rules of the demo data and of the database must not disturb
        cls.env["crm.form.rule"].search([]).active = False
        cls.stage = cls.env["crm.stage"].create({"name": "Proposal", "sequence": 50})

    @classmethod
    def _create_rule(cls, model="crm.lead", targets=("phone",), **values):
        return cls.env["crm.form.rule"].create(
            {
                "name": "Phone before a proposal",
                "model_id": cls.env["ir.model"]._get_id(model),
                "target_field_ids": cls._field_ids(targets, model),
                "condition_domain": str([("stage_id", "=", cls.stage.id)]),
                **values,
            }
        )

    @contextmanager
    def assertRefused(self, message):
        with self.assertRaises(ValidationError) as caught:
            yield
        self.assertRegex(str(caught.exception), message)

    @classmethod
    def _field_ids(cls, names, model="crm.lead"):
        return [cls.env["ir.model.fields"]._get(model, name).id for name in names]


@tagged("post_install", "-at_install")
class TestFormRule(FormRuleCase):
    def test_form_requires_the_field_under_the_condition(self):
        self._create_rule()
        opportunities = (
            self.env["crm.lead"].with_user(self.omar).with_context(default_type="opportunity")
        )
        form = Form(opportunities, view="crm.crm_lead_view_form")
        form.name = "Chairs"
        form.save()
        form.stage_id = self.stage
        with self.assertRaisesRegex(AssertionError, "phone is a required field"):
            form.save()
        form.phone = "+49 30 1234567"
        self.assertEqual(form.save().phone, "+49 30 1234567")

    def test_a_field_that_not_everybody_can_fill_in_is_refused(self):
        """Such a rule would stop all work on the model."""
        for name in ("signup_type", "commercial_partner_id"):
            with self.subTest(field=name), self.assertRefused("cannot be filled in by everybody"):
                self._create_rule("res.partner", [name], condition_domain="[]")

    def test_the_last_group_of_a_rule_cannot_be_deleted(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        self._create_rule(group_ids=group.ids)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            group.unlink()

    def test_every_node_of_the_field_is_required(self):
        self._create_rule(targets=["email_from"])
        arch = self.env["crm.lead"]._get_view(view_type="form")[0]
        nodes = arch.xpath("//field[@name='email_from'][not(ancestor::field)]")
        self.assertGreater(len(nodes), 1)
        self.assertTrue(all(str(self.stage.id) in node.get("required") for node in nodes))

    def test_a_modifier_of_the_view_is_kept(self):
        self._create_rule(
            targets=["recurring_plan"], condition_domain="[('type', '=', 'opportunity')]"
        )
        arch = self.env["crm.lead"]._get_view(view_type="form")[0]
        required = arch.xpath("//field[@name='recurring_plan']")[0].get("required")
        self.assertIn("recurring_revenue != 0", required)
        self.assertIn("type == 'opportunity'", required)

    def test_embedded_records_are_left_alone(self):
        self._create_rule(
            model="sale.order",
            kind="invisible",
            targets=["name"],
            condition_domain="[('state', '=', 'sale')]",
        )
        arch = self.env["sale.order"]._get_view(view_type="form")[0]
        own = arch.xpath("//field[@name='name'][not(ancestor::field)]")
        self.assertIn("state == 'sale'", own[0].get("invisible"))
        lines = arch.xpath("//field[@name='order_line']//field[@name='name']")
        self.assertTrue(lines)
        self.assertFalse([node for node in lines if "state ==" in (node.get("invisible") or "")])

    def test_create_and_write_are_refused_on_the_server(self):
        self._create_rule(message="Ask for a phone number first.")
        with self.assertRefused("Ask for a phone number first"):
            self._create_opportunity(stage_id=self.stage.id)
        lead = self._create_opportunity()
        with self.assertRefused("Ask for a phone number first"):
            lead.with_user(self.omar).stage_id = self.stage
        lead.write({"stage_id": self.stage.id, "phone": "+49 30 1234567"})
        with self.assertRaises(ValidationError):
            lead.phone = "   "
        lead.expected_revenue = 5.0

    def test_message_names_fields_and_rule(self):
        self._create_rule()
        with self.assertRefused("Phone.*Phone before a proposal"):
            self._create_opportunity(stage_id=self.stage.id)

    def test_records_that_broke_the_rule_before_can_still_be_edited(self):
        lead = self._create_opportunity(stage_id=self.stage.id)
        self._create_rule()
        lead.expected_revenue = 10.0
        with self.assertRaises(ValidationError):
            lead.stage_id = self.stage

    def test_form_only_rule_does_not_refuse_on_the_server(self):
        self._create_rule(enforce="form")
        self.assertTrue(self._create_opportunity(stage_id=self.stage.id))
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertIn(f"stage_id == {self.stage.id}", arch)

    def test_new_records_only(self):
        self._create_rule(apply_on="create")
        lead = self._create_opportunity()
        lead.stage_id = self.stage
        with self.assertRaises(ValidationError):
            self._create_opportunity(stage_id=self.stage.id)

    def test_rule_of_a_group_concerns_its_users_only(self):
        self._create_rule(group_ids=[self.env.ref("sales_team.group_sale_manager").id])
        lead = self._create_opportunity()
        lead.with_user(self.omar).stage_id = self.stage
        other = self._create_opportunity()
        with self.assertRaises(ValidationError):
            other.with_user(self.mona).stage_id = self.stage
        expected = f"stage_id == {self.stage.id}"
        Lead = self.env["crm.lead"]
        self.assertIn(expected, Lead.with_user(self.mona).get_view(view_type="form")["arch"])
        self.assertNotIn(expected, Lead.with_user(self.omar).get_view(view_type="form")["arch"])

    def test_import_reports_the_row(self):
        self._create_rule(message="Ask for a phone number first.")
        result = self.env["crm.lead"].load(
            ["name", "stage_id/.id", "phone"],
            [["One", str(self.stage.id), "+49 30 1234567"], ["Two", str(self.stage.id), ""]],
        )
        self.assertFalse(result["ids"])
        self.assertIn("Ask for a phone number first", result["messages"][-1]["message"])
        self.assertEqual(result["messages"][-1]["rows"], {"from": 1, "to": 1})

    def test_automation_is_refused_too(self):
        self._create_rule()
        lead = self._create_opportunity()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Propose",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "object_write",
                "update_path": "stage_id",
                "value": str(self.stage.id),
                "resource_ref": f"crm.stage,{self.stage.id}",
            }
        )
        with self.assertRaises(ValidationError):
            action.with_context(active_model="crm.lead", active_id=lead.id).run()

    def test_gateway_keeps_the_mail_and_says_what_is_missing(self):
        self._create_rule(condition_domain="[]", message="A phone number is needed.")
        lead_id = self.env["mail.thread"].message_process(
            "crm.lead",
            "From: Stranger <stranger@example.org>\nTo: x@example.com\n"
            "Subject: Desks\nMessage-Id: <form-rule@example.org>\n\nHello",
        )
        lead = self.env["crm.lead"].browse(lead_id)
        self.assertEqual(lead.email_normalized, "stranger@example.org")
        self.assertIn("A phone number is needed", "".join(lead.message_ids.mapped("body")))
        with self.assertRaises(ValidationError):
            lead.phone = False

    def test_bypass_cannot_be_sent(self):
        self._create_rule()
        for value in (True, "KEEP_INCOMPLETE", {}):
            with self.assertRaises(ValidationError):
                self.env["crm.lead"].with_context(crm_form_rules=value).create(
                    {"name": "Sneaky", "stage_id": self.stage.id}
                )

    def test_safe_mode_turns_everything_off(self):
        self._create_rule()
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "0")
        self.assertTrue(self._create_opportunity(stage_id=self.stage.id))
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertNotIn(f"stage_id == {self.stage.id}", arch)
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "1")
        arch = self.env["crm.lead"].get_view(view_type="form")["arch"]
        self.assertIn(f"stage_id == {self.stage.id}", arch)

    def test_change_of_a_rule_reaches_the_next_form(self):
        rule = self._create_rule()
        Lead = self.env["crm.lead"]
        self.assertIn("stage_id ==", Lead.get_view(view_type="form")["arch"])
        rule.condition_domain = "[('priority', '=', '3')]"
        self.assertIn("priority == '3'", Lead.get_view(view_type="form")["arch"])
        rule.active = False
        self.assertNotIn("priority == '3'", Lead.get_view(view_type="form")["arch"])
        rule.active = True
        rule.unlink()
        self.assertNotIn("priority == '3'", Lead.get_view(view_type="form")["arch"])

    def test_other_workers_learn_of_a_change(self):
        rule = self._create_rule()
        for change in (
            lambda: rule.write({"message": "Now"}),
            lambda: rule.copy(),
            lambda: rule.unlink(),
        ):
            self.registry.cache_invalidated.clear()
            change()
            self.assertIn("templates", self.registry.cache_invalidated)
        self.addCleanup(self.registry.cache_invalidated.clear)

    def test_a_rule_that_another_worker_has_just_deleted_stops_nobody(self):
        kept, gone = self._create_rule(), self._create_rule(targets=["email_from"])
        self.env["crm.form.rule"]._get_rules("crm.lead")
        self.env.flush_all()
        for rule in (gone, kept):
            self.env.cr.execute("DELETE FROM crm_form_rule WHERE id = %s", [rule.id])
            self.env.invalidate_all()
            if rule == gone:
                with self.assertRefused("Phone before a proposal"):
                    self._create_opportunity(stage_id=self.stage.id)
        self.assertTrue(self._create_opportunity(stage_id=self.stage.id))

    def test_upgrades_do_not_depend_on_rules(self):
        self._create_rule()
        with patch.object(self.registry, "ready", False):
            self.assertTrue(self._create_opportunity(stage_id=self.stage.id))

    def test_what_a_form_cannot_evaluate_is_refused_at_save(self):
        for domain in [
            "[('partner_id.is_company', '=', True)]",
            "[('name', 'ilike', 'x')]",
            "[('no_such_field', '=', 1)]",
            "[('is_rotting', '=', True)]",
            "[('description', '!=', False)]",
            "['&', ('type', '=', 'lead')]",
            "[('user_id', '=', uid)]",
            "__import__('os')",
            "[('date_deadline', '<', '2024-99-99')]",
            "not a domain",
        ]:
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self._create_rule(condition_domain=domain)

    def test_targets_that_cannot_be_required_are_refused(self):
        for names in (["active"], ["expected_revenue"], ["is_rotting"], []):
            with self.subTest(names=names), self.assertRaises(ValidationError):
                self._create_rule(targets=names)
        with self.assertRaises(ValidationError):
            self._create_rule(target_field_ids=self._field_ids(["email"], "res.partner"))

    def test_a_company_can_be_required_and_decided_by_no_rule(self):
        self._create_rule(targets=["company_id"], condition_domain="[]", message="Which company?")
        lead = self._create_opportunity(company_id=self.company.id)
        with self.assertRefused("Which company"):
            lead.write({"team_id": False, "user_id": False, "company_id": False})
        for values in ({"kind": "readonly"}, {"kind": "invisible"}, {"kind": "value", "value": 1}):
            with self.subTest(values), self.assertRefused("belongs to the system"):
                self._create_rule(targets=["company_id"], condition_domain="[]", **values)

    def test_only_customizable_models_can_have_rules(self):
        with self.assertRaises(ValidationError):
            self._create_rule(model="res.users", targets=["signature"], condition_domain="[]")
        models = self.env["crm.form.rule"]._get_customizable_models()
        self.assertLessEqual({"account.move", "crm.lead", "res.partner", "sale.order"}, set(models))
        self.assertNotIn("crm.customizable.mixin", models)

    @mute_logger("odoo.addons.crm_suite.models.studio.crm_form_rule")
    def test_a_broken_rule_never_breaks_a_form(self):
        rule = self._create_rule()
        self.env.flush_all()
        # what an uninstalled module leaves behind
        self.env.cr.execute(
            "UPDATE crm_form_rule SET condition_domain = %s WHERE id = %s",
            ["[('gone_field', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()
        self.env.registry.clear_cache("templates")
        Form(self.env["crm.lead"].with_user(self.omar), view="crm.crm_lead_view_form")
        self.assertTrue(self._create_opportunity(stage_id=self.stage.id))
        self.assertEqual(rule.health, "ok")
        self.env["crm.form.rule"]._cron_check_health()
        self.assertEqual(rule.health, "bad_condition")
        self.assertIn("gone_field", rule.last_error)
        self.assertIn(rule, rule.search([("health", "in", ["bad_condition"])]))

    def test_field_that_left_every_view_is_skipped(self):
        self._create_rule(targets=["street"])
        form = Form(self.env["crm.lead"], view="crm.quick_create_opportunity_form")
        form.name = "Quick"
        self.assertTrue(form.save())

    def test_rights(self):
        rule = self._create_rule()
        self.assertEqual(rule.with_user(self.cora).health, "ok")
        rule.with_user(self.cora).write({"name": "Other"})
        with Form(self.env["crm.form.rule"].with_user(self.cora)) as form:
            form.name = "Expected closing"
            form.model_id = self.env["ir.model"]._get("crm.lead")
            form.target_field_ids.add(self.env["ir.model.fields"]._get("crm.lead", "date_deadline"))
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                rule.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                rule.with_user(user).write({"name": "Mine"})

    def test_other_models(self):
        for model, target in [
            ("res.partner", "phone"),
            ("sale.order", "client_order_ref"),
            ("account.move", "ref"),
        ]:
            self._create_rule(
                model=model,
                targets=[target],
                condition_domain="[]",
                message=f"No {model} without {target}",
            )
        with self.assertRefused("No res.partner without phone"):
            self.env["res.partner"].create({"name": "Nobody"})
        with self.assertRefused("No sale.order"):
            self.env["sale.order"].create({"partner_id": self.layla.id})
        with self.assertRefused("No account.move"):
            self.env["account.move"].create(
                {"partner_id": self.layla.id, "move_type": "out_invoice"}
            )

    def test_form_and_server_agree_on_real_records(self):
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {index}",
                    "priority": str(index % 4),
                    "expected_revenue": index * 50.0,
                    "date_deadline": "2024-01-01" if index % 2 else False,
                    "user_id": self.omar.id if index % 3 else False,
                    "phone": "123" if index % 5 else False,
                }
                for index in range(12)
            ]
        )
        types = {name: field.type for name, field in leads._fields.items()}
        for domain in [
            [("priority", "in", ["1", "2"]), ("expected_revenue", ">=", 100)],
            ["|", ("user_id", "=", False), ("date_deadline", "!=", False)],
            ["!", ("date_deadline", "<", "2024-06-01")],
            [("user_id", "not in", [self.omar.id])],
            ["!", "&", ("phone", "=", False), ("expected_revenue", "<", 10)],
            [("expected_revenue", "!=", False)],
            [("phone", "in", [False, "456"])],
        ]:
            expression = compile_domain(domain, types)
            chosen = leads.filtered_domain(domain)
            for lead in leads:
                [values] = lead.read(["priority", "expected_revenue", "phone"])
                values |= {
                    "user_id": lead.user_id.id,
                    "date_deadline": str(lead.date_deadline or "") or False,
                }
                self.assertEqual(
                    bool(eval(expression, {}, values)),  # pylint: disable=eval-used
                    lead in chosen,
                    (domain, values),
                )


@tagged("post_install", "-at_install")
class TestFormRuleRpc(FormRuleCase, HttpCase):
    def test_rpc_is_refused(self):
        self._create_rule(message="Ask for a phone number first.")
        self.authenticate(self.omar.login, self.omar.login)
        for context in ({}, {"crm_form_rules": True}):
            response = self.url_open(
                "/web/dataset/call_kw/crm.lead/create",
                data=json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "method": "call",
                        "params": {
                            "model": "crm.lead",
                            "method": "create",
                            "args": [{"name": "By RPC", "stage_id": self.stage.id}],
                            "kwargs": {"context": context},
                        },
                    }
                ),
                headers={"Content-Type": "application/json"},
            ).json()
            self.assertIn("Ask for a phone number first", response["error"]["data"]["message"])
