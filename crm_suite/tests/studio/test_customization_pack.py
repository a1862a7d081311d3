import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...lib import pack_format
from .common import CustomFieldCase


class PackCase(CustomFieldCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.env["crm.form.rule"].search([]).active = False
        cls.stage = cls.env["crm.stage"].create({"name": "Proposal of Tests", "sequence": 50})

    def _document(self, *records, **values):
        return {
            "format": "crm-suite-pack",
            "format_version": 1,
            "key": "tests",
            "version": "1.0",
            "name": {"en_US": "Pack of Tests", "ar": "حزمة الاختبارات"},
            "languages": ["ar", "en_US"],
            "records": list(records),
            **values,
        }

    def _tab(self, name="Site", **values):
        return {
            "kind": "form_tab",
            "key": f"form_tab:crm.lead/{name}",
            "values": {"model": "crm.lead", "name": {"en_US": name}, **values},
        }

    def _field(self, name="x_cs_site_kind", label="Kind of Site", **values):
        return {
            "kind": "custom_field",
            "key": f"custom_field:crm.lead/{name}",
            "values": {
                "model": "crm.lead",
                "technical_name": name,
                "name": {"en_US": label, "ar": "نوع الموقع"},
                "kind": "selection",
                "options": [
                    {"value": "shop", "name": {"en_US": "Shop", "ar": "متجر"}, "color": 4},
                    {"value": "store", "name": {"en_US": "Store", "ar": "مخزن"}, "sequence": 20},
                ],
                "places": [
                    {"outlet": "form", "position": "inside", "tab": "form_tab:crm.lead/Site"},
                    {"outlet": "search", "position": "after"},
                ],
                **values,
            },
        }

    def _rule(self, name="Site before a proposal", **values):
        return {
            "kind": "form_rule",
            "key": f"form_rule:crm.lead/{name}",
            "values": {
                "model": "crm.lead",
                "name": {"en_US": name},
                "kind": "required",
                "active": True,
                "fields": ["x_cs_site_kind"],
                "condition": [["stage_id", "=", {"ref": "stage:Proposal of Tests"}]],
                "message": {"en_US": "Say what kind of site.", "ar": "اذكر نوع الموقع."},
                **values,
            },
        }

    def _upload(self, document, user=None):
        """Upload a file as a person does.

        :rtype: crm.customization.import
        """
        data = pack_format.dump(document) if isinstance(document, dict) else document
        wizard = (
            self.env["crm.customization.upload"]
            .with_user(user or self.cora)
            .create({"file": base64.b64encode(data)})
        )
        action = wizard.action_upload()
        return wizard.env[action["res_model"]].browse(action["res_id"])

    def _import(self, document, user=None, keys=None):
        import_ = self._upload(document, user)
        if keys is not None:
            for line in import_.line_ids:
                line.is_taken = line.key in keys
        import_.action_import()
        return import_

    def _undo(self, import_):
        action = import_.action_undo()
        wizard = import_.env[action["res_model"]].browse(action["res_id"])
        wizard.action_confirm()
        return wizard

    def _actions(self, import_):
        return {line.key.partition("/")[2]: line.action for line in import_.line_ids}

    def _full(self, **values):
        return self._document(self._rule(), self._field(), self._tab(), **values)

    def _get_fields(self):
        return self.env["crm.custom.field"].search([("technical_name", "like", "x_cs_site")])


@tagged("post_install", "-at_install")
class TestPackImport(PackCase):
    def test_nothing_is_changed_before_the_import(self):
        import_ = self._upload(self._full())
        self.assertEqual(
            self._actions(import_),
            {"Site": "new", "x_cs_site_kind": "new", "Site before a proposal": "new"},
        )
        self.assertFalse(self._get_fields())
        self.assertFalse(self.env["crm.form.tab"].search([("name", "=", "Site")]))

    def test_import_by_a_configurator(self):
        """Fields with options, places and texts in both languages, tabs, rules; one reload."""
        import_ = self._upload(self._full())
        with self.assertSetUps(1):
            import_.action_import()
        self.assertEqual(import_.state, "done")
        field = self._get_fields()
        self.assertEqual(field.state, "live")
        self.assertEqual(field.with_context(lang="ar_001").name, "نوع الموقع")
        self.assertEqual(field.option_ids.mapped("value"), ["shop", "store"])
        arabic = self.env["crm.lead"].with_context(lang="ar_001").fields_get(["x_cs_site_kind"])
        self.assertEqual(arabic["x_cs_site_kind"]["string"], "نوع الموقع")
        self.assertEqual(dict(arabic["x_cs_site_kind"]["selection"])["shop"], "متجر")
        self.assertEqual(field.place_ids.mapped("outlet"), ["form", "search"])
        self.assertEqual(field.place_ids.tab_id.name, "Site")
        rule = self.env["crm.form.rule"].search([("name", "=", "Site before a proposal")])
        self.assertEqual(rule.health, "ok")
        with self.assertRaisesRegex(UserError, "Say what kind of site"):
            self._create_opportunity(stage_id=self.stage.id)
        change = self.env["crm.customization.change"].search(
            [("res_model", "=", import_._name), ("res_id", "=", import_.id)]
        )
        self.assertEqual(change.user_id, self.cora)

    def test_five_fields_are_one_reload(self):
        records = [
            self._field(f"x_cs_site_{number}", f"Site Fact {number}", places=[], kind="char")
            for number in range(1, 6)
        ]
        for record in records:
            del record["values"]["options"]
        import_ = self._upload(self._document(*records))
        with self.assertSetUps(1):
            import_.action_import()
        self.assertEqual(len(self._get_fields()), 5)

    def test_a_second_import_changes_nothing(self):
        self._import(self._full())
        import_ = self._upload(self._full())
        self.assertEqual(set(self._actions(import_).values()), {"unchanged"})
        with self.assertRaisesRegex(UserError, "Nothing is chosen"):
            import_.action_import()

    def test_a_newer_version_changes_what_it_changed(self):
        first = self._import(self._full())
        field = self._get_fields()
        field.help = "Our own words"
        newer = self._full(version="1.1")
        values = newer["records"][1]["values"]
        values["name"] = {"en_US": "Type of Site", "ar": "نوع الموقع"}
        values["options"].append({"value": "yard", "name": {"en_US": "Yard"}, "sequence": 30})
        import_ = self._upload(newer)
        self.assertEqual(import_.former_version, "1.0")
        line = import_.line_ids.filtered(lambda line: line.kind == "custom_field")
        self.assertEqual(line.action, "changed")
        self.assertIn("Kind of Site\u2069 → \u2068Type of Site", line.summary)
        import_.action_import()
        self.assertEqual(field.name, "Type of Site")
        self.assertEqual(field.help, "Our own words")
        self.assertEqual(field.option_ids.mapped("value"), ["shop", "store", "yard"])
        self.assertEqual(first.pack_id.state, "imported")
        self.assertEqual(first.pack_id.imported_version, "1.1")

    def test_what_was_changed_here_is_not_overwritten(self):
        self._import(self._full())
        tab = self.env["crm.form.tab"].search([("name", "=", "Site")])
        tab.sequence = 77
        import_ = self._upload(self._document(self._tab(sequence=5), version="2.0"))
        line = import_.line_ids.filtered(lambda line: line.kind == "form_tab")
        self.assertEqual((line.action, line.is_taken), ("conflict", False))
        line.is_taken = True
        import_.line_ids.filtered(lambda each: each.action == "obsolete").is_taken = False
        import_.action_import()
        self.assertEqual(tab.sequence, 5)

    def test_own_changes_are_kept(self):
        self._import(self._document(self._tab(sequence=5)))
        self.env["crm.form.tab"].search([("name", "=", "Site")]).sequence = 77
        import_ = self._upload(self._document(self._tab(sequence=5), version="1.1"))
        self.assertEqual(self._actions(import_), {"Site": "kept"})

    def test_what_the_new_version_lacks_can_be_removed(self):
        self._import(self._full())
        import_ = self._upload(self._document(self._field(), self._tab(), version="1.1"))
        line = import_.line_ids.filtered(lambda line: line.kind == "form_rule")
        self.assertEqual((line.action, line.is_taken), ("obsolete", False))
        rule = self.env["crm.form.rule"].search([("name", "=", "Site before a proposal")])
        self.assertEqual(line.action_open_record()["res_id"], rule.id)
        line.is_taken = True
        import_.action_import()
        self.assertFalse(
            self.env["crm.form.rule"].search([("name", "=", "Site before a proposal")])
        )

    def test_a_renamed_record_is_still_the_same(self):
        self._import(self._document(self._tab()))
        tab = self.env["crm.form.tab"].search([("name", "=", "Site")])
        renamed = self._tab()
        renamed["values"]["name"] = {"en_US": "Building Site", "ar": "موقع البناء"}
        self._import(self._document(renamed, version="1.1"))
        self.assertEqual(tab.name, "Building Site")
        self.assertEqual(tab.with_context(lang="ar_001").name, "موقع البناء")

    def test_lines_that_are_not_chosen_stay_out(self):
        import_ = self._import(self._full(), keys=["form_tab:crm.lead/Site"])
        self.assertEqual(import_.taken_count, 1)
        self.assertFalse(self._get_fields())

    def test_what_is_chosen_needs_what_it_names(self):
        import_ = self._upload(self._full())
        import_.line_ids.filtered(lambda line: line.kind != "form_rule").is_taken = False
        with self.assertRaisesRegex(UserError, "Kind of Site"):
            import_.action_import()
        import_.action_take_needed()
        self.assertEqual(import_.taken_count, 3)
        import_.action_import()
        self.assertEqual(self._get_fields().state, "live")

    def test_a_database_that_changed_meanwhile_is_looked_at_again(self):
        import_ = self._upload(self._document(self._tab()))
        self.env["crm.form.tab"].create(
            {"name": "Site", "model_id": self.env["ir.model"]._get_id("crm.lead")}
        )
        import_.action_import()
        self.assertEqual(import_.state, "draft")
        self.assertIn("has changed", import_.notice)
        self.assertIn(import_.line_ids.action, ("changed", "unchanged"))

    def test_one_record_that_fails_undoes_the_whole_import(self):
        self._make_field("Kind of Site", technical_name="x_cs_other_site")
        records = [self._tab(), self._field(), self._rule()]
        import_ = self._upload(self._document(*records))
        line = import_.line_ids.filtered(lambda line: line.kind == "custom_field")
        self.assertEqual(line.action, "impossible")
        self.assertIn("Kind of Site", line.reason)
        rule = import_.line_ids.filtered(lambda line: line.kind == "form_rule")
        self.assertEqual(rule.action, "impossible")

    def test_a_name_that_is_not_here_is_said(self):
        self.stage.name = "Something Else"
        import_ = self._upload(self._full())
        rule = import_.line_ids.filtered(lambda line: line.kind == "form_rule")
        self.assertEqual(rule.action, "impossible")
        self.assertIn("Proposal of Tests", rule.reason)

    def test_another_kind_of_field_is_not_possible(self):
        self._make_field("Kind of Site", technical_name="x_cs_site_kind")
        import_ = self._upload(self._document(self._tab(), self._field()))
        line = import_.line_ids.filtered(lambda line: line.kind == "custom_field")
        self.assertEqual(line.action, "impossible")

    def test_a_language_of_another_country_is_taken(self):
        document = self._full()
        text = json.dumps(document).replace('"ar"', '"ar_EG"')
        self._import(json.loads(text))
        self.assertEqual(self._get_fields().with_context(lang="ar_001").name, "نوع الموقع")

    def test_stages_need_the_right_to_change_stages(self):
        stage = {"kind": "stage", "key": "stage:Site Visit", "values": {"name": "Site Visit"}}
        import_ = self._upload(self._document(stage))
        self.assertEqual(import_.line_ids.action, "impossible")
        self.assertIn("no right", import_.line_ids.reason)
        self.cora.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]
        self._import(self._document(stage))
        self.assertTrue(self.env["crm.stage"].search([("name", "=", "Site Visit")]))

    def test_an_import_is_done_once(self):
        import_ = self._import(self._document(self._tab()))
        with self.assertRaisesRegex(UserError, "done already"):
            import_.action_import()

    def test_old_drafts_go(self):
        import_ = self._upload(self._document(self._tab()))
        self.env.cr.execute(
            "UPDATE crm_customization_import SET create_date = create_date - interval '8 days'"
            " WHERE id = %s",
            [import_.id],
        )
        import_.invalidate_recordset()
        self.env["crm.customization.import"]._gc_drafts()
        self.assertFalse(import_.exists())


