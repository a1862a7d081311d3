from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestFormDefault(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.form.rule"].search([]).active = False
        cls.env["crm.form.default"].search([]).active = False
        cls.source, cls.other_source = cls.env["utm.source"].create(
            [{"name": "Trade fair"}, {"name": "Recommendation"}]
        )
        cls.tags = cls.env["crm.tag"].create([{"name": "Hot"}, {"name": "Big"}])

    @classmethod
    def _create(cls, name, value=None, model="crm.lead", **values):
        return cls.env["crm.form.default"].create(
            {
                "model_id": cls.env["ir.model"]._get_id(model),
                "field_id": cls.env["ir.model.fields"]._get(model, name).id,
                "value": value,
                **values,
            }
        )

    def _start(self, *names, user=None, model="crm.lead", **context):
        return (
            self.env[model]
            .with_user(user or self.omar)
            .with_context(**context)
            .default_get(list(names))
        )

    def test_each_kind_of_value(self):
        for name, value, expected in [
            ("referred", "By a friend", "By a friend"),
            ("description", "<p>Hello</p>", "<p>Hello</p>"),
            ("priority", "2", "2"),
            ("expected_revenue", 500.5, 500.5),
            ("date_deadline", "2030-01-31", fields.Date.to_date("2030-01-31")),
            ("source_id", self.source.id, self.source),
            ("tag_ids", self.tags.ids, self.tags),
        ]:
            with self.subTest(field=name):
                self._create(name, value)
                lead = self.env["crm.lead"].with_user(self.omar).create({"name": "New"})
                self.assertEqual(lead[name], expected)
        self._create("is_company", True, "res.partner")
        self._create("color", None, "res.partner")
        partner = self.env["res.partner"].with_user(self.omar).create({"name": "Haddad"})
        self.assertTrue(partner.is_company)

    def test_what_is_not_chosen_yet_has_no_name(self):
        self.assertFalse(self.env["crm.form.default"].new({}).display_name)
        default = self._create("referred", "By a friend")
        label = default.field_id.field_description
        self.assertEqual(default.display_name, f"{label} = By a friend")

    def test_form_import_and_rpc_start_alike_and_what_is_said_wins(self):
        self._create("source_id", self.source.id)
        Lead = self.env["crm.lead"].with_user(self.omar)
        form = Form(Lead.with_context(default_type="opportunity"), "crm.crm_lead_view_form")
        form.name = "By form"
        self.assertEqual(form.source_id, self.source)
        form.source_id = self.other_source
        self.assertEqual(form.save().source_id, self.other_source)
        result = Lead.load(["name", "source_id"], [["A", "Recommendation"], ["B", ""]])
        self.assertFalse(result["messages"])
        self.assertEqual(Lead.browse(result["ids"])[0].source_id, self.other_source)
        result = Lead.load(["name"], [["C"]])
        self.assertEqual(Lead.browse(result["ids"]).source_id, self.source)
        self.assertFalse(Lead.create({"name": "None", "source_id": False}).source_id)
        values = self._start("source_id", default_source_id=self.other_source.id)
        self.assertEqual(values["source_id"], self.other_source.id)
        copy = Lead.create({"name": "Copied", "source_id": self.other_source.id}).copy()
        self.assertEqual(copy.source_id, self.other_source)

    def test_mails_start_with_it_too(self):
        self._create("source_id", self.source.id)
        lead_id = self.env["mail.thread"].message_process(
            "crm.lead",
            "From: Rana <rana@rana.example.com>\nTo: crm.suite.north@example.com\n"
            "Subject: Desks\nMessage-Id: <default-1@rana.example.com>\n\nHow much?",
        )
        self.assertEqual(self.env["crm.lead"].browse(lead_id).source_id, self.source)

    def test_roles_and_priority(self):
        managers = self.env.ref("sales_team.group_sale_manager")
        everybody = self._create("referred", "Everybody", sequence=20)
        self._create("referred", "Managers", sequence=10, group_ids=managers.ids)
        self.assertEqual(self._start("referred")["referred"], "Everybody")
        self.assertEqual(self._start("referred", user=self.mona)["referred"], "Managers")
        everybody.sequence = 1
        self.assertEqual(self._start("referred", user=self.mona)["referred"], "Everybody")

    def test_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.omar.company_ids += other
        self._create("referred", "Elsewhere", company_id=other.id, sequence=1)
        self._create("referred", "Everywhere", sequence=2)
        Lead = self.env["crm.lead"].with_user(self.omar)
        self.assertEqual(Lead.default_get(["referred"])["referred"], "Everywhere")
        self.assertEqual(
            Lead.with_company(other).default_get(["referred"])["referred"], "Elsewhere"
        )

    def test_own_default_wins_and_that_of_the_database_does_not(self):
        self._create("referred", "Configured")
        self.env["ir.default"].set("crm.lead", "referred", "For all")
        self.assertEqual(self._start("referred")["referred"], "Configured")
        self.env["ir.default"].set("crm.lead", "referred", "Mine", user_id=self.omar.id)
        self.assertEqual(self._start("referred")["referred"], "Mine")
        self.assertEqual(self._start("referred", user=self.sami)["referred"], "Configured")

    def test_day_and_person(self):
        self._create("date_deadline", value_source="today", value_days=10)
        self._create("user_id", value_source="user")
        values = self._start("date_deadline", "user_id")
        today = fields.Date.context_today(self.env.user)
        self.assertEqual(fields.Date.to_date(values["date_deadline"]), today + timedelta(days=10))
        self.assertEqual(values["user_id"], self.omar.id)
        machine = self.env["crm.form.default"].with_user(self.env.ref("base.user_root"))
        self.assertNotIn("user_id", machine._get_values("crm.lead"))

    def test_customer_invoices_and_nothing_else_of_the_journal(self):
        self._create("ref", "Please pay", "account.move")
        Move = self.env["account.move"]
        values = {"partner_id": self.layla.id}
        invoice = Move.create({**values, "move_type": "out_invoice"})
        self.assertEqual(invoice.ref, "Please pay")
        self.assertEqual(
            Move.create({**values, "move_type": "out_invoice", "ref": "Mine"}).ref, "Mine"
        )
        self.assertFalse(Move.create({**values, "move_type": "in_invoice"}).ref)
        self.assertFalse(Move.create({"move_type": "entry"}).ref)
        with Form(Move.with_context(default_move_type="out_invoice")) as form:
            self.assertEqual(form.ref, "Please pay")

    def test_safe_mode(self):
        self._create("referred", "Configured")
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "0")
        self.assertFalse(self._start("referred").get("referred"))

    def test_deleted_records_take_their_defaults_along(self):
        default = self._create("source_id", self.source.id)
        tags = self._create("tag_ids", self.tags.ids)
        self.source.unlink()
        self.tags[0].unlink()
        self.assertFalse(default.active)
        self.assertEqual(tags.value, self.tags[1].ids)
        lead = self.env["crm.lead"].with_user(self.omar).create({"name": "New"})
        self.assertFalse(lead.source_id)
        self.assertEqual(lead.tag_ids, self.tags[1])

    def test_a_broken_default_blocks_nothing(self):
        default = self._create("source_id", self.source.id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_form_default SET value = '999999999' WHERE id = %s", [default.id]
        )
        default.invalidate_recordset()
        default._clear_view_caches()
        logger = "odoo.addons.crm_suite.models.studio.crm_form_default"
        with self.assertLogs(logger, "WARNING"):
            self.assertTrue(self.env["crm.lead"].with_user(self.omar).create({"name": "New"}))
        self.assertEqual(default.health, "bad_value")
        self.assertIn("no longer exists", default.last_error)
        self.assertIn(default, default.search([("health", "in", ["bad_value"])]))

    def test_values_that_do_not_fit_are_refused(self):
        portal = new_test_user(self.env, "portal_pia", "base.group_portal")
        for name, value in [
            ("priority", "9"),
            ("priority", 2),
            ("expected_revenue", "many"),
            ("expected_revenue", 1e300),
            ("expected_revenue", True),
            ("color", 2**40),
            ("date_deadline", "tomorrow"),
            ("date_deadline", "0001-01-01"),
            ("referred", ["x"]),
            ("referred", "two\nlines"),
            ("referred", "x" * 20_000),
            ("source_id", "1"),
            ("source_id", 999_999_999),
            ("source_id", True),
            ("tag_ids", []),
            ("tag_ids", [[4, 1]]),
            ("tag_ids", list(range(1, 200))),
            ("user_id", portal.id),
        ]:
            with (
                self.subTest(field=name, value=str(value)[:20]),
                self.assertRaises(ValidationError),
            ):
                self._create(name, value)
        for name, source in [("referred", "today"), ("source_id", "user"), ("tag_ids", "user")]:
            with self.subTest(field=name), self.assertRaises(ValidationError):
                self._create(name, value_source=source)
        with self.assertRaises(ValidationError):
            self._create("date_deadline", value_source="today", value_days=10**7)

    def test_scripts_are_cleaned(self):
        default = self._create(
            "description", value_html="<p onclick='steal()'>Hi<script>steal()</script></p>"
        )
        lead = self.env["crm.lead"].with_user(self.omar).create({"name": "New"})
        self.assertNotIn("steal", lead.description)
        self.assertNotIn("steal", self._start("description")["description"])
        self.assertIn("Hi", default.value_text)

    def test_system_fields_are_refused(self):
        for model, name in [
            ("crm.lead", "company_id"),
            ("crm.lead", "active"),
            ("crm.lead", "partner_id"),
            ("crm.lead", "create_uid"),
            ("crm.lead", "email_normalized"),
            ("crm.lead", "won_status"),
            ("sale.order", "access_token"),
            ("sale.order", "state"),
            ("sale.order", "signature"),
            ("sale.order", "order_line"),
            ("sale.order", "require_payment"),
            ("account.move", "state"),
            ("account.move", "move_type"),
            ("res.partner", "signup_type"),
            ("res.partner", "email"),
            ("res.partner", "image_1920"),
        ]:
            with self.subTest(model=model, field=name), self.assertRaises(ValidationError):
                self._create(name, "x", model)
        with self.assertRaises(ValidationError):
            self._create("login", "x", "res.users")
        with self.assertRaises(ValidationError):
            # a field of another form
            self._create("referred", "x").field_id = self.env["ir.model.fields"]._get(
                "res.users", "password"
            )

    def test_records_of_a_company_are_for_that_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["crm.team"].create({"name": "Theirs", "company_id": other.id})
        with self.assertRaisesRegex(ValidationError, "does not belong to the company"):
            self._create("team_id", team.id)
        self.assertTrue(self._create("team_id", team.id, company_id=other.id))

    def test_screen(self):
        Default = self.env["crm.form.default"].with_user(self.cora)
        form = Form(Default)
        form.model_id = self.env["ir.model"]._get("crm.lead")
        form.field_id = self.env["ir.model.fields"]._get("crm.lead", "priority")
        self.assertEqual(form.value_spec["type"], "selection")
        form.value = "2"
        form.group_ids.add(self.env.ref("sales_team.group_sale_manager"))
        default = form.save()
        self.assertIn("Priority = ", default.display_name)
        self.assertEqual(default.value_text, "High")
        default.value = "3"
        self.assertIn("High → Very High", default.action_view_changes() and self._last(default))

    def _last(self, record):
        changes = self.env["crm.customization.change"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)], limit=1
        )
        return changes.summary

    def test_choosing_records(self):
        Default = self.env["crm.form.default"].with_user(self.cora)
        field = self.env["ir.model.fields"]._get("crm.lead", "tag_ids")
        found = Default.search_records(field.id, "ho", [])
        self.assertIn((self.tags[0].id, "Hot"), found)
        self.assertNotIn(
            self.tags[0].id, dict(Default.search_records(field.id, "Hot", [self.tags[0].id]))
        )
        with self.assertRaises(AccessError):
            Default.with_user(self.omar).search_records(field.id, "", [])
        for model, name in [
            ("res.users", "group_ids"),
            ("crm.lead", "name"),
            ("crm.lead", "company_id"),
            ("res.partner", "bank_ids"),
        ]:
            field = self.env["ir.model.fields"]._get(model, name)
            with self.subTest(field=name), self.assertRaises(AccessError):
                Default.search_records(field.id, "", [])

    def test_rights(self):
        default = self._create("referred", "Configured")
        default.with_user(self.cora).value = "Mine"
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                default.with_user(user).read(["value"])
            with self.assertRaises(AccessError):
                default.with_user(user).value = "Theirs"
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "You do not work for"):
            default.with_user(self.cora).company_id = other
        lead = self._create_opportunity()
        self.assertTrue(lead)

    def test_why(self):
        managers = self.env.ref("sales_team.group_sale_manager")
        everybody = self._create("referred", "Everybody", sequence=20)
        for_managers = self._create("referred", "Managers", sequence=10, group_ids=managers.ids)
        Check = self.env["crm.form.default.check"].with_user(self.cora)

        def get_reasons(user):
            form = Form(Check)
            form.model_id = self.env["ir.model"]._get("crm.lead")
            form.user_id = user
            check = form.save()
            return {line.default_id: (line.is_given, line.reason) for line in check.line_ids}

        reasons = get_reasons(self.omar)
        self.assertEqual(reasons[everybody], (True, "Given to everybody."))
        self.assertFalse(reasons[for_managers][0])
        reasons = get_reasons(self.mona)
        self.assertTrue(reasons[for_managers][0])
        self.assertIn("comes first", reasons[everybody][1])
        self.env["ir.default"].set("crm.lead", "referred", "Mine", user_id=self.mona.id)
        self.assertIn("default of his or her own", get_reasons(self.mona)[for_managers][1])

    def test_no_default_costs_no_query(self):
        Lead = self.env["crm.lead"].with_user(self.omar)
        Lead.default_get(["referred", "source_id"])
        with self.assertQueryCount(0):
            Lead.default_get(["referred", "source_id"])
        self._create("referred", "Configured")
        Lead.default_get(["referred", "source_id"])
        with self.assertQueryCount(0):
            self.assertEqual(Lead.default_get(["referred"]), {"referred": "Configured"})
