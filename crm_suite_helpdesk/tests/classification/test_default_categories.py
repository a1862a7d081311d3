from lxml import etree

from odoo.tests import tagged
from odoo.tools import convert_file, file_open

from ...models.voice.crm_ticket import KINDS
from ..common import HelpdeskCommon

DATA = "crm_suite_helpdesk/data/crm_ticket_category_data.xml"


@tagged("post_install", "-at_install")
class TestDefaultCategories(HelpdeskCommon):
    """Categories say what a ticket is about, its kind says what the customer wants."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open(DATA, "rb") as file:
            cls.records = etree.parse(file).findall("record")

    def test_nothing_is_asked_twice(self):
        names = {record.findtext("field[@name='name']") for record in self.records}
        self.assertTrue(names)
        self.assertFalse(names & {label for _kind, label in KINDS})

    def test_a_database_that_has_its_own_gets_no_more(self):
        Category = self.env["crm.ticket.category"]
        ids = [f"crm_suite_helpdesk.{record.get('id')}" for record in self.records]
        for xml_id in ids:
            if category := self.env.ref(xml_id, raise_if_not_found=False):
                self.env["ir.model.data"].search(
                    [("model", "=", category._name), ("res_id", "=", category.id)]
                ).unlink()
        before = Category.with_context(active_test=False).search([])
        convert_file(self.env, "crm_suite_helpdesk", DATA.partition("/")[2], {}, mode="update")
        self.assertEqual(Category.with_context(active_test=False).search([]), before)