@tagged("post_install", "-at_install")
class TestPackRollback(PackCase):
    def test_what_was_brought_goes(self):
        import_ = self._import(self._full())
        # dropping columns sets the registry up twice, however many there are
        with self.assertSetUps(2):
            self._undo(import_)
        self.assertEqual(import_.state, "undone")
        self.assertFalse(self._get_fields())
        self.assertNotIn("x_cs_site_kind", self.env["crm.lead"]._fields)
        self.assertFalse(self.env["crm.form.tab"].search([("name", "=", "Site")]))
        self.assertFalse(
            self.env["crm.form.rule"].search([("name", "=", "Site before a proposal")])
        )
        self.assertEqual(set(import_.line_ids.mapped("undo_result")), {"done"})
        again = self._import(self._full())
        self.assertEqual(again.new_count, 3)

    def test_a_field_that_holds_values_is_archived(self):
        import_ = self._import(self._full())
        lead = self._create_opportunity(x_cs_site_kind="shop")
        self._undo(import_)
        field = self._get_fields()
        self.assertEqual(field.state, "archived")
        self.assertEqual(lead.x_cs_site_kind, "shop")
        line = import_.line_ids.filtered(lambda line: line.kind == "custom_field")
        self.assertEqual(line.undo_result, "archived")
        self.assertIn("values", line.undo_reason)
        again = self._import(self._full())
        self.assertEqual((field.state, again.state), ("live", "done"))

    def test_what_was_changed_is_as_before(self):
        tab = self.env["crm.form.tab"].create(
            {
                "name": "Site",
                "sequence": 33,
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "condition_domain": str([("stage_id", "=", self.stage.id)]),
            }
        )
        tab.with_context(lang="ar_001").name = "مكان"
        changed = self._tab(sequence=5, condition=[])
        changed["values"]["name"]["ar"] = "موقع"
        import_ = self._import(self._document(changed))
        self.assertEqual((tab.sequence, tab.condition_domain), (5, "[]"))
        self._undo(import_)
        self.assertEqual(tab.sequence, 33)
        self.assertEqual(tab.condition_domain, str([("stage_id", "=", self.stage.id)]))
        self.assertEqual(tab.with_context(lang="ar_001").name, "مكان")

    def test_later_changes_are_not_overwritten(self):
        import_ = self._import(self._document(self._tab()))
        tab = self.env["crm.form.tab"].search([("name", "=", "Site")])
        tab.sequence = 99
        action = import_.action_undo()
        wizard = import_.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.line_ids.is_taken)
        self.assertIn("changed after", wizard.line_ids.reason)
        with self.assertRaises(UserError):
            wizard.action_confirm()
        wizard.line_ids.is_taken = True
        wizard.action_confirm()
        self.assertFalse(tab.exists())

    def test_what_is_in_use_stays_and_says_so(self):
        self.cora.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]
        stage = {"kind": "stage", "key": "stage:Site Visit", "values": {"name": "Site Visit"}}
        import_ = self._import(self._document(stage))
        stage = self.env["crm.stage"].search([("name", "=", "Site Visit")])
        self._create_opportunity(stage_id=stage.id)
        self._undo(import_)
        self.assertTrue(stage.exists())
        self.assertEqual(import_.line_ids.undo_result, "kept")
        self.assertTrue(import_.line_ids.undo_reason)

    def test_a_roll_back_is_done_once(self):
        import_ = self._import(self._document(self._tab()))
        self._undo(import_)
        with self.assertRaises(UserError):
            import_.action_undo()


