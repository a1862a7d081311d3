from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CustomFieldCase


@tagged("post_install", "-at_install")
class TestShapeMode(CustomFieldCase):
    """What the shape mode of the web client gets, shows beforehand and makes real."""

    def setUp(self):
        super().setUp()
        self._set_aside_customization()
        self.env["res.lang"]._activate_lang("ar_001")
        # who shapes a form of records that he may not read is shown none
        self.carl = self._create_user(
            "carl", "crm_suite.group_configurator,sales_team.group_sale_salesman_all_leads"
        )
        self.shaper = self.env["crm.customization"].with_user(self.carl)
        self.view = self.env.ref("crm.crm_lead_view_form")

    def _draft(self, **values):
        return {
            "key": "f1",
            "kind": "selection",
            "labels": {"en_US": "Tour Segment", "ar_001": "قطاع النشاط"},
            "options": [
                {"labels": {"en_US": "Clinic", "ar_001": "عيادة"}, "color": 3},
                {"labels": {"en_US": "Trading"}},
            ],
            "anchor": "phone",
            "outlets": ["list", "search", "group"],
            **values,
        }

    def _publish(self, model="crm.lead", **changes):
        result = self.shaper.publish(model, False, changes)
        return self.env["crm.custom.field"].search(
            [("technical_name", "in", list(result["fields"].values()))]
        )

    def _preview(self, **changes):
        return etree.fromstring(self.shaper.preview("crm.lead", self.view.id, changes))

    def _arch(self, view_type="form", lang="en_US"):
        model = self.env["crm.lead"].with_user(self.omar).with_context(lang=lang)
        return etree.fromstring(model.get_view(view_type=view_type)["arch"])

    # ------------------------------------------------------------------ what is there

    def test_the_shape_of_each_form(self):
        for model_name in self.env["crm.form.rule"]._get_customizable_models():
            with self.subTest(model_name):
                shape = self.shaper.get_shape(model_name)
                self.assertTrue({each["kind"] for each in shape["anchors"]} >= {"field"})
                drawn = self.env["crm.customization"].preview(model_name, False, {})
                self.assertEqual(etree.fromstring(drawn).tag, "form")

    def test_only_places_that_a_form_has_are_offered(self):
        """What is offered can be published, and the form is called as on the page of forms."""
        outside = {"portal", "print"}
        for model_name in self.env["crm.form.rule"]._get_customizable_models():
            with self.subTest(model_name):
                shape = self.shaper.get_shape(model_name)
                offered = {each["name"] for each in shape["outlets"]}
                known = set(self.env[model_name]._get_custom_outlets())
                self.assertEqual(offered & outside, known & outside)
                form = self.env["crm.customization.form"].search([("model_name", "=", model_name)])
                self.assertEqual(shape["model"]["label"], form.title)
        shape = self.shaper.get_shape("crm.lead")
        offered = [each["name"] for each in shape["outlets"] if "char" in each["kinds"]]
        draft = self._draft(kind="char", options=[], outlets=offered)
        self.assertEqual(len(self._publish(fields=[draft]).place_ids), len(offered) + 1)

    def test_the_shape_tells_what_is_there(self):
        field = self._make_field("Tour Segment", options=["Clinic"])
        rule = self.env["crm.form.rule"].create(
            {
                "name": "Tour Segment",
                "model_id": field.model_id.id,
                "target_field_ids": field.field_id.ids,
            }
        )
        tab = self.env["crm.form.tab"].create({"name": "Needs", "model_id": field.model_id.id})
        known = {each["name"]: each for each in self.shaper.get_shape("crm.lead")["outlets"]}
        # what the form cannot show beforehand is told
        self.assertIn("card", known["kanban"]["spot"])
        shape = self.shaper.with_context(lang="ar_001").get_shape("crm.lead", self.view.id)
        self.assertEqual(shape["languages"][0]["code"], "ar_001")
        shown = next(each for each in shape["fields"] if each["name"] == "x_cs_tour_segment")
        self.assertIn({"id": tab.id, "name": f"x_cs_tab_{tab.id}", "label": "Needs"}, shape["tabs"])
        self.assertEqual(shape["rules"]["x_cs_tour_segment"], 1)
        self.assertIn("form", {place["outlet"] for place in shown["places"]})
        self.assertNotIn("res.users", {each["model"] for each in shape["comodels"]})
        self.assertTrue(rule)

    # ------------------------------------------------------------------ what would be

    def test_a_draft_is_drawn_where_the_field_will_be(self):
        drawn = self._preview(fields=[self._draft()])
        ghosts = drawn.xpath("//widget[@name='crm_shape_ghost']")
        self._publish(fields=[self._draft()])
        served = self._arch()
        nodes = served.xpath("//field[@name='x_cs_tour_segment']")
        self.assertEqual(len(ghosts), len(nodes))
        for ghost, node in zip(ghosts, nodes, strict=True):
            # a field in a group brings its label along; that of a ghost stands before it
            label = ghost.getprevious()
            self.assertEqual(label[0].get("name"), "crm_shape_ghost_label")
            self.assertEqual(label.getprevious().get("name"), node.getprevious().get("name"))
            self.assertEqual(
                *(
                    None if each.getnext() is None else each.getnext().get("name")
                    for each in (ghost, node)
                )
            )
            self.assertEqual(ghost.get("invisible"), node.get("invisible"))

    def test_a_preview_stores_nothing(self):
        before = self.env["crm.custom.field"].search_count([])
        with self.assertSetUps(0):
            self._preview(
                tabs=[{"key": "t1", "labels": {"en_US": "Needs"}}],
                fields=[self._draft(anchor=False, position="inside", tab="t1")],
            )
        self.assertEqual(self.env["crm.custom.field"].search_count([]), before)
        self.assertFalse(self.env["crm.form.tab"].search([("name", "=", "Needs")]))

    def test_a_new_tab_is_drawn_with_what_is_in_it(self):
        drawn = self._preview(
            tabs=[{"key": "t1", "labels": {"en_US": "Needs"}}],
            fields=[self._draft(anchor=False, position="inside", tab="t1")],
        )
        page = drawn.find(".//page[@name='t1']")
        self.assertEqual(page.get("string"), "Needs")
        self.assertEqual(len(page.xpath(".//widget[@name='crm_shape_ghost']")), 1)

    def test_a_tab_without_fields_is_there_to_point_at(self):
        model = self.env["ir.model"]._get("crm.lead")
        tab = self.env["crm.form.tab"].create({"name": "Needs", "model_id": model.id})
        self.assertIsNone(self._arch().find(f".//page[@name='x_cs_tab_{tab.id}']"))
        self.assertIsNotNone(self._preview().find(f".//page[@name='x_cs_tab_{tab.id}']"))

    def test_a_move_is_drawn(self):
        field = self._make_field("Tour Segment", options=["Clinic"])
        move = {"field_id": field.id, "anchor": "email_from", "position": "before"}
        drawn = self._preview(moves=[move])
        nodes = drawn.xpath("//field[@name='x_cs_tour_segment']")
        self.assertTrue(nodes)
        self.assertEqual({node.getnext().tag for node in nodes} - {"field", "label", "div"}, set())
        hidden = self._preview(outlets=[{"field_id": field.id, "outlet": "form", "shown": False}])
        self.assertFalse(hidden.xpath("//field[@name='x_cs_tour_segment']"))

    def test_names_are_texts_in_a_preview(self):
        label = "<page/> & \" ' %s {{ 1 }}"
        drawn = self._preview(
            tabs=[{"key": "t1", "labels": {"en_US": label}}],
            fields=[self._draft(anchor=False, position="inside", tab="t1")],
        )
        self.assertEqual(drawn.find(".//page[@name='t1']").get("string"), label)

    # ------------------------------------------------------------------ what is made

    def test_several_fields_and_a_tab_at_once(self):
        drafts = [
            self._draft(),
            self._draft(key="f2", kind="char", labels={"ar_001": "رقم العقد"}, options=[]),
            self._draft(
                key="f3",
                kind="date",
                labels={"en_US": "Tour Visit"},
                anchor=False,
                position="inside",
                tab="t1",
            ),
        ]
        tab = {"key": "t1", "labels": {"en_US": "Needs", "ar_001": "الاحتياجات"}}
        with self.assertSetUps(1):
            made = self._publish(fields=drafts, tabs=[tab])
        named = made.filtered(lambda field: field.kind != "char")
        self.assertEqual(
            set(named.mapped("technical_name")), {"x_cs_tour_segment", "x_cs_tour_visit"}
        )
        # Arabic letters make no technical name
        number = (made - named).technical_name
        self.assertRegex(number, r"^x_cs_f[0-9]+$")
        self.assertEqual(set(made.mapped("state")), {"live"})
        arabic = self.env["crm.lead"].with_context(lang="ar_001").fields_get()
        self.assertEqual(arabic["x_cs_tour_segment"]["string"], "قطاع النشاط")
        self.assertEqual(arabic["x_cs_tour_segment"]["selection"][0][1], "عيادة")
        self.assertEqual(arabic[number]["string"], "رقم العقد")
        page = self._arch(lang="ar_001").xpath("//page[.//field[@name='x_cs_tour_visit']]")
        self.assertEqual([each.get("string") for each in page], ["الاحتياجات"])
        for view_type in ("list", "search"):
            names = {node.get("name") for node in self._arch(view_type).iter("field")}
            self.assertGreaterEqual(names, {"x_cs_tour_segment", "x_cs_tour_visit"})

    def test_required_under_a_condition(self):
        stage = self.env.ref("crm.stage_lead3")
        condition = f"[('stage_id', '=', {stage.id})]"
        self._publish(fields=[self._draft(required="when", condition=condition)])
        rule = self.env["crm.form.rule"].search(
            [("target_field_ids.name", "=", "x_cs_tour_segment")]
        )
        self.assertEqual((rule.kind, rule.condition_domain), ("required", condition))
        self.assertIn(stage.name, rule.display_name, "whoever reads of it reads when it holds")
        self.assertIn("قطاع النشاط", rule.with_context(lang="ar_001").display_name)
        lead = self.env["crm.lead"].create({"name": "Desks", "type": "opportunity"})
        with self.assertRaises(ValidationError):
            lead.stage_id = stage

    def test_required_always(self):
        self._publish(fields=[self._draft(required="always")])
        with self.assertRaises(ValidationError):
            self.env["crm.lead"].create({"name": "Desks"})

    def test_fields_move_and_are_hidden(self):
        field = self._make_field("Tour Segment", options=["Clinic"])
        self.shaper.publish(
            "crm.lead",
            False,
            {
                "moves": [{"field_id": field.id, "anchor": "email_from", "position": "before"}],
                "outlets": [
                    {"field_id": field.id, "outlet": "search", "shown": False},
                    {"field_id": field.id, "outlet": "kanban", "shown": True},
                ],
            },
        )
        form = field.place_ids.filtered(lambda place: place.outlet == "form")
        self.assertEqual((form.anchor, form.position), ("email_from", "before"))
        outlets = set(field.place_ids.mapped("outlet"))
        self.assertIn("kanban", outlets)
        self.assertNotIn("search", outlets)
        self.assertTrue(self.shaper.move(field.id, {"anchor": "phone"}))
        self.assertEqual((form.exists().anchor or "phone"), "phone")

    def test_nothing_is_made_when_something_is_wrong(self):
        drafts = [self._draft(), self._draft(key="f2", kind="char", options=[])]
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            # the second has the label of the first
            self._publish(fields=drafts)
        self.assertFalse(self.env["crm.custom.field"].search([("name", "=", "Tour Segment")]))

    def test_a_rule_begins_with_its_field(self):
        context = self.shaper.prepare_rule("crm.lead", "phone")
        rule = self.env["crm.form.rule"].with_user(self.carl).with_context(**context)
        values = rule.default_get(["model_id", "kind", "target_field_ids"])
        self.assertEqual(values["model_id"], self.env["ir.model"]._get_id("crm.lead"))
        self.assertEqual(values["kind"], "required")

    def test_a_condition_is_judged_before_it_is_used(self):
        check = self.shaper.check_condition
        self.assertEqual(check("crm.lead", "[('type', '=', 'opportunity')]"), "")
        for domain in (
            "[('partner_id.is_company', '=', True)]",
            "[('no_such_field', '=', 1)]",
            "[('create_date', '>', context_today())]",
            "__import__('os').system('x')",
            "[",
            "(" * 5000,
        ):
            self.assertTrue(check("crm.lead", domain), domain)

    # ------------------------------------------------------------------ who may, and what

    def test_only_configurators_shape(self):
        field = self._make_field("Tour Segment", options=["Clinic"])
        for user in (self.omar, self.mona):
            shaper = self.env["crm.customization"].with_user(user)
            for call in (
                lambda: shaper.get_shape("crm.lead"),  # noqa: B023
                lambda: shaper.preview("crm.lead", False, {}),  # noqa: B023
                lambda: shaper.publish("crm.lead", False, {"fields": [self._draft()]}),  # noqa: B023
                lambda: shaper.move(field.id, {"anchor": "phone"}),  # noqa: B023
                lambda: shaper.check_condition("crm.lead", "[]"),  # noqa: B023
                lambda: shaper.prepare_rule("crm.lead", "phone"),  # noqa: B023
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_nobody_sees_a_form_that_he_may_not_read(self):
        with self.assertRaises(AccessError):
            self.env["crm.customization"].with_user(self.cora).preview("crm.lead", False, {})

    def test_only_customizable_forms(self):
        for model in (
            "res.users",
            "ir.model.fields",
            "ir.ui.view",
            "crm.custom.field",
            1,
            None,
            [],
        ):
            for call in (
                lambda: self.shaper.get_shape(model),  # noqa: B023
                lambda: self.shaper.preview(model, False, {}),  # noqa: B023
                lambda: self.shaper.publish(model, False, {"fields": [self._draft()]}),  # noqa: B023
                lambda: self.shaper.check_condition(model, "[]"),  # noqa: B023
                lambda: self.shaper.prepare_rule(model, "name"),  # noqa: B023
            ):
                with self.assertRaises(UserError):
                    call()

    def test_only_views_of_the_form(self):
        foreign = self.env.ref("base.view_partner_form")
        a_list = self.env.ref("crm.crm_case_tree_view_oppor")
        for view_id in (foreign.id, a_list.id, 0x7FFFFFFF, "1", [1], {"id": 1}):
            with self.assertRaises(UserError):
                self.shaper.preview("crm.lead", view_id, {})

    def test_fields_of_other_forms_stay_where_they_are(self):
        other = self._make_field("Size", model="res.partner")
        changes = {"moves": [{"field_id": other.id, "anchor": "phone"}]}
        with self.assertRaises(UserError):
            self.shaper.publish("crm.lead", False, changes)
        with self.assertRaises(UserError):
            self.shaper.preview("crm.lead", False, changes)
        tab = self.env["crm.form.tab"].create(
            {"name": "Needs", "model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        with self.assertRaises(ValidationError):
            self._publish(fields=[self._draft(anchor=False, position="inside", tab=tab.id)])

    def test_hostile_drafts(self):
        users = self.env["ir.model"]._get_id("res.users")
        for values in (
            {"kind": "reference"},
            {"kind": "one2many"},
            {"kind": "many2one", "comodel_id": users},
            {"kind": "many2one", "comodel_id": 0x7FFFFFFF},
            {"compute": "raise"},
            {"groups": "base.group_system"},
            {"anchor": "x' or '1'='1"},
            {"outlets": ["everywhere"]},
            {"labels": {"xx_XX": "Tour Segment"}},
            {"labels": "Tour Segment"},
            {"options": []},
            {"options": "abc"},
            {"required": "when", "condition": "[('partner_id.name', '=', 1)]"},
            {"required": "when", "condition": "__import__('os')"},
            {"tab": 0x7FFFFFFF, "position": "inside", "anchor": False},
        ):
            with (
                self.subTest(values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self._publish(fields=[self._draft(**values)])
        self.assertFalse(self.env["crm.custom.field"].search([("name", "=", "Tour Segment")]))

    def test_the_session_tells_configurators_alone(self):
        info = self.env["crm.customization"].with_user(self.cora)._get_shapeable()
        self.assertIn("crm.lead", info)
        self.assertFalse(self.env["crm.customization"].with_user(self.omar)._get_shapeable())
