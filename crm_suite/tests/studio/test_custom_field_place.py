import json
from copy import deepcopy

from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ...lib import view_shaper
from .common import CustomFieldCase

VIEWS = ("form", "list", "search", "group", "kanban")
KINDS = sorted(view_shaper.EVERY_KIND)


class PlaceCase(CustomFieldCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Place = cls.env["crm.custom.field.place"]
        # those of the demo data and of the database must not disturb
        cls.Place.search([]).unlink()
        cls.env["crm.form.tab"].search([]).unlink()

    def _make_field(self, name="Route", model="crm.lead", **values):
        return super()._make_field(name, model, **values).with_env(self.env)

    def _put(self, field, outlet="form", **values):
        field.place_ids.filtered(lambda place: place.outlet == outlet).unlink()
        return self.Place.create({"custom_field_id": field.id, "outlet": outlet, **values})

    def _arch(self, model="crm.lead", view_type="form", view=None):
        view_id = self.env.ref(view).id if view else None
        return self.env[model]._get_view(view_id, view_type)[0]

    def _nodes(self, arch, name="x_cs_route"):
        return arch.xpath(f"//field[@name='{name}'][not(ancestor::field)]")


@tagged("post_install", "-at_install")
class TestPlaceOnRealForms(PlaceCase):
    def test_salesperson_fills_in_the_field_where_it_was_placed(self):
        field = self._make_field()
        self._put(field, anchor="partner_id")
        for lead_type in ("lead", "opportunity"):
            leads = self.env["crm.lead"].with_user(self.omar).with_context(default_type=lead_type)
            form = Form(leads, view="crm.crm_lead_view_form")
            form.name = "Chairs"
            form.x_cs_route = "North"
            self.assertEqual(form.save().x_cs_route, "North")

    def test_every_field_of_every_form_can_be_the_neighbor(self):
        """No form of Odoo has a spot where a field gets lost or leaves the form broken."""
        for model in self.Place._get_customizable_models():
            arch, _view = self.env[model]._get_view(None, "form")
            for anchor in self.Place.get_anchors(model):
                position = "after" if anchor["kind"] == "field" else "inside"
                place = view_shaper.Place("x_cs_route", "char", position, anchor["name"])
                shaped = deepcopy(arch)
                with self.subTest(model=model, anchor=anchor["name"]):
                    self.assertFalse(view_shaper.place_in_form(shaped, [place], "More"))
                    nodes = self._nodes(shaped)
                    self.assertTrue(nodes)
                    # all but the first are hidden while an earlier one is shown
                    self.assertTrue(all(node.get("invisible") for node in nodes[1:]))
                    self.assertFalse(shaped.xpath("//page[@name='x_cs_more']"))

    def test_views_of_all_models_are_served(self):
        """Each view goes through Odoo's own checks, as the web client gets it."""
        models = self.Place._get_customizable_models()
        fields = self._make_fields(
            [self._prepare_kind(kind, model) for model in models for kind in KINDS]
        ).with_env(self.env)
        self.Place.create(
            [
                {"custom_field_id": field.id, "outlet": outlet}
                for field in fields
                for outlet, kinds in view_shaper.OUTLET_KINDS.items()
                if field.kind in kinds and outlet in VIEWS
            ]
        )
        for model, group in fields.grouped("model_name").items():
            views = self.env["ir.ui.view"].search(
                [
                    ("model", "=", model),
                    ("mode", "=", "primary"),
                    ("type", "in", ["form", "list", "search", "kanban"]),
                ]
            )
            for view in views:
                with self.subTest(view=view.xml_id):
                    served = self.env[model].get_views([(view.id, view.type)])
                    arch = served["views"][view.type]["arch"]
                    known = served["models"][model]["fields"]
                    for field in group:
                        if f'"{field.technical_name}"' in arch:
                            self.assertIn(field.technical_name, known)
            form = self.env[model].get_view(view_type="form")["arch"]
            for field in group:
                self.assertIn(f'name="{field.technical_name}"', form)

    def _prepare_kind(self, kind, model):
        values = {"name": f"Test {kind}", "model": model, "kind": kind}
        if kind == "selection":
            values["options"] = ["Gold", "Iron"]
        if kind in ("many2one", "many2many"):
            values["comodel"] = "res.partner.category"
        return values

    def test_list_search_and_groups(self):
        field = self._make_field("Tier", options=["Gold", "Iron"])
        self._put(field, "list", column="hide")
        self._put(field, "search")
        self._put(field, "group")
        [column] = self._nodes(self._arch(view_type="list"), "x_cs_tier")
        self.assertEqual(column.get("optional"), "hide")
        search = self._arch(view_type="search", view="crm.view_crm_case_opportunities_filter")
        self.assertTrue(self._nodes(search, "x_cs_tier"))
        [group] = search.xpath("//filter[@name='x_cs_group_x_cs_tier']")
        self.assertEqual(group.get("context"), "{'group_by': 'x_cs_tier'}")
        gold = field.option_ids[0].value
        self._create_opportunity(x_cs_tier=gold)
        groups = self.env["crm.lead"].formatted_read_group(
            [("x_cs_tier", "!=", False)], ["x_cs_tier"], ["__count"]
        )
        self.assertEqual(groups[0]["x_cs_tier"], gold)

    def test_labels_of_filters_and_of_the_tab_are_in_the_language_of_the_user(self):
        """Trap 6: nodes of fields carry no label; what needs one takes the field's own."""
        self.env["res.lang"]._activate_lang("ar_001")
        field = self._make_field("Visit", kind="date")
        field.with_context(lang="ar_001").name = "الزيارة"
        self._put(field)
        self._put(field, "search")
        self._put(field, "group")
        arabic = self.env["crm.lead"].with_context(lang="ar_001")
        search = arabic._get_view(view_type="search")[0]
        name = field.technical_name
        filters = [node for node in search.iter("filter") if node.get("name").endswith(name)]
        self.assertEqual([node.get("string") for node in filters], ["الزيارة", "الزيارة"])
        [node] = self._nodes(arabic._get_view(view_type="form")[0], name)
        self.assertNotIn("string", node.attrib)

    def test_groups_of_the_field(self):
        night = self.env["res.groups"].create({"name": "Night shift"})
        for groups in (self.env.ref("sales_team.group_sale_manager"), night):
            field = self._make_field(f"Group {groups.id}", group_ids=groups.ids)
            name = field.technical_name
            for outlet in ("form", "list", "search", "group", "kanban"):
                self._put(field, outlet)
            self.mona.group_ids += night
            for view_type in ("form", "list", "search", "kanban"):
                archs = [
                    self.env["crm.lead"].with_user(user).get_view(view_type=view_type)["arch"]
                    for user in (self.mona, self.omar)
                ]
                with self.subTest(groups=groups.name, view_type=view_type):
                    self.assertIn(name, archs[0])
                    self.assertNotIn(name, archs[1])

    def test_invoices_but_not_entries_of_the_journal(self):
        field = self._make_field(model="account.move")
        self._put(field, anchor="partner_id")
        self._put(field, "list")
        self._put(field, "kanban")
        [node] = self._nodes(self._arch("account.move"))
        self.assertIn("move_type not in ('out_invoice'", node.get("invisible"))
        card = self.env["account.move"].get_view(view_type="kanban")
        arch = etree.fromstring(card["arch"])
        [node] = self._nodes(arch)
        self.assertIn("move_type not in ('out_invoice'", node.getparent().get("invisible"))
        # what decides is read with the cards
        self.assertTrue(arch.xpath("//field[@name='move_type']"))
        [column] = self._nodes(self._arch("account.move", "list"))
        self.assertIn("default_move_type", column.get("column_invisible"))

    def test_embedded_records_are_left_alone(self):
        field = self._make_field(model="sale.order")
        self._put(field, anchor="name")
        lines = self._arch("sale.order").xpath("//field[@name='order_line']//field/@name")
        self.assertNotIn("x_cs_route", lines)

    def test_fields_of_a_tab(self):
        tab = self.env["crm.form.tab"].create(
            {
                "name": "Visits",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "group_ids": self.env.ref("sales_team.group_sale_manager").ids,
            }
        )
        place = self._put(self._make_field(), position="inside", tab_id=tab.id)
        Lead = self.env["crm.lead"]
        [node] = self._nodes(Lead.with_user(self.mona)._get_view()[0])
        self.assertEqual(node.xpath("ancestor::page/@name"), [f"x_cs_tab_{tab.id}"])
        # who may not see the tab does not find the field elsewhere
        self.assertFalse(self._nodes(Lead.with_user(self.omar)._get_view()[0]))
        self.assertEqual(place.health, "ok")
        tab.active = False
        [node] = self._nodes(Lead.with_user(self.omar)._get_view()[0])
        self.assertEqual(node.xpath("ancestor::page/@name"), ["x_cs_more"])
        self.Place._cron_check_health()
        self.assertEqual(place.health, "anchor_missing")

    def test_short_forms(self):
        field = self._make_field()
        place = self._put(field, anchor="name")
        quick = "crm.quick_create_opportunity_form"
        self.assertFalse(self._nodes(self._arch(view=quick)))
        place.is_in_dialogs = True
        self.assertTrue(self._nodes(self._arch(view=quick)))

    def test_card_shows_the_field(self):
        self._put(self._make_field(), "kanban")
        arch = self._arch(view_type="kanban", view="crm.crm_case_kanban_view_leads")
        self.assertTrue(arch.xpath("//t[@t-name='card']//field[@name='x_cs_route']"))
        served = self.env["crm.lead"].get_views([(False, "kanban")])
        self.assertIn("x_cs_route", served["models"]["crm.lead"]["fields"])


@tagged("post_install", "-at_install")
class TestPlaceHealth(PlaceCase):
    def test_anchor_that_vanished_is_reported_and_the_field_stays_within_reach(self):
        field = self._make_field()
        view = self.env["ir.ui.view"].create(
            {
                "name": "test anchor",
                "model": "crm.lead",
                "inherit_id": self.env.ref("crm.crm_lead_view_form").id,
                "arch": "<field name='tag_ids' position='after'><field name='day_open'/></field>",
            }
        )
        place = self._put(field, anchor="day_open")
        self.assertEqual(place.health, "ok")
        view.active = False
        arch = self._arch()
        [node] = self._nodes(arch)
        self.assertEqual(node.xpath("ancestor::page/@name"), ["x_cs_more"])
        self.Place._cron_check_health()
        self.assertEqual(place.health, "anchor_missing")
        self.assertIn("day_open", place.last_error)
        self.assertIn(place, self.Place.search([("health", "!=", "ok")]))
        view.active = True
        self.Place._cron_check_health()
        self.assertEqual(place.health, "ok")
        self.assertFalse(place.last_error)

    def test_a_column_that_vanished_is_reported(self):
        field = self._make_field()
        for outlet in ("list", "search", "kanban"):
            with self.subTest(outlet=outlet):
                place = self._put(field, outlet, anchor="no_such_column")
                self.assertEqual(place.health, "anchor_missing")
                self.assertIn("no_such_column", place.last_error)
                self.assertTrue(self._nodes(self._arch(view_type=outlet)))
                anchors = self.Place.get_anchors("crm.lead", outlet=outlet)
                place.anchor = anchors[0]["name"]
                self.assertEqual(place.health, "ok")
                self.assertFalse(place.last_error)

    def test_a_broken_place_never_breaks_a_view(self):
        field, other = self._make_fields([{"name": "Route"}, {"name": "Zone"}]).with_env(self.env)
        self._put(field, anchor="partner_id")
        self._put(other, anchor="partner_id")
        self.env.flush_all()
        for column, value in (
            ("anchor", "]]> ' or 1=1"),
            ("position", "beyond"),
            ("outlet", "mars"),
        ):
            with self.subTest(column=column):
                self.env.execute_query(
                    SQL(
                        "UPDATE crm_custom_field_place SET %s = %s WHERE custom_field_id = %s"
                        " AND outlet = 'form' RETURNING id",
                        SQL.identifier(column),
                        value,
                        field.id,
                    )
                )
                self.env.invalidate_all()
                self.registry.clear_cache("templates")
                self.assertTrue(self._nodes(self._arch(), "x_cs_zone"))
                Form(self.env["crm.lead"].with_user(self.omar), view="crm.crm_lead_view_form")

    def test_what_cannot_be_put_into_a_view_leaves_it_as_it_is(self):
        field, other = self._make_fields([{"name": "Route"}, {"name": "Zone"}]).with_env(self.env)
        self._put(field)
        self._put(other)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE crm_custom_field SET kind = 'x' WHERE id = %s",
            [field.id],
        )
        self.env.invalidate_all()
        self.registry.clear_cache("templates")
        self.assertFalse(self._nodes(self._arch()))
        self.assertTrue(self._nodes(self._arch(), "x_cs_zone"))

    def test_archived_fields_and_drafts_are_shown_nowhere(self):
        field = self._make_field(publish=False)
        self._put(field)
        self.assertFalse(self._nodes(self._arch()))
        field.action_publish()
        self.assertTrue(self._nodes(self._arch()))
        field.action_archive_field()
        self.assertFalse(self._nodes(self._arch()))
        field.action_restore()
        self.assertTrue(self._nodes(self._arch()))

    def test_safe_mode(self):
        self._put(self._make_field())
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "0")
        self.assertNotIn("x_cs_route", self.env["crm.lead"].get_view()["arch"])
        self.env["ir.config_parameter"].set_param("crm_suite.customization_enabled", "1")
        self.assertIn("x_cs_route", self.env["crm.lead"].get_view()["arch"])