@tagged("post_install", "-at_install")
class TestPackExport(PackCase):
    def _export(self, kinds, key="tests", names=None):
        action = self.env["crm.customization.export"].with_user(self.cora).action_start()
        wizard = self.env[action["res_model"]].with_user(self.cora).browse(action["res_id"])
        wizard.key = key
        for line in wizard.line_ids:
            line.is_taken = line.kind in kinds and (names is None or line.name in names)
        action = wizard.action_export()
        pack = self.env[action["res_model"]].with_user(self.cora).browse(action["res_id"])
        return pack_format.read(base64.b64decode(pack.file))

    def test_what_is_imported_is_exported_alike(self):
        """Export, removal, import, export: the same records."""
        self._import(self._full())
        first = self._export({"custom_field", "form_rule"}, names=None, key="copy")
        self.assertEqual(
            {record["kind"] for record in first["records"]},
            {"form_tab", "custom_field", "form_rule"},
        )
        self._undo(self.env["crm.customization.import"].search([("pack_key", "=", "tests")]))
        self.assertFalse(self._get_fields())
        self._import({**first, "key": "other"})
        again = self._export({"custom_field", "form_rule"}, key="copy")
        self.assertEqual(first["records"], again["records"])

    def test_the_file_names_no_id(self):
        self._import(self._full())
        document = self._export({"form_rule"}, names=["Site before a proposal"])
        (rule,) = [each for each in document["records"] if each["kind"] == "form_rule"]
        self.assertEqual(
            rule["values"]["condition"],
            [["stage_id", "=", {"ref": "stage:Proposal of Tests"}]],
        )
        self.assertEqual(rule["values"]["fields"], ["x_cs_site_kind"])

    def test_a_group_of_this_database_cannot_be_exported(self):
        group = self.env["res.groups"].create({"name": "Night Shift"})
        self.env["crm.form.tab"].create(
            {
                "name": "Night",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "group_ids": group.ids,
            }
        )
        action = self.env["crm.customization.export"].with_user(self.cora).action_start()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        line = wizard.line_ids.filtered(lambda line: line.name == "Night")
        self.assertIn("Night Shift", line.reason)
        self.assertFalse(line.is_taken)

    def test_the_next_version_keeps_the_keys(self):
        self._import(self._document(self._tab()))
        self._export({"form_tab"}, key="mine")
        self.env["crm.form.tab"].search([("name", "=", "Site")]).name = "Building"
        document = self._export({"form_tab"}, key="mine")
        keys = [record["key"] for record in document["records"]]
        self.assertIn("form_tab:crm.lead/Site", keys)

    def test_only_configurators(self):
        with self.assertRaises(AccessError):
            self.env["crm.customization.export"].with_user(self.omar).action_start()
        pack = self.env.ref("crm_suite.pack_clinic")
        with self.assertRaises(AccessError):
            pack.with_user(self.omar).action_import()
        with self.assertRaises(AccessError):
            pack.with_user(self.omar).read(["name"])
