from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.journey_action import safe_fields
from .common import ActionCommon


@tagged("post_install", "-at_install")
class TestRights(ActionCommon):
    """Nobody does by a journey what he may not do by hand."""

    def _restrict_templates(self):
        """Let nobody write code in templates but whom an administrator lets."""
        self.env["ir.config_parameter"].set_param("mail.restrict.template.rendering", True)
        editors = self.env.ref("mail.group_mail_template_editor")
        self.env.ref("base.group_user").implied_ids -= editors
        self.assertFalse(self.marketer.has_group("mail.group_mail_template_editor"))

    def _field(self, name, model="res.partner"):
        return self.env["ir.model.fields"]._get(model, name)

    def _make_action(self, code="records.write({'ref': 'ran'})", **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Test action",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": code,
                **values,
            }
        )

    def test_fields_that_decide_about_rights_are_refused_to_everybody(self):
        for model, name in (
            ("res.users", "login"),
            ("res.users", "group_ids"),
            ("res.users", "password"),
            ("res.users", "company_id"),
            ("res.groups", "name"),
            ("res.company", "name"),
            ("ir.config_parameter", "value"),
            ("res.partner", "company_id"),
            ("res.partner", "signup_type"),
            ("res.partner", "active"),
            ("res.partner", "email_normalized"),
            ("res.partner", "parent_id"),
            ("res.partner", "is_blacklisted"),
            ("crm.lead", "company_id"),
            ("crm.lead", "partner_id"),
            ("sale.order", "state"),
            ("account.move", "state"),
            ("account.move", "payment_state"),
            ("mailing.mailing", "body_html"),
            ("mailing.mailing", "subject"),
            ("crm.journey", "user_id"),
        ):
            with self.subTest(f"{model}.{name}"):
                self.assertFalse(safe_fields.is_safe(self.env[model], name))

    def test_fields_that_people_fill_in_are_not(self):
        for model, name in (
            ("res.partner", "ref"),
            ("res.partner", "user_id"),
            ("res.partner", "industry_id"),
            ("crm.lead", "stage_id"),
            ("crm.lead", "priority"),
            ("crm.lead", "user_id"),
            ("sale.order", "client_order_ref"),
        ):
            with self.subTest(f"{model}.{name}"):
                self.assertTrue(safe_fields.is_safe(self.env[model], name))

    def test_a_protected_field_is_refused_where_it_is_chosen(self):
        for user in (self.marketer, self.env.user):
            with self.subTest(user.login), self.assertRaises(ValidationError):
                self._make_node("update", user=user, update_field_id=self._field("company_id").id)

    def test_a_field_that_only_others_may_write_is_refused(self):
        self._grant(self.marketer, "base.group_partner_manager")
        node = self._make_node("update")
        field = type(self.env["res.partner"])._fields["ref"]
        self.patch(field, "groups", "base.group_system")
        with self.assertRaises(ValidationError):
            node.update_field_id = self._field("ref")

    def test_a_responsible_who_lost_his_rights_writes_no_more(self):
        self._grant(self.marketer, "base.group_partner_manager")
        node = self._make_node("update", update_field_id=self._field("ref").id, update_text="x")
        field = type(self.env["res.partner"])._fields["ref"]
        self.patch(field, "groups", "base.group_system")
        self.assertTrue(node._find_setting_problems())
        with self.assertRaises(UserError):
            self._pass(node, self.amal)
        self.assertFalse(self.amal.sudo().ref)

    def test_records_that_he_may_not_write_wait_for_a_person(self):
        self._grant(self.marketer, "sales_team.group_sale_salesman")
        mine, foreign = self._make_leads(self.amal, self.emre)
        mine.user_id, foreign.user_id = self.marketer, self.salesperson
        node = self._make_node(
            "update",
            model="crm.lead",
            update_field_id=self._field("referred", "crm.lead").id,
            update_text="by journey",
        )
        outcomes = self._pass(node, mine + foreign)
        self.assertEqual(outcomes.keys(), {foreign.id})
        self.assertEqual(
            (outcomes[foreign.id].state, outcomes[foreign.id].reason), ("failed", "access")
        )
        self.assertEqual((mine.referred, foreign.referred), ("by journey", False))

    def test_contacts_of_another_company_stay_as_they_are(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["res.partner"].create({"name": "Theirs", "company_id": other.id})
        self._grant(self.marketer, "base.group_partner_manager")
        node = self._make_node("update", update_field_id=self._field("ref").id, update_text="x")
        outcomes = self._pass(node, self.amal + theirs)
        self.assertEqual(outcomes[theirs.id].reason, "access")
        self.assertFalse(theirs.ref)

    def test_a_value_that_he_may_not_read_is_not_written(self):
        self._grant(self.marketer, "base.group_partner_manager")
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["crm.team"].create({"name": "Theirs", "company_id": other.id})
        self._grant(self.marketer, "sales_team.group_sale_salesman_all_leads")
        node = self._make_node(
            "update",
            model="crm.lead",
            update_field_id=self._field("team_id", "crm.lead").id,
            update_res_id=theirs.id,
        )
        self.assertTrue(node._find_setting_problems())
        [lead] = self._make_leads(self.amal)
        with self.assertRaises(AccessError):
            self._pass(node, lead)

    # ------------------------------------------------------------------
    # Server actions
    # ------------------------------------------------------------------

    def test_marketers_choose_no_server_action(self):
        action = self._make_action()
        with self.assertRaises(AccessError):
            self._make_node("server_action", server_action_id=action.id)
        node = self._make_node("server_action")
        with self.assertRaises(AccessError):
            node.with_user(self.marketer).server_action_id = action
        with self.assertRaises(AccessError):
            node.with_user(self.manager).server_action_id = action
        with self.assertRaises(AccessError):
            self.env["crm.journey.node"].with_user(self.marketer).with_context(
                default_server_action_id=action.id
            ).create({"version_id": node.version_id.id, "kind": "server_action"})

    def test_a_new_version_keeps_what_an_administrator_chose(self):
        action = self._make_action()
        node = self._make_node("server_action")
        node.sudo().server_action_id = action
        journey = self._go_live(node.journey_id)
        draft = (
            self.env["crm.journey.version"]
            .with_user(self.marketer)
            .create({"journey_id": journey.id, "number": 2})
        )
        copied = node.with_user(self.marketer).copy({"version_id": draft.id, "uid": node.uid})
        self.assertEqual(copied.sudo().server_action_id, action)
        with self.assertRaises(AccessError):
            node.with_user(self.marketer).copy({"version_id": draft.id, "uid": "elsewhere"})

    def test_it_runs_once_for_all_with_the_rights_of_the_responsible(self):
        self._grant(self.marketer, "base.group_partner_manager")
        node = self._make_node("server_action")
        node.sudo().server_action_id = self._make_action(
            "records.write({'ref': '%s of %s' % (len(records), env.user.login)})"
        )
        self.assertFalse(self._pass(node, self.reachable))
        self.assertEqual(set(self.reachable.mapped("ref")), {"3 of marketer"})

    def test_it_does_not_do_what_the_responsible_may_not(self):
        node = self._make_node("server_action")
        node.sudo().server_action_id = self._make_action(
            "env['res.users'].browse(%d).write({'login': 'stolen'})" % self.manager.id
        )
        self._grant(self.marketer, "base.group_partner_manager")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._pass(node, self.amal)
        self.assertEqual(self.manager.login, "marketing_manager")

    def test_it_is_for_certain_groups(self):
        node = self._make_node("server_action")
        node.sudo().server_action_id = self._make_action(
            group_ids=[Command.set(self.env.ref("base.group_system").ids)]
        )
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._pass(node, self.amal)

    def test_one_for_other_records_is_refused(self):
        action = self._make_action(model_id=self.env["ir.model"]._get_id("crm.lead"))
        node = self._make_node("server_action", user=self.env.user, server_action_id=action.id)
        self.assertTrue(node._find_setting_problems())
        with self.assertRaises(UserError):
            self._pass(node, self.amal)

    def test_it_is_not_deleted_under_a_journey(self):
        action = self._make_action()
        node = self._make_node("server_action", user=self.env.user, server_action_id=action.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            action.unlink()
        self.assertTrue(node.server_action_id)

    # ------------------------------------------------------------------
    # Templates
    # ------------------------------------------------------------------

    def test_code_in_a_message_is_refused(self):
        self._restrict_templates()
        node = self._make_message()
        mailing = node.mailing_id.with_user(self.marketer)
        code = "<p><t t-out=\"object.env['res.users'].search([]).mapped('login')\"/></p>"
        for values in (
            {"body_html": code},
            {"subject": "{{ object.env.user.login }}"},
            {"preview": "{{ object.sudo().signup_prepare() }}"},
        ):
            with self.subTest(str(values)), self.assertRaises(AccessError):
                mailing.write(values)

    def test_code_does_not_travel_with_a_copied_node(self):
        self._restrict_templates()
        node = self._make_message(user=self.env.user)
        code = "<p><t t-out=\"object.env['res.users'].search([]).mapped('login')\"/></p>"
        node.mailing_id.write({"body_html": code})
        mine = self._make_node("wait")
        with self.assertRaises(AccessError):
            self.env["crm.journey.node"].with_user(self.marketer).create(
                {
                    "version_id": mine.version_id.id,
                    "kind": "mail",
                    "mailing_id": node.mailing_id.id,
                }
            )

    def test_merge_fields_in_titles_are_never_code(self):
        self.amal.name = "{{ object.env.user.login }} <b>[[email]]</b>"
        self._grant(self.marketer, "base.group_partner_manager")
        todo = self.env.ref("mail.mail_activity_data_todo")
        node = self._make_node(
            "activity", title="Call [[name]]", note="[[name]]", activity_type_id=todo.id
        )
        self._pass(node, self.amal)
        activity = self.amal.activity_ids
        self.assertEqual(activity.summary, "Call {{ object.env.user.login }} <b>[[email]]</b>")
        self.assertNotIn("<b>", activity.note)

    def test_secrets_are_no_merge_fields(self):
        node = self._make_node("activity", title="[[password]]")
        self.assertTrue(any("password" in text for text in node._find_setting_problems()))
