from lxml import etree

from odoo.modules import Manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

# What people change and delete, and find deleted after an update as well
SHAPES = ("crm.custom.field", "crm.form.default", "crm.form.rule", "crm.form.tab")
ADDONS = ("crm_suite", "crm_suite_helpdesk", "crm_suite_marketing")


@tagged("post_install", "-at_install")
class TestDemoShapes(TransactionCase):
    def test_an_update_brings_back_nothing_that_was_deleted(self):
        """Such records are made with the add-on, and never by an update of it."""
        found = set()
        for addon in ADDONS:
            manifest = Manifest.for_addon(addon)
            for path in manifest["demo"] + manifest["data"]:
                if not path.endswith(".xml"):
                    continue
                with file_open(f"{addon}/{path}", "rb") as file:
                    tree = etree.parse(file)
                for record in tree.xpath("//record"):
                    if not record.get("model").startswith(SHAPES):
                        continue
                    found.add(record.get("model"))
                    above = [node.get("noupdate") for node in record.iterancestors()]
                    with self.subTest(path=path, record=record.get("id")):
                        self.assertIn("1", above)
                        self.assertEqual(record.get("forcecreate"), "False")
        self.assertLessEqual(set(SHAPES), found, "all of them are shown in the demo data")
