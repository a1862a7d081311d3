from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ...lib.timeline import TimelineSource
from ...models.timeline import crm_timeline
from .common import TimelineCase


class TestTimeline(TimelineCase):
    def test_tells_the_history_of_all_contacts(self):
        self._log(name="Called Layla", date="2024-05-04 10:00:00")
        self._log(name="Visited Karim", partner=self.karim, date="2024-05-03 10:00:00")
        order = self._order(date_order="2024-05-02 10:00:00")
        invoice = self._invoice()
        message = self._write_mail(
            self.layla, "Catalogue", message_type="email", author_id=self.layla.id
        )
        message.date = "2024-04-30 10:00:00"
        for contact in self.haddad + self.layla + self.karim:
            rows = self._read_all(record=contact)
            self.assertEqual(
                self._titles(rows),
                ["Called Layla", "Visited Karim", order.name, invoice.name, "Catalogue"],
            )
        row = rows[2]
        self.assertEqual((row["res_model"], row["res_id"]), ("sale.order", order.id))
        self.assertIn("200.00", row["amount"])
        self.assertEqual(row["author"], "Omar")
        self.assertTrue(rows[3]["date_only"])
        self.assertIn("Catalogue!", rows[4]["preview"])
        self.assertEqual((rows[4]["res_model"], rows[4]["res_id"]), ("res.partner", self.layla.id))

    def test_mails_on_documents_without_notes_and_logs(self):
        lead = self.env["crm.lead"].create({"name": "Desks", "partner_id": self.layla.id})
        order, invoice = self._order(), self._invoice()
        for record in lead, order, invoice, self.karim:
            self._write_mail(record, f"Mail on {record._name}")
            self._write_mail(record, "Note", subtype_xmlid="mail.mt_note")
            self._write_mail(record, "Log", message_type="notification")
        self.assertEqual(
            sorted(self._titles(self._read_all(sources=["mail"]))),
            [
                "Mail on account.move",
                "Mail on crm.lead",
                "Mail on res.partner",
                "Mail on sale.order",
            ],
        )

    def test_draft_invoices_and_vendor_bills_are_not_history(self):
        self._invoice().button_draft()
        self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.layla.id, "invoice_date": "2024-05-01"}
        )
        self.assertFalse(self._read_all(sources=["invoice"]))

    def test_other_customers_are_left_out(self):
        other = self.env["res.partner"].create({"name": "Other"})
        self._log(partner=other)
        self.assertFalse(self._read_all())

    def test_archived_contacts_keep_their_history(self):
        self._log(partner=self.karim)
        self.karim.active = False
        self.assertEqual(len(self._read_all()), 1)

    def test_filter(self):
        self._log()
        self._order()
        self.assertEqual({row["source"] for row in self._read_all(sources=["order"])}, {"order"})
        self.assertFalse(self._read_all(sources=[]))
        self.assertFalse(self._read_all(sources=["no such"]))

    def test_limits(self):
        for number in range(3):
            self._log(name=str(number))
        for limit, expected in ((0, 3), (1, 1), (-5, 1), (10**9, 3)):
            self.assertEqual(len(self._page(limit=limit)["rows"]), expected)

    def test_garbage_is_refused(self):
        for cursor in ("x", [1, 2, 3], [1, 2, 3, 4], ["2024-01-01' OR 1=1", "mail", 1]):
            with self.assertRaisesRegex(UserError, "reload"):
                self._page(cursor=cursor)


