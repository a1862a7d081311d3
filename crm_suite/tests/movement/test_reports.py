from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .common import MovementCase


class TestReports(MovementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        cls.fair, cls.web = cls.env["utm.source"].create([{"name": "Fair"}, {"name": "Web"}])

    def _movement(self, *measures, user=None, groupby="source_id"):
        report = self.env["crm.lead.movement.report"].with_user(user or self.alia)
        return {
            group: list(values) for group, *values in report._read_group([], [groupby], measures)
        }

    def _performance(self, *measures, user=None, groupby="user_id", domain=()):
        report = self.env["crm.sales.performance.report"].with_user(user or self.alia)
        users = self.omar + self.sami + self.nora
        return {
            group: list(values)
            for group, *values in report._read_group(
                [("user_id", "in", users.ids), *domain], [groupby], measures
            )
        }

    def _order(self, lead, quantity, confirm=True, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "opportunity_id": lead.id,
                "user_id": lead.user_id.id,
                "team_id": lead.team_id.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.desk.id,
                            "product_uom_qty": quantity,
                            "price_unit": 200,
                            "tax_ids": False,
                        },
                    )
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    # ------------------------------------------------------------
    # Lead movement
    # ------------------------------------------------------------

    def test_what_became_of_the_leads_of_a_source(self):
        for _i in range(3):
            self._create_lead(source_id=self.fair.id)
        converted = self._create_lead(source_id=self.fair.id)
        converted.convert_opportunity(self.layla)
        lost = self._create_lead(source_id=self.web.id)
        lost.action_set_lost(lost_reason_id=self.price.id)
        won = self._create_lead(
            type="opportunity",
            source_id=self.web.id,
            stage_id=self.signed.id,
            expected_revenue=500,
        )
        archived = self._create_lead(source_id=self.web.id, probability=10)
        archived.action_archive()
        self._order(won, 2)
        self._order(won, 1, confirm=False)
        self.assertEqual(
            self._movement(
                "arrived:sum",
                "converted:sum",
                "open:sum",
                "won:sum",
                "lost:sum",
                "archived:sum",
                "conversion_rate:avg",
                "win_rate:avg",
            ),
            {
                self.fair: [4, 1, 4, 0, 0, 0, 25.0, False],
                # the opportunity that was created as one has no part in the conversion
                self.web: [3, 0, 0, 1, 1, 1, 0.0, 50.0],
            },
        )
        self.assertEqual(
            self._movement("quoted_amount:sum", "ordered_amount:sum", "won_amount:sum")[self.web],
            [600.0, 400.0, 500.0],
        )

    def test_rates_over_all_are_weighted(self):
        for _i in range(3):
            self._create_lead(source_id=self.fair.id)
        self._create_lead(source_id=self.web.id).convert_opportunity(self.layla)
        report = self.env["crm.lead.movement.report"].with_user(self.alia)
        self.assertEqual(report._read_group([], [], ["conversion_rate:avg"]), [(25.0,)])

    def test_amounts_of_documents_that_one_may_not_read_do_not_count(self):
        lead = self._create_lead(type="opportunity", source_id=self.fair.id)
        self._order(lead, 1)
        self._order(lead, 1, user_id=self.sami.id, team_id=self.south.id)
        self.assertEqual(self._movement("ordered_amount:sum", user=self.omar), {self.fair: [200.0]})
        self.assertEqual(self._movement("ordered_amount:sum"), {self.fair: [400.0]})

    def test_movement_rights(self):
        self._create_lead(source_id=self.fair.id)
        self._create_lead(source_id=self.web.id, user_id=self.sami.id, team_id=self.south.id)
        self.assertEqual(self._movement("arrived:sum", user=self.omar), {self.fair: [1]})
        self.assertEqual(self._movement("arrived:sum", user=self.nora), {self.fair: [1]})
        self.assertEqual(self._movement("arrived:sum", user=self.sami), {self.web: [1]})
        self.assertEqual(len(self._movement("arrived:sum", user=self.mona)), 2)
        with self.assertRaises(AccessError):
            self._movement("arrived:sum", user=self.cora)

    # ------------------------------------------------------------
    # Sales performance
    # ------------------------------------------------------------

    def _interact(self, lead, channel, hours=-1, **values):
        return self.env["crm.interaction"].create(
            {
                "channel": channel,
                "lead_id": lead.id,
                "partner_id": self.layla.id,
                "user_id": lead.user_id.id,
                "date": fields.Datetime.now() + timedelta(hours=hours),
                **values,
            }
        )

    def test_what_a_salesperson_did(self):
        lead = self._create_lead()
        other = self._create_lead(user_id=self.sami.id, team_id=self.south.id)
        for channel in ("phone", "phone", "meeting", "visit", "letter"):
            self._interact(lead, channel)
        self._interact(lead, "meeting", hours=5)
        self._interact(other, "phone")
        self.assertEqual(
            self._performance("new_leads:sum", "calls:sum", "meetings:sum", "interactions:sum"),
            {self.omar: [1, 2, 2, 5], self.sami: [1, 1, 0, 1]},
        )
        teams = self._performance("calls:sum", groupby="team_id")
        self.assertEqual(teams, {self.north: [2], self.south: [1]})

    def test_what_was_never_a_lead_is_no_new_lead(self):
        lead, converted = self._create_lead(), self._create_lead()
        converted.convert_opportunity(self.layla)
        self._create_lead(type="opportunity")
        self.assertEqual(
            self._performance("new_leads:sum", "new_opportunities:sum"), {self.omar: [2, 2]}
        )
        (lead + converted).unlink()
        self.assertEqual(
            self._performance("new_leads:sum", "new_opportunities:sum"), {self.omar: [0, 1]}
        )

    def test_an_interaction_without_a_lead_belongs_to_the_team_of_its_salesperson(self):
        lead = self._create_lead()
        self._interact(lead, "phone", lead_id=False)
        self.assertEqual(self._performance("calls:sum", groupby="team_id")[self.north], [1])

    def test_what_a_salesperson_achieved(self):
        won = self._create_lead(type="opportunity", stage_id=self.signed.id, expected_revenue=900)
        for _i in range(3):
            lost = self._create_lead(type="opportunity", expected_revenue=100)
            lost.action_set_lost(lost_reason_id=self.price.id)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET create_date = date_closed - interval '10 days' WHERE id = %s",
                won.id,
            )
        )
        self.env.invalidate_all()
        small, large = self._order(won, 1), self._order(won, 3)
        invoice = (small + large)._create_invoices()
        invoice.action_post()
        self.assertEqual(
            self._performance(
                "new_opportunities:sum",
                "won:sum",
                "lost:sum",
                "win_rate:avg",
                "won_amount:sum",
                "lost_amount:sum",
                "orders:sum",
                "ordered_amount:sum",
                "average_order:avg",
                "cycle_days:avg",
            ),
            {self.omar: [4, 1, 3, 25.0, 900.0, 300.0, 2, 800.0, 400.0, 10.0]},
        )
        self.assertEqual(self._performance("invoiced_amount:sum"), {self.omar: [800.0]})
        refund = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        refund.invoice_user_id = self.omar
        refund.action_post()
        self.assertEqual(
            self._performance("invoiced_amount:sum"), {self.omar: [0.0]}, "credit notes count"
        )
        reasons = self._performance(
            "lost:sum", groupby="lost_reason_id", domain=[("kind", "=", "lost")]
        )
        self.assertEqual(reasons, {self.price: [3]})

    def test_facts_are_read_with_the_rights_on_their_documents(self):
        lead = self._create_lead(type="opportunity", stage_id=self.signed.id)
        foreign = self._create_lead(
            type="opportunity",
            stage_id=self.signed.id,
            user_id=self.sami.id,
            team_id=self.south.id,
        )
        for each in (lead, foreign):
            self._order(each, 1)._create_invoices().action_post()
            self._interact(each, "phone")
        measures = ["won:sum", "calls:sum", "ordered_amount:sum", "invoiced_amount:sum"]
        mine = [1, 1, 200.0, 200.0]
        self.assertEqual(self._performance(*measures, user=self.omar), {self.omar: mine})
        self.assertEqual(self._performance(*measures, user=self.nora), {self.omar: mine})
        self.assertEqual(self._performance(*measures, user=self.sami), {self.sami: mine})
        self.assertEqual(
            self._performance(*measures, user=self.alia), {self.omar: mine, self.sami: mine}
        )
        with self.assertRaises(AccessError):
            self._performance(*measures, user=self.cora)

    def test_rows_open_their_document(self):
        lead = self._create_lead(type="opportunity", stage_id=self.signed.id)
        order = self._order(lead, 1)
        call = self._interact(lead, "phone")
        report = self.env["crm.sales.performance.report"].with_user(self.omar)
        rows = report.search([("user_id", "=", self.omar.id)])
        opened = {row.kind: row.action_open_document() for row in rows}
        self.assertEqual(set(opened), {"opportunity", "won", "call", "order"})
        self.assertEqual(opened["won"]["res_id"], lead.id)
        self.assertEqual(opened["order"]["res_id"], order.id)
        self.assertEqual(opened["call"]["res_id"], call.id)
        for row in rows:
            with self.assertRaises(UserError):
                row.with_user(self.sami).action_open_document()

    def test_many_leads_cost_as_few_queries_as_one(self):
        def read():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._movement("arrived:sum", "quoted_amount:sum", user=self.omar)
            self._performance("won:sum", "calls:sum", "cycle_days:avg", user=self.omar)
            return self.env.cr.sql_log_count - before

        self._create_lead(source_id=self.fair.id)
        read()
        few = read()
        for _i in range(20):
            self._create_lead(type="opportunity", stage_id=self.signed.id, source_id=self.web.id)
        self.env.flush_all()
        self.assertLessEqual(read(), few)
