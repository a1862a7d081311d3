from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import CustomFieldCase

PROPERTIES = [
    {"name": "aaaa", "type": "char", "string": "Floor"},
    {"name": "bbbb", "type": "integer", "string": "Seats of the Office"},
    {"name": "cccc", "type": "float", "string": "Square Metres"},
    {"name": "dddd", "type": "boolean", "string": "Corner Shop"},
    {"name": "eeee", "type": "date", "string": "Moving Day"},
    {"name": "ffff", "type": "datetime", "string": "Handing Over"},
    {
        "name": "gggg",
        "type": "selection",
        "string": "Kind of Site",
        "selection": [["x1", "Shop"], ["x2", "مخزن"]],
    },
    {"name": "hhhh", "type": "many2one", "string": "Origin", "comodel": "res.country"},
    {"name": "iiii", "type": "many2many", "string": "Markets", "comodel": "res.country"},
    {"name": "jjjj_html", "type": "html", "string": "Plan in Words"},
    {"name": "kkkk", "type": "text", "string": "Remarks of the Site"},
    {"name": "llll", "type": "tags", "string": "Moods", "tags": [["a", "Good", 1]]},
    {"name": "mmmm", "type": "separator", "string": "Below"},
    {"name": "nnnn", "type": "many2one", "string": "Watcher", "comodel": "res.users"},
]


