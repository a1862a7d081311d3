from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .receivable_common import ReceivableCase


@tagged("post_install", "-at_install")
class TestReceivableRights(ReceivableCase):
    """Salespeople see what their own customers owe; accountants and all documents: all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._invoice(100, 10)
        cls.foreign_one = cls._invoice(70, 40, partner=cls.badr, invoice_user_id=cls.sami.id)

    def _seen(self, user):
        return {model: self._rows(user, model).partner_id for model in ("report", "customer")}

    def test_who_sees_which_customers(self):
        both = self.haddad | self.badr
        for user, partners in (
            (self.omar, self.haddad),
            (self.sami, self.badr),
            (self.nora, self.haddad),
            (self.alia, both),
            (self.mona, both),
            (self.ada, both),
        ):
            for model, seen in self._seen(user).items():
                self.assertEqual(seen, partners, f"{user.name}: {model}")

    def test_responsible_for_payments(self):
        self.badr.reminder_user_id = self.omar
        self.assertEqual(self._seen(self.omar)["report"], self.haddad | self.badr)
        self.assertEqual(self._customer(self.badr, self.omar).user_id, self.omar)

    def test_figures_on_contacts(self):
        self._habit(5, partner=self.badr)
        self.env.flush_all()
        self.env.invalidate_all()
        badr = self.badr.with_user(self.omar)
        names = ["receivable_amount", "receivable_overdue", "receivable_count"]
        delays = ["payment_delay_days", "payment_delay_count"]
        self.assertEqual([badr[name] for name in names + delays], [0] * 5)
        self.env.invalidate_all()
        badr = self.badr.with_user(self.sami)
        self.assertEqual([badr[name] for name in names + delays], [70, 70, 1, 5, 1])

    def test_by_id(self):
        row = self._row(self.foreign_one)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            row.with_user(self.omar).read(["residual"])
        with self.assertRaises(AccessError):
            row.with_user(self.omar).action_open_document()
        row = self._customer(self.badr)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            row.with_user(self.omar).action_view_documents()

    def test_groups_and_sums(self):
        Report = self.env["crm.receivable.report"].with_user(self.omar)
        [(amount,)] = Report._read_group(
            [("partner_id", "in", (self.haddad | self.badr).ids)], [], ["residual:sum"]
        )
        self.assertEqual(amount, 100)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        bob = new_test_user(
            self.env,
            "receivable_bob",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self._rows(bob))
        self.assertFalse(self._rows(bob, "customer"))
        self.assertEqual(self.haddad.with_user(bob).receivable_amount, 0)

    def test_accountant_without_sales(self):
        """He reads all columns of the list that he is shown."""
        Report = self.env["crm.receivable.customer"].with_user(self.ada)
        view = Report.get_views([(False, "list"), (False, "search")])
        columns = view["models"]["crm.receivable.customer"]["fields"]
        self.assertNotIn("next_step", columns)
        self.assertNotIn("last_contact_at", columns)
        Report.web_search_read(
            [], {name: {} for name in columns if columns[name]["type"] != "properties"}, limit=80
        )

    def test_others_may_not(self):
        portal = new_test_user(self.env, "receivable_portal", groups="base.group_portal")
        employee = new_test_user(self.env, "receivable_employee", groups="base.group_user")
        for user in (portal, employee, self.cora):
            for model in ("crm.receivable.report", "crm.receivable.customer"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.haddad.with_user(user).read(["payment_delay_days"])
            with self.assertRaises(AccessError):
                self.haddad.with_user(user).read(["receivable_amount"])

    def test_nobody_writes(self):
        row = self._row(self.own)
        with self.assertRaises(AccessError):
            row.with_user(self.mona).write({"residual": 0})
