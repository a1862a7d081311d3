import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CustomFieldCase

LINKS = {"many2one": "res.partner.industry", "many2many": "res.partner.category"}


@tagged("post_install", "-at_install")
class TestCustomField(CustomFieldCase):
    def _make_all_kinds(self, model="crm.lead"):
        kinds = [kind for kind, _label in self.env["crm.custom.field"]._fields["kind"].selection]
        return self._make_fields(
            [
                {
                    "name": f"{kind} probe",
                    "model": model,
                    "kind": kind,
                    "comodel": LINKS.get(kind),
                    "options": ["Red", "Green"] if kind == "selection" else (),
                }
                for kind in kinds
            ]
        )

    def test_all_kinds_in_one_reload_of_the_registry(self):
        with self.assertSetUps(1):
            custom_fields = self._make_all_kinds()
        self.assertEqual(set(custom_fields.mapped("state")), {"live"})
        self.assertEqual(len(custom_fields), 14)
        industry = self.env["res.partner.industry"].create({"name": "Timber"})
        tag = self.env["res.partner.category"].create({"name": "Regular"})
        file = base64.b64encode(b"Hello")
        values = {
            "x_cs_char_probe": "A-1",
            "x_cs_text_probe": "Two\nlines",
            "x_cs_html_probe": "<p>Bold <script>alert(1)</script></p>",
            "x_cs_integer_probe": 7,
            "x_cs_float_probe": 1.5,
            "x_cs_monetary_probe": 12.5,
            "x_cs_boolean_probe": True,
            "x_cs_date_probe": "2026-03-01",
            "x_cs_datetime_probe": "2026-03-01 10:00:00",
            "x_cs_selection_probe": "red",
            "x_cs_many2one_probe": industry.id,
            "x_cs_many2many_probe": [Command.link(tag.id)],
            "x_cs_binary_probe": file,
            "x_csf_binary_probe": "hello.txt",
            "x_cs_image_probe": file,
        }
        lead = self.env["crm.lead"].create({"name": "Chairs", **values})
        lead.invalidate_recordset()
        self.assertEqual(lead.x_cs_many2many_probe, tag)
        self.assertEqual(lead.x_cs_many2one_probe, industry)
        self.assertEqual(lead.x_cs_monetary_probe, 12.5)
        self.assertEqual(lead.x_cs_binary_probe, file)
        self.assertNotIn("script", lead.x_cs_html_probe)
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id), ("res_field", "!=", False)]
        )
        self.assertEqual(len(attachments), 2)
        found = self.env["crm.lead"].search([("x_cs_selection_probe", "=", "red")])
        self.assertEqual(found, lead)
        live = {field.name: field for field in self.env["crm.custom.field"]._get_live("crm.lead")}
        self.assertEqual(live["x_cs_monetary_probe"].currency_field, "company_currency")
        self.assertEqual(live["x_cs_binary_probe"].file_name_field, "x_csf_binary_probe")
        self.assertEqual(
            [option.value for option in live["x_cs_selection_probe"].options], ["red", "green"]
        )

    def test_every_customizable_model(self):
        models = self.env["crm.custom.field"]._get_customizable_models()
        self._make_fields(
            [
                {"name": f"Amount {index}", "model": model, "kind": "monetary"}
                for index, model in enumerate(models)
            ]
        )
        for index, model in enumerate(models):
            field = self.env[model]._fields[f"x_cs_amount_{index}"]
            self.assertEqual(
                self.env[model]._fields[field.currency_field].comodel_name, "res.currency"
            )

    def test_two_links_between_the_same_models_hold_their_own_records(self):
        self._make_fields(
            [
                {"name": "Liked", "kind": "many2many", "comodel": "res.country"},
                {"name": "Disliked", "kind": "many2many", "comodel": "res.country"},
            ]
        )
        country = self.env.ref("base.jo")
        lead = self.env["crm.lead"].create({"name": "Chairs", "x_cs_liked": country.ids})
        lead.invalidate_recordset()
        self.assertEqual(lead.x_cs_liked, country)
        self.assertFalse(lead.x_cs_disliked)

    def test_label_help_and_options_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        draft = self._make_field(
            "Region", options=["North", "South"], help="Where it is", publish=False
        )
        arabic = draft.with_context(lang="ar_001")
        arabic.name, arabic.help = "المنطقة", "أين هي"
        arabic.option_ids[0].name = "الشمال"
        with self.assertSetUps(1):
            draft.action_publish()
        leads = self.env["crm.lead"]
        described = leads.with_context(lang="ar_001").fields_get(["x_cs_region"])["x_cs_region"]
        self.assertEqual(described["string"], "المنطقة")
        self.assertEqual(described["help"], "أين هي")
        self.assertEqual(described["selection"], [("north", "الشمال"), ("south", "South")])
        self.assertEqual(leads.fields_get(["x_cs_region"])["x_cs_region"]["string"], "Region")
        # another label later on
        with self.assertSetUps(0):
            arabic.name = "الإقليم"
        described = leads.with_context(lang="ar_001").fields_get(["x_cs_region"])["x_cs_region"]
        self.assertEqual(described["string"], "الإقليم")
        with self.assertSetUps(1):
            draft.name = "Area"
        self.assertEqual(leads.fields_get(["x_cs_region"])["x_cs_region"]["string"], "Area")

    def test_a_label_in_arabic_only(self):
        self.env["res.lang"]._activate_lang("ar_001")
        fields_ = self.env["crm.custom.field"].with_user(self.cora).with_context(lang="ar_001")
        field = fields_.create(self._prepare_field_values("رقم العقد", options=["نعم", "لا"]))
        field.action_publish()
        self.assertRegex(field.technical_name, r"^x_cs_f\d{4}$")
        self.assertEqual(len(set(field.option_ids.mapped("value"))), 2)
        lead = self.env["crm.lead"].create({"name": "Chairs"})
        lead[field.technical_name] = field.option_ids[1].value
        label = self.env["crm.lead"].fields_get([field.technical_name])[field.technical_name]
        self.assertEqual(label["string"], "رقم العقد")

    def test_no_technical_name_begins_with_another(self):
        names = self._make_fields(
            [{"name": name} for name in ("Contract Number", "Contract", "Contract Number Old")]
        ).mapped("technical_name")
        for name in names:
            self.assertFalse([other for other in names if other != name and other.startswith(name)])

    def test_options_change_when_records_hold_them(self):
        field = self._make_field("Color", options=["Red", "Green", "Blue"])
        lead = self.env["crm.lead"].create({"name": "Chairs", "x_cs_color": "red"})
        red, green, blue = field.option_ids
        with self.assertSetUps(1):
            field.write(
                {
                    "option_ids": [
                        Command.update(red.id, {"name": "Dark red", "sequence": 30}),
                        Command.update(green.id, {"active": False}),
                        Command.create({"name": "Yellow", "sequence": 5, "color": 3}),
                    ]
                }
            )
        selection = self.env["crm.lead"].fields_get(["x_cs_color"])["x_cs_color"]["selection"]
        self.assertEqual(
            selection,
            [("yellow", "Yellow"), ("blue", "Blue"), ("red", "Dark red"), ("green", "Green")],
        )
        self.assertEqual(lead.x_cs_color, "red")
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            red.unlink()
        field.write({"option_ids": [Command.delete(blue.id)]})
        self.assertNotIn("blue", dict(self.env["crm.lead"]._fields["x_cs_color"].selection))
        with self.assertRaises(UserError):
            red.value = "crimson"
        self.assertEqual(lead.x_cs_color, "red")

    def test_required_by_a_rule(self):
        field = self._make_field(is_required=True)
        with self.assertRaisesRegex(ValidationError, "Contract Number"):
            self.env["crm.lead"].create({"name": "Chairs"})
        field.is_required = False
        lead = self.env["crm.lead"].create({"name": "Chairs"})
        field.is_required = True
        field.action_archive_field()
        lead.write({"name": "Desks", "x_cs_contract_number": False})
        field.action_restore()
        with self.assertRaises(ValidationError):
            lead.x_cs_contract_number = False

    def test_attributes_of_the_column(self):
        field = self._make_field(
            "Remark", kind="text", is_tracked=True, is_indexed=True, is_copied=False
        )
        column = self.env["crm.lead"]._fields["x_cs_remark"]
        self.assertEqual((column.index, column.copy, column.tracking), ("trigram", False, 100))
        with self.assertSetUps(1):
            field.write({"is_tracked": False, "is_copied": True})
        column = self.env["crm.lead"]._fields["x_cs_remark"]
        self.assertTrue(column.copy)
        self.assertFalse(getattr(column, "tracking", None))

    def test_only_groups_that_may_see_a_field_read_it(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        self._make_field("Margin Note", group_ids=group.ids)
        lead = self._create_opportunity(x_cs_margin_note="secret").with_user(self.omar)
        self.assertNotIn("x_cs_margin_note", lead.fields_get())
        with self.assertRaises(AccessError):
            lead.read(["x_cs_margin_note"])
        with self.assertRaises(AccessError):
            lead.search([("x_cs_margin_note", "=", "secret")])
        with self.assertRaises(AccessError):
            lead.x_cs_margin_note = "public"
        self.omar.group_ids = [Command.link(group.id)]
        self.assertEqual(lead.read(["x_cs_margin_note"])[0]["x_cs_margin_note"], "secret")

    def test_groups_of_a_contact_hold_for_its_user(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        field = self._make_field("Blood Type", "res.partner", group_ids=group.ids)
        self.assertIn("x_cs_blood_type", self.env["res.users"]._fields)
        with self.assertRaises(AccessError):
            self.nora.with_user(self.omar).read(["x_cs_blood_type"])
        self.assertNotIn("x_cs_blood_type", self.env["res.users"].with_user(self.omar).fields_get())
        field.with_env(self.env).group_ids = False
        self.assertIn("x_cs_blood_type", self.env["res.partner"].with_user(self.omar).fields_get())

    def test_only_who_may_see_values_shows_them_to_more_people(self):
        night, day = self.env["res.groups"].create([{"name": "Night shift"}, {"name": "Day shift"}])
        chief = self.env["res.groups"].create({"name": "Chief", "implied_ids": night.ids})
        field = self._make_field("Margin Note", group_ids=night.ids)
        for groups in (self.env["res.groups"], day, night | day):
            with (
                self.subTest(groups=groups.mapped("name")),
                self.assertRaisesRegex(AccessError, "is for Night shift only"),
                self.env.cr.savepoint(),
            ):
                field.group_ids = groups
        # fewer people are nobody's loss, and whoever is in a group that implies another saw it
        field.group_ids = night | chief
        field.group_ids = chief
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            field.group_ids = night
        self.cora.group_ids = [Command.link(chief.id)]
        field.group_ids = night
        self.cora.group_ids = [Command.unlink(chief.id)]
        self.cora.group_ids = [Command.unlink(night.id)]
        field.action_archive_field()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            field.group_ids = False
        ada = self._create_user("ada", "base.group_system,crm_suite.group_configurator")
        field.with_user(ada).group_ids = False
        change = self.env["crm.customization.change"].search(field.action_view_changes()["domain"])
        self.assertIn("Visible To: Night shift → –", change[0].summary)

    def test_what_is_not_live_yet_is_opened_by_whoever_makes_it(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        field = self._make_field("Margin Note", group_ids=group.ids, publish=False)
        field.group_ids = False
        self.assertFalse(field.group_ids)

    def test_required_of_those_who_see_it(self):
        group = self.env["res.groups"].create({"name": "Night shift"})
        field = self._make_field("Margin Note", group_ids=group.ids, is_required=True)
        leads = self.env["crm.lead"].with_user(self.omar)
        leads.create({"name": "Chairs"})
        self.omar.group_ids = [Command.link(group.id)]
        with self.assertRaisesRegex(ValidationError, "Margin Note"):
            leads.create({"name": "Chairs"})
        leads.create({"name": "Chairs", "x_cs_margin_note": "a"})
        # for everybody from now on
        field.with_env(self.env).group_ids = False
        with self.assertRaisesRegex(ValidationError, "Margin Note"):
            self.env["crm.lead"].with_user(self.sami).create({"name": "Chairs"})

    def test_imported_searched_grouped_and_summed(self):
        self._make_fields(
            [
                {"name": "Color", "options": ["Red", "Green"]},
                {"name": "Budget", "kind": "monetary"},
                {"name": "Trade", "kind": "many2one", "comodel": "res.partner.industry"},
            ]
        )
        self.env["res.partner.industry"].create({"name": "Timber"})
        header = ["name", "x_cs_color", "x_cs_budget", "x_cs_trade"]
        leads = self.env["crm.lead"].with_user(self.omar)
        loaded = leads.load(
            header,
            [
                ["One", "Red", "10", "Timber"],
                ["Two", "red", "5", ""],
                ["Three", "Green", "", "Timber"],
            ],
        )
        self.assertFalse(loaded["messages"])
        groups = leads._read_group(
            [("id", "in", loaded["ids"])], ["x_cs_color"], ["__count", "x_cs_budget:sum"]
        )
        self.assertCountEqual(groups, [("red", 2, 15.0), ("green", 1, 0.0)])
        rows = self.env["crm.lead"].browse(loaded["ids"]).export_data(["x_cs_color", "x_cs_trade"])
        rows = rows["datas"]
        self.assertEqual(rows[0], ["Red", "Timber"])
        # what is refused resets the registry
        refused = leads.load(["name", "x_cs_color"], [["Four", "Blue"]])
        self.assertFalse(refused["ids"])

    def test_websites_do_not_offer_it(self):
        """Forms of websites write what is not blacklisted, for anybody."""
        self._make_field()
        column = self.env["ir.model.fields"]._get("crm.lead", "x_cs_contract_number")
        if "website_form_blacklisted" in column._fields:
            self.assertTrue(column.website_form_blacklisted)