@tagged("post_install", "-at_install")
class TestPromotion(CustomFieldCase):
    """Trap 8: properties cannot be summed; what proved its worth becomes a custom field."""

    def setUp(self):
        super().setUp()
        # the stage is ours: nothing of the database and its demo data
        self.env["crm.team"].with_context(active_test=False).search(
            []
        ).lead_properties_definition = []
        self.north.lead_properties_definition = PROPERTIES
        self.jo, self.es = self.env.ref("base.jo"), self.env.ref("base.es")

    def _rows(self, user=None):
        rows = self.env["crm.custom.field.promotion"].with_user(user or self.cora)
        rows = rows.search(rows.action_start()["domain"])
        rows = rows.filtered(lambda row: row.model_name == "crm.lead")
        return {row.label: row for row in rows}

    def _lead(self, **values):
        return self._create_opportunity(lead_properties=values)

    def _promote(self, label, **choice):
        row = self._rows()[label]
        row.write(choice)
        row.action_promote()
        return row

    def test_every_kind(self):
        values = {
            "aaaa": "Third",
            "bbbb": 12,
            "cccc": 80.5,
            "dddd": True,
            "eeee": "2026-03-04",
            "ffff": "2026-03-04 05:06:07",
            "gggg": "x2",
            "hhhh": self.jo.id,
            "iiii": [self.jo.id, self.es.id],
            "jjjj_html": "<p>Big <b>hall</b></p>",
            "kkkk": "One\nTwo",
        }
        lead, empty = self._lead(**values), self._lead()
        archived = self._lead(bbbb=3)
        archived.active = False
        before = dict(lead.lead_properties)
        write_date = lead.write_date
        expected = {
            "aaaa": "Third",
            "bbbb": 12,
            "cccc": 80.5,
            "dddd": True,
            "eeee": date(2026, 3, 4),
            "ffff": datetime(2026, 3, 4, 5, 6, 7),
            "hhhh": self.jo,
            "iiii": self.jo | self.es,
            "kkkk": "One\nTwo",
        }
        for definition in PROPERTIES[:11]:
            with self.subTest(kind=definition["type"]):
                row = self._promote(definition["string"])
                field = row.custom_field_id
                self.assertEqual((field.kind, field.state), (definition["type"], "live"))
                self.assertEqual(field.name, definition["string"])
                self.assertEqual(row.left_count, 0)
                value = lead[field.technical_name]
                if definition["type"] == "selection":
                    labels = dict(lead._fields[field.technical_name].selection)
                    self.assertEqual(labels[value], "مخزن")
                elif definition["type"] == "html":
                    self.assertIn("<b>hall</b>", value)
                else:
                    self.assertEqual(value, expected[definition["name"]])
                self.assertFalse(empty[field.technical_name])
                if definition["name"] == "bbbb":
                    self.assertEqual(archived[field.technical_name], 3)
                    self.assertEqual(row.copied_count, 2)
        lead.invalidate_recordset()
        self.assertEqual(dict(lead.lead_properties), before, "the property stays")
        self.assertEqual(lead.write_date, write_date)
        self.assertTrue(self.north.lead_properties_definition)

    def test_what_it_becomes_can_be_summed(self):
        self._lead(bbbb=12)
        self._lead(bbbb=30)
        name = self._promote("Seats of the Office").custom_field_id.technical_name
        domain = [("team_id", "=", self.north.id), (name, "!=", 0)]
        [(total,)] = (
            self.env["crm.lead"].with_user(self.nora)._read_group(domain, [], [f"{name}:sum"])
        )
        self.assertEqual(total, 42)

    def test_what_no_custom_field_can_hold(self):
        rows = self._rows()
        self.assertNotIn("Below", rows)
        for label in ("Moods", "Watcher"):
            self.assertTrue(rows[label].reason)
            with self.assertRaises(UserError):
                rows[label].action_promote()
        self.assertFalse(rows["Floor"].reason)

    def test_the_same_property_of_another_team_goes_into_the_same_field(self):
        self._lead(gggg="x1")
        field = self._promote("Kind of Site").custom_field_id
        self.south.lead_properties_definition = [
            {
                "name": "zzzz",
                "type": "selection",
                "string": "Kind of Site",
                "selection": [["s", "shop"], ["k", "Kiosk"]],
            },
            {"name": "yyyy", "type": "char", "string": "Seats of the Office"},
        ]
        shop, kiosk = (
            self._create_opportunity(team_id=self.south.id, user_id=False) for _each in "ab"
        )
        shop.lead_properties = {"zzzz": "s"}
        kiosk.lead_properties = {"zzzz": "k"}
        rows = self.env["crm.custom.field.promotion"].with_user(self.cora)
        rows = rows.search(rows.action_start()["domain"])
        row = rows.filtered(lambda row: row.property_name == "zzzz")
        self.assertEqual(row.custom_field_id, field, "it is proposed")
        row.action_promote()
        labels = dict(self.env["crm.lead"]._fields[field.technical_name].selection)
        self.assertEqual(labels[shop[field.technical_name]], "Shop")
        self.assertEqual(labels[kiosk[field.technical_name]], "Kiosk")
        self.assertEqual(len(field.option_ids), 3)
        other = rows.filtered(lambda row: row.property_name == "yyyy")
        other.custom_field_id = field
        with self.assertRaises(UserError):
            other.action_promote()

    def test_a_value_that_is_there_is_kept_and_what_does_not_fit_is_told(self):
        field = self._make_field("Seats", kind="integer")
        filled = self._lead(bbbb=12)
        filled[field.technical_name] = 99
        fresh = self._lead(bbbb=5)
        strange = self._lead(bbbb=6)
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE crm_lead SET lead_properties = \'{"bbbb": "many"}\' WHERE id = %s',
            [strange.id],
        )
        row = self._promote("Seats of the Office", custom_field_id=field.id)
        self.assertEqual(
            [lead[field.technical_name] for lead in (filled, fresh, strange)], [99, 5, 0]
        )
        self.assertEqual((row.copied_count, row.left_count), (1, 2))

    def test_a_field_of_that_name_is_proposed_in_whatever_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        field = self._make_field("Seats of the Office", kind="integer")
        field.with_context(lang="ar_001").name = "المقاعد"
        self.cora.lang = "ar_001"
        rows = self.env["crm.custom.field.promotion"].with_user(self.cora)
        rows = rows.with_context(lang="ar_001")
        rows = rows.search(rows.action_start()["domain"])
        row = rows.filtered(lambda row: row.label == "Seats of the Office")
        self.assertEqual(row.custom_field_id, field)

    def test_links_to_records_that_are_gone(self):
        gone = self.env["res.country"].create({"name": "Atlantis", "code": "XA"})
        one, many = self._lead(hhhh=gone.id), self._lead(iiii=[gone.id, self.jo.id])
        gone.unlink()
        origin, markets = self._promote("Origin"), self._promote("Markets")
        self.assertFalse(one[origin.custom_field_id.technical_name])
        self.assertEqual(origin.left_count, 1)
        self.assertEqual(many[markets.custom_field_id.technical_name], self.jo)

    def test_a_thousand_records_are_a_handful_of_queries(self):
        self.env["crm.lead"].create(
            [
                {"name": f"Lead {n}", "team_id": self.north.id, "lead_properties": {"bbbb": n + 1}}
                for n in range(1000)
            ]
        )
        field = self._make_field("Seats", kind="integer")
        row = self._rows()["Seats of the Office"]
        self.assertEqual(row.value_count, 1000)
        self.env.flush_all()
        with self.assertQueryCount(2):
            copied, left = row._copy_values(field, {})
        self.assertEqual((copied, left), (1000, 0))
        with self.assertSetUps(1):
            self._promote("Floor")

    def test_the_dialog(self):
        self._lead(bbbb=12)
        row = self._rows()["Seats of the Office"]
        with Form(row) as form:
            form.name = "المقاعد"
        self.assertEqual(row.action_promote()["res_id"], row.id)
        self.assertEqual(row.state, "done")
        self.assertEqual(row.custom_field_id.name, "المقاعد")
        self.assertEqual(row.action_open_field()["res_id"], row.custom_field_id.id)

    def test_a_label_that_is_taken_is_said(self):
        row = self._rows()["Floor"]
        row.name = "Probability"
        with self.assertRaises(ValidationError):
            row.action_promote()

    def test_a_property_that_is_gone(self):
        row = self._rows()["Floor"]
        self.north.lead_properties_definition = []
        with self.assertRaises(UserError):
            row.action_promote()

    def test_teams_of_other_companies_are_not_shown(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        team = self.env["crm.team"].create({"name": "Theirs", "company_id": sister.id})
        team.lead_properties_definition = [{"name": "q", "type": "char", "string": "Secret"}]
        self.assertNotIn("Secret", self._rows())
        self.cora.company_ids = [Command.link(sister.id)]
        self.assertIn("Secret", self._rows())

    def test_contacts_have_properties_of_their_own(self):
        definition = self.env["properties.base.definition"]._get_definition_for_property_field(
            "res.partner", "properties"
        )
        definition.sudo().properties_definition = [
            {"name": "pppp", "type": "char", "string": "Nickname of Tests"}
        ]
        self.haddad.properties = {"pppp": "Al Haddad"}
        rows = self.env["crm.custom.field.promotion"].with_user(self.cora)
        rows = rows.search(rows.action_start()["domain"])
        row = rows.filtered(lambda row: row.property_name == "pppp")
        row.action_promote()
        self.assertEqual(self.haddad[row.custom_field_id.technical_name], "Al Haddad")

    def test_only_configurators_and_only_what_is_theirs_to_choose(self):
        with self.assertRaises(AccessError):
            self._rows(self.mona)
        row = self._rows()["Floor"]
        for values in (
            {"property_name": "bbbb"},
            {"container_id": self.south.id},
            {"column": "id"},
            {"container_model": "res.users"},
            {"reason": False},
        ):
            with self.assertRaises(AccessError):
                row.write(values)
        with self.assertRaises(AccessError):
            self.env[row._name].with_user(self.cora).create({"label": "x"})
        with self.assertRaises(AccessError):
            row.with_user(self.mona).action_promote()
