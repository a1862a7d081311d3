from lxml import etree

from odoo.tools.safe_eval import safe_eval

from ..common import CrmSuiteCase

LEADS = "crm.view_crm_case_leads_filter"
OPPORTUNITIES = "crm.view_crm_case_opportunities_filter"
CONTACTS = "base.view_res_partner_filter"


class SearchCase(CrmSuiteCase):
    """Leads and contacts that are written in one way and looked for in another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.noor = cls.env["res.partner"].create(
            {
                "name": "شركة النور للتجارة",
                "is_company": True,
                "email": "info@noor.example.com",
                "ref": "N-4711",
                "vat": "300012345600003",
                "phone": "+966 11 555 0101",
                "city": "الرياض",
                "country_id": cls.env.ref("base.sa").id,
            }
        )
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Crème brûlée for the canteen",
                "type": "lead",
                "contact_name": "أحمد الحُسَيني",
                "partner_name": "مؤسّسة القمّة",
                "email_from": "ahmad_h@qimma.example.com",
                "phone": "079 000 1234",
                "city": "عمّان",
                "country_id": cls.env.ref("base.jo").id,
                "user_id": cls.omar.id,
                "team_id": cls.north.id,
            }
        )
        cls.deal = cls._create_opportunity(name="Reading room 100%", partner_id=cls.noor.id)

    def _type(self, view, typed, user=None):
        """Return what the search box finds by its first field, as in the client."""
        view = self.env.ref(view)
        model = self.env[view.model].with_user(user or self.omar)
        arch = etree.fromstring(model.get_view(view.id, "search")["arch"])
        [first] = arch.xpath("/search/field[1]")
        return model.search(safe_eval(first.get("filter_domain"), {"self": typed}))

    def assertFinds(self, view, record, *typed, user=None):
        for one in typed:
            self.assertIn(record, self._type(view, one, user), one)

    def assertFindsNot(self, view, record, *typed, user=None):
        for one in typed:
            self.assertNotIn(record, self._type(view, one, user), one)