class TestTimelinePaging(TimelineCase):
    def test_every_row_once_when_dates_tie(self):
        moment = datetime(2024, 5, 1, 10)
        for number in range(17):
            self._log(name=f"Same second {number}", date=moment)
        for number in range(5):
            self._log(name=f"Earlier {number}", date=moment - timedelta(hours=number + 1))
            self._log(name=f"Later {number}", date=moment + timedelta(hours=number + 1))
        for _number in range(9):
            self._order(date_order=moment)
        expected = self._page(limit=200)["rows"]
        self.assertEqual(len(expected), 36)
        for limit in (1, 2, 3, 7, 35, 36):
            self.assertEqual(self._read_all(limit=limit), expected, limit)

    def test_new_events_do_not_disturb_the_next_page(self):
        moment = datetime(2024, 5, 1, 10)
        for number in range(6):
            self._log(name=f"Old {number}", date=moment)
        page = self._page(limit=3)
        for number in range(6):
            self._log(name=f"New {number}", date=moment)
        rest, cursor = [], page["cursor"]
        while cursor:
            following = self._page(limit=3, cursor=cursor)
            rest += following["rows"]
            cursor = following["cursor"]
        self.assertEqual(
            sorted(self._titles(page["rows"] + rest)), [f"Old {number}" for number in range(6)]
        )

    def test_pages_are_full_although_much_is_forbidden(self):
        """Also with a source of an add-on whose SQL knows nothing of rights."""
        for number in range(60):
            self._order(user=self.omar if number % 10 == 0 else self.sami)

        def keys(query):
            return SQL(
                """
                SELECT date_order, id FROM sale_order
                 WHERE partner_id = ANY(%s) AND (date_order, id) < (%s, %s)
              ORDER BY date_order DESC, id DESC LIMIT %s
                """,
                list(query.partner_ids),
                query.before or datetime.max,
                query.before_id,
                query.limit,
            )

        def rows(orders):
            self.assertEqual(orders, orders._filtered_access("read"))
            return {order.id: {"title": order.user_id.name} for order in orders}

        source = TimelineSource("raw", "Raw", "fa-star", "sale.order", keys, rows)
        with patch.object(self.registry["crm.timeline"], "_get_sources", lambda timeline: [source]):
            page = self._page(self.omar, limit=6)
            self.assertEqual(self._titles(page["rows"]), ["Omar"] * 6)
            self.assertEqual(len(self._read_all(self.omar, limit=4)), 6)
            self.assertEqual(len(self._read_all(self.sami, limit=4)), 54)
            with patch.object(crm_timeline, "MAX_BATCHES", 1):
                page = self._page(self.omar, limit=10)
                self.assertLess(len(page["rows"]), 6)
                self.assertTrue(page["cursor"], "a short page leads on")
                self.assertEqual(len(self._read_all(self.omar, limit=10)), 6)

    def test_mails_of_forbidden_documents_do_not_thin_out_the_page(self):
        mine, theirs = self._order(user=self.omar), self._order(user=self.sami)
        for number in range(30):
            record = mine if number % 10 == 0 else theirs
            self._write_mail(record, record.user_id.name)
        page = self._page(self.omar, limit=3, sources=["mail"])
        self.assertEqual(self._titles(page["rows"]), ["Omar"] * 3)

    def test_queries_do_not_grow(self):
        def count_queries(contacts, events):
            customer = self.env["res.partner"].create({"name": "Big", "is_company": True})
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "parent_id": customer.id} for n in range(contacts)]
            )
            for person in people:
                for _number in range(events):
                    self._log(partner=person)
                    order = self._order(partner=person)
                    self._write_mail(order)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            page = self._page(record=customer, limit=50)
            self.assertEqual(len(page["rows"]), min(50, contacts * events * 3))
            return self.cr.sql_log_count - before

        count_queries(1, 1)
        few = count_queries(1, 2)
        self.assertLessEqual(count_queries(8, 4), few)


class TestTimelineRights(TimelineCase):
    def test_salesperson_sees_his_own(self):
        mine, theirs = self._order(user=self.omar), self._order(user=self.sami)
        self._log(name="Mine", user=self.omar)
        self._log(name="Theirs", user=self.sami)
        self._invoice(user=self.sami)
        self._write_mail(theirs, "Secret")
        self.assertEqual(
            sorted(self._titles(self._read_all(self.omar))), sorted([mine.name, "Mine"])
        )
        self.assertEqual(len(self._read_all(self.alia)), 6)

    def test_employee_without_sales_rights(self):
        """Configurators may read contacts, but neither interactions nor orders."""
        self._log()
        self._order()
        self._write_mail(self.karim, "Hello")
        self.assertEqual(self._titles(self._read_all(self.cora)), ["Hello"])
        keys = self._get_sources(self.cora)
        self.assertIn("mail", keys)
        self.assertFalse(keys & {"interaction", "order"})

    def test_portal_user_sees_nothing(self):
        self._log()
        for user in (self.pia, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self._page(user, self.layla)
            with self.assertRaises(AccessError):
                self._get_sources(user)

    def test_two_companies(self):
        self._log(name="Here")
        self._log(name="There", company_id=self.berlin.id, user_id=self.berta.id)
        self.assertEqual(self._titles(self._read_all(self.alia)), ["Here"])
        self.assertEqual(self._titles(self._read_all(self.berta)), ["There"])

    def test_contact_of_another_company(self):
        (self.haddad + self.layla + self.karim).company_id = self.company
        self._log()
        with self.assertRaises(AccessError):
            self._page(self.berta)

    def test_unknown_contact(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone_id = gone.id
        gone.unlink()
        page = self.env["crm.timeline"].with_user(self.alia).get_page("res.partner", gone_id)
        self.assertEqual(page, {"rows": [], "cursor": None})


@tagged("post_install", "-at_install")
class TestTimelineRoute(HttpCase):
    def test_portal_user_at_the_door(self):
        partner = self.env["res.partner"].create({"name": "Haddad"})
        self.env["res.users"].create(
            {
                "name": "Pia",
                "login": "crm_suite_pia",
                "password": "crm_suite_pia",
                "partner_id": partner.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        self.env["crm.interaction"].create(
            {"name": "Secret", "partner_id": partner.id, "date": fields.Datetime.now()}
        )
        self.authenticate("crm_suite_pia", "crm_suite_pia")
        for method, args in (
            ("get_page", ["res.partner", partner.id]),
            ("get_sources", ["res.partner", partner.id]),
            ("_get_sources", []),
        ):
            result = self.make_jsonrpc_request_raw(
                {"model": "crm.timeline", "method": method, "args": args, "kwargs": {}}
            )
            self.assertIn("error", result)
            self.assertNotIn("Secret", str(result))

    def make_jsonrpc_request_raw(self, params):
        return self.url_open(
            "/web/dataset/call_kw",
            json={"jsonrpc": "2.0", "method": "call", "params": params},
        ).json()
