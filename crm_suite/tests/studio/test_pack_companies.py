import base64

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...lib import pack_format
from .test_customization_pack import PackCase


@tagged("post_install", "-at_install")
class TestPacksOfCompanies(PackCase):
    """`cora` works for two companies, `kenan` for the second one alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "Sister"})
        cls.cora.company_ids = [Command.link(cls.sister.id)]
        manager = cls.env.ref("sales_team.group_sale_manager")
        cls.cora.group_ids = [Command.link(manager.id)]
        cls.kenan = cls._create_user("kenan", "crm_suite.group_configurator")
        cls.kenan.write({"company_ids": [Command.set(cls.sister.ids)], "company_id": cls.sister.id})

    def _in(self, record, company, user=None):
        """The record as somebody sees it who has chosen a company."""
        return record.with_user(user or self.cora).with_company(company)

    def _make_tab(self, name, company):
        model_id = self.env["ir.model"]._get_id("crm.lead")
        tabs = self._in(self.env["crm.form.tab"], company)
        return tabs.create({"name": name, "model_id": model_id, "company_id": company.id})

    def _export(self, company, names, user=None):
        """Make a pack of what is called so; return it, and what else could be chosen."""
        exports = self._in(self.env["crm.customization.export"], company, user)
        action = exports.action_start()
        wizard = exports.browse(action["res_id"])
        wizard.write({"key": "of_company", "version": "1.0"})
        for line in wizard.line_ids:
            line.is_taken = line.name in names
        shown = {line.name: line.reason for line in wizard.line_ids}
        action = wizard.action_export()
        return wizard.env[action["res_model"]].browse(action["res_id"]), shown

    def test_an_export_has_what_its_company_has(self):
        """Also when whoever exports works for both."""
        self._make_tab("Here", self.company)
        self._make_tab("There", self.sister)
        pack, shown = self._export(self.company, ["Here", "There"])
        self.assertNotIn("There", shown)
        document = pack_format.read(base64.b64decode(pack.file))
        self.assertEqual(
            [record["key"] for record in document["records"]], ["form_tab:crm.lead/Here"]
        )

    def test_what_names_a_record_of_another_company_stays(self):
        """A stage that all share may be limited to teams that its reader does not know."""
        team = self.env["crm.team"].create({"name": "Secret", "company_id": self.sister.id})
        self.stage.team_ids = team
        codec = self.env["crm.customization.codec"].with_user(self.cora)
        kind = self.env["crm.customization.registry"]._get_kinds_by_key()["stage"]
        with self.assertRaises(UserError) as refusal:
            codec._read_values(kind, self.stage.with_user(self.cora))
        self.assertNotIn("Secret", refusal.exception.args[0])
        _pack, shown = self._export(self.company, [self._make_tab("Here", self.company).name])
        self.assertTrue(shown[self.stage.name])

    def test_an_import_leaves_the_teams_of_others(self):
        team = self.env["crm.team"].create({"name": "Secret", "company_id": self.sister.id})
        self.stage.team_ids = team
        record = {
            "kind": "stage",
            "key": f"stage:{self.stage.name}",
            "values": {"name": {"en_US": self.stage.name}, "teams": []},
        }
        import_ = self._upload(self._document(record, self._tab()))
        self.assertEqual(self._actions(import_)[""], "impossible")
        self.assertEqual(self.stage.team_ids, team)

    def test_a_pack_is_read_in_its_company(self):
        self._make_tab("Here", self.company)
        pack, _shown = self._export(self.company, ["Here"])
        self.assertEqual(pack.company_id, self.company)
        packs = self._in(self.env["crm.customization.pack"], self.sister, self.kenan)
        self.assertNotIn(pack.id, packs.search([]).ids)
        self.assertFalse(packs.browse(pack.id).has_access("read"))
        self.assertTrue(packs.search([("origin", "=", "ready")]), "ready packs are everybody's")

    def test_a_pack_of_the_same_key_is_another_one(self):
        """Nobody replaces the pack of a company that he does not see."""
        self._make_tab("Here", self.company)
        pack, _shown = self._export(self.company, ["Here"])
        document = base64.b64decode(pack.file)
        other = self._in(self.env["crm.customization.pack"], self.sister, self.kenan)
        other = other._load(pack_format.dump(self._document(self._tab(), key="of_company")))
        self.assertNotEqual(other.id, pack.id)
        pack.invalidate_recordset()
        self.assertEqual(base64.b64decode(pack.file), document)

    def test_an_import_changes_its_own_company_only(self):
        """Neither the external id nor an earlier import leads to a record of another one."""
        there = self._make_tab("Site", self.sister)
        self.env["ir.model.data"].create(
            {"module": "tests", "name": "a_tab", "model": there._name, "res_id": there.id}
        )
        tab = self._tab(sequence=77, own_company=True)
        first = self._import(self._document({**tab, "external_id": "tests.a_tab"}))
        here = self.env["crm.form.tab"].browse(first.line_ids.res_id)
        self.assertNotEqual(here, there)
        self.assertEqual(here.company_id, self.company)
        self.assertEqual(there.sequence, 10)
        here.company_id = self.sister  # moved since
        again = self._upload(self._document(self._tab(sequence=78, own_company=True)))
        self.assertEqual(self._actions(again), {"Site": "new"})
        there.active = here.active = False
        gone = self._upload(self._document(self._tab("Other"), version="2.0"))
        self.assertEqual(self._actions(gone), {"Other": "new"}, "nothing to remove there")

    def test_an_import_is_rolled_back_where_it_was_done(self):
        import_ = self._import(self._document(self._tab(own_company=True)))
        both = import_.with_context(allowed_company_ids=[self.sister.id, self.company.id])
        with self.assertRaises(UserError):
            both.action_undo()
        self._undo(import_)
        self.assertEqual(import_.state, "undone")