@tagged("post_install", "-at_install")
class TestPlaceRecord(PlaceCase):
    def test_anchors_for_configurators(self):
        anchors = self.Place.with_user(self.cora).get_anchors("crm.lead")
        names = [each["name"] for each in anchors if each["kind"] == "field"]
        self.assertEqual(len(names), len(set(names)))
        self.assertLess(names.index("partner_id"), names.index("description"))
        by_name = {(each["kind"], each["name"]): each for each in anchors}
        self.assertEqual(by_name["field", "date_deadline"]["label"], "Expected Closing")
        self.assertTrue(by_name["field", "description"]["page_label"])
        self.assertTrue(all(each["label"] for each in anchors))
        json.dumps(anchors)
        tab = self.env["crm.form.tab"].create(
            {"name": "Visits", "model_id": self.env["ir.model"]._get_id("crm.lead")}
        )
        anchors = self.Place.with_user(self.cora).get_anchors("crm.lead")
        self.assertIn(f"x_cs_tab_{tab.id}", [each["name"] for each in anchors])

    def test_anchors_are_for_nobody_else(self):
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                self.Place.with_user(user).get_anchors("crm.lead")

    def test_anchors_of_forms_of_the_model_only(self):
        other = self.env.ref("base.view_users_form").id
        places = self.Place.with_user(self.cora)
        for model, view_id in (
            ("res.users", None),
            ("ir.ui.view", None),
            ("no.model", None),
            ("crm.lead", other),
            ("crm.lead", self.env.ref("crm.crm_case_tree_view_oppor").id),
            ("crm.lead", -1),
            ("crm.lead", "1 or 1"),
            ("crm.lead", [1]),
        ):
            with self.subTest(model=model, view_id=view_id), self.assertRaises(UserError):
                places.get_anchors(model, view_id)

    def test_hostile_anchors_are_refused(self):
        field = self._make_field()
        places = self.Place.with_user(self.cora)
        for anchor in (
            "a']",
            "//field",
            "<field/>",
            "partner_id.name",
            "x" * 100,
            "Ä",
            "x_cs_route",
        ):
            with self.subTest(anchor=anchor), self.assertRaises(ValidationError):
                places.create({"custom_field_id": field.id, "anchor": anchor})

    def test_what_a_kind_cannot_do_is_refused(self):
        field = self._make_field("Scan", kind="binary")
        for outlet in ("list", "search", "group", "kanban"):
            with self.subTest(outlet=outlet), self.assertRaises(ValidationError):
                self._put(field, outlet)

    def test_one_place_in_each_outlet(self):
        field = self._make_field()
        former = self._put(field, anchor="phone")
        place = self.Place.create({"custom_field_id": field.id, "anchor": "partner_id"})
        self.assertFalse(former.exists())
        self.assertEqual(field.place_ids.filtered(lambda each: each.outlet == "form"), place)
        twins = [{"custom_field_id": field.id, "outlet": "kanban"}] * 2
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.Place.create(twins)

    def test_default_places(self):
        fields = self._make_fields(
            [{"name": "Route"}, {"name": "Scan", "kind": "binary"}]
        ).with_env(self.env)
        fields.place_ids.unlink()
        self.Place._create_default_places(fields)
        self.assertEqual(
            set(fields[0].place_ids.mapped("outlet")), {"form", "list", "search", "group"}
        )
        self.assertEqual(fields[1].place_ids.mapped("outlet"), ["form"])
        self.assertFalse(self.Place._create_default_places(fields))

    def test_rights(self):
        place = self._put(self._make_field())
        place.with_user(self.cora).write({"sequence": 3})
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                place.with_user(user).read(["anchor"])
            with self.assertRaises(AccessError):
                place.with_user(user).write({"sequence": 4})

    def test_other_workers_learn_of_a_change(self):
        place = self._put(self._make_field())
        self.addCleanup(self.registry.cache_invalidated.clear)
        for change in (
            lambda: place.write({"anchor": "phone"}),
            lambda: place.unlink(),
        ):
            self.registry.cache_invalidated.clear()
            change()
            self.assertIn("templates", self.registry.cache_invalidated)

    def test_import_and_export_know_the_field(self):
        self._make_field()
        tree = self.env["base_import.import"].get_fields_tree("crm.lead")
        self.assertIn("x_cs_route", [each["name"] for each in tree])
        result = self.env["crm.lead"].load(["name", "x_cs_route"], [["Imported", "South"]])
        lead = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(lead.export_data(["x_cs_route"])["datas"], [["South"]])

    def test_template_of_the_import_has_the_fields(self):
        fields = self._make_fields(
            [
                {"name": f"Test {kind}", "kind": kind}
                for kind in KINDS
                if kind not in ("selection", "many2one", "many2many")
            ]
            + [
                {"name": "Tier", "options": ["Gold", "Iron"]},
                {"name": "Kin", "kind": "many2one", "comodel": "res.partner.category"},
                {
                    "name": "Secret",
                    "group_ids": self.env.ref("base.group_system").ids,
                },
            ]
        ).with_env(self.env)
        self.env["res.partner.category"].create({"name": "Friends"})
        leads = self.env["crm.lead"].with_user(self.mona)
        paths = leads._get_import_paths()
        headings, first = leads._get_import_template()[:2]
        self.assertEqual(len(headings), len(paths))
        row = dict(zip(headings, first, strict=True))
        self.assertEqual(row["Tier"], "Gold")
        for name in ("Secret", "Test binary", "Test html", "Test image"):
            self.assertNotIn(name, headings)
        names = [name for name in fields.mapped("technical_name") if name in paths]
        values = dict(zip(paths, first, strict=True))
        result = leads.load(["name", *names], [["Imported", *(values[each] for each in names)]])
        self.assertFalse(result["messages"])
        self.assertTrue(all(leads.browse(result["ids"])[name] for name in names))
