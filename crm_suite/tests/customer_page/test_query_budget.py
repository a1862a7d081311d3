from datetime import timedelta

from odoo.fields import Command

from .common import CustomerPageCase

# with whatever the extensions of other add-ons ask for
MOST_QUERIES = 60


class TestQueryBudget(CustomerPageCase):
    def _count_queries(self, partner, user):
        self._get_page(user, partner)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["crm.customer.page"].with_user(user).get_page(partner.id)
        return self.env.cr.sql_log_count - before

    def _fill(self, number):
        others = self.env["res.partner"].create([{"name": f"Page {n}"} for n in range(number)])
        competitor = self.env.ref("crm_suite.relation_type_competitor")
        self.env["crm.partner.relation"].create(
            [
                {"left_id": self.haddad.id, "type_id": competitor.id, "right_id": other.id}
                for other in others
            ]
        )
        contacts = self.env["res.partner"].create(
            [{"name": f"Person {n}", "parent_id": self.haddad.id} for n in range(number)]
        )
        for contact in contacts:
            contact.interest_ids = [Command.create({"name": f"Of {contact.name} {number}"})]
            self._order(self.omar, partner=contact, confirm=bool(contact.id % 2))
            self._create_opportunity(partner_id=contact.id)
        self.haddad.interest_ids = contacts.interest_ids
        self._invoice(self.omar, 10, partner_id=contacts[0].id)

    def test_grows_neither_with_documents_nor_relations(self):
        self._fill_metric()
        self.layla.birthdate = self.today - timedelta(9000)
        self._fill(6)
        for user in (self.omar, self.alia):
            for partner in (self.haddad, self.layla):
                self._count_queries(partner, user)
        few = [
            self._count_queries(partner, user)
            for user in (self.omar, self.alia)
            for partner in (self.haddad, self.layla)
        ]
        self._fill(20)
        many = [
            self._count_queries(partner, user)
            for user in (self.omar, self.alia)
            for partner in (self.haddad, self.layla)
        ]
        # which kinds are the latest hangs on the second in which they were made
        for before, after in zip(few, many, strict=True):
            self.assertLess(after - before, 10, "not one for each of twenty more documents")
        self.assertLessEqual(max(many), MOST_QUERIES)
