import random
from datetime import timedelta

from odoo.tests import tagged

from ...lib.attribution import MODELS, UNITS, get_weights, split
from .common import AttributionCase


@tagged("post_install", "-at_install")
class TestAttribution(AttributionCase):
    """Which touches get the credit for leads, orders and payments, and how much."""

    def test_models_side_by_side(self):
        self._lead(30, campaign_id=self.fair.id, medium_id=self.stand.id)
        self._click(14)
        self._click(7, mailing=self.other_mailing)
        order = self._order([(self.desk, 1)])  # 200
        self.Attribution._rebuild()
        rows = self._rows(order)
        self.assertEqual(rows.mapped("kind"), ["lead", "click", "click"])
        self.assertEqual(rows.campaign_id, self.fair | self.spring)
        self.assertEqual(rows.mapped("place"), [1, 2, 3])
        self.assertEqual(rows.partner_id, self.haddad)
        self.assertEqual(rows.mapped("amount_first"), [200, 0, 0])
        self.assertEqual(rows.mapped("amount_last"), [0, 0, 200])
        self.assertEqual(rows.mapped("amount_linear"), [66.67, 66.67, 66.66])
        self.assertEqual(rows.mapped("amount_position"), [80, 40, 80])
        decay = rows.mapped("amount_time_decay")
        self.assertAlmostEqual(decay[2] / decay[1], 2, 3, "a half-life lies between them")
        self.assertEqual(round(sum(decay), 2), 200)
        self.assertEqual(rows.mapped("credit_linear"), [0.333334, 0.333333, 0.333333])

    def test_each_model_adds_up_to_all_orders(self):
        """The sums, against the library, over many orders with odd amounts."""
        rng = random.Random(5)
        orders = self.env["sale.order"]
        for number in range(25):
            partner = rng.choice((self.layla, self.haddad, self.badr))
            for _each in range(rng.randint(0, 3)):
                self._click(
                    rng.uniform(0, 100), partner, rng.choice((self.mailing, self.other_mailing))
                )
            if rng.random() < 0.3:
                self._lead(rng.uniform(0, 100), partner, campaign_id=self.fair.id)
            values = {"campaign_id": self.spring.id} if rng.random() < 0.3 else {}
            line = {"product_uom_qty": rng.choice((1, 1, 1, -1)), "price_unit": number * 7 + 0.01}
            orders += self._order(
                [(self.desk, line)], rng.randint(0, 60), partner=partner, **values
            )
        self.Attribution._rebuild()
        total = round(sum(orders.mapped("amount_untaxed")), 2)
        self.assertEqual(self._totals(orders), [total] * len(MODELS))
        for order in orders:
            self._check_shares(order)

    def _check_shares(self, order):
        rows = self._rows(order)
        last = rows[-1].touched_at
        if rows.kind == "none" if len(rows) == 1 else False:
            self.assertEqual(rows.amount_linear, order.amount_untaxed)
            return
        ages = [(last - row.touched_at) / timedelta(seconds=1) for row in rows]
        counted = UNITS if order.amount_untaxed >= 0 else 0
        for model in MODELS:
            weights = get_weights(model, ages, 7 * 86400)
            cents = split(round(order.amount_untaxed * 100), weights)
            self.assertEqual([round(row[f"amount_{model}"] * 100) for row in rows], cents)
            units = split(counted, weights)
            self.assertEqual([round(row[f"credit_{model}"] * UNITS) for row in rows], units)

    def test_which_clicks_count(self):
        self._click(5, actor="bot")
        self._click(5, kind="delivered")
        self._click(5, kind="open")
        self._click(5, self.badr)
        self._click(100)
        self._click(-1)
        first = self._click(4)
        self._click(3.9, partner=self.haddad)  # another message, of the same customer
        self._click(4, ts=first.ts + timedelta(minutes=5))
        order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        days = [self.noon - row.touched_at for row in self._rows(order)]
        self.assertEqual([round(day / timedelta(days=1), 1) for day in days], [4.0])

    def test_opens_count_by_choice(self):
        self._click(5, kind="open")
        order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        self.assertEqual(self._rows(order).kind, "none")
        settings = self.env["res.config.settings"].create({"crm_attribution_opens": True})
        settings.execute()
        self.Attribution._rebuild()
        self.assertEqual(self._rows(order).kind, "open")
        # whoever clicked has opened: that is one touch
        self._click(4, mailing=self.other_mailing, kind="open")
        self.Attribution._rebuild()
        self.assertEqual(self._rows(order).mapped("kind"), ["open", "open"])

    def test_answers_of_people_count(self):
        self._click(9, kind="auto_reply", actor="bot")
        answer = self._click(8, kind="reply")
        # the same message, the same day; and opened before
        self._click(8, ts=answer.ts + timedelta(minutes=5))
        order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        self.assertEqual(self._rows(order).mapped("kind"), ["reply"])
        self.assertEqual(self._rows(order).campaign_id, self.spring)
        # what was made of an answer arrived with it
        made = self._lead(
            3.001,
            campaign_id=self.spring.id,
            source_id=self.other_mailing.source_id.id,
            medium_id=self.other_mailing.medium_id.id,
        )
        self._click(3, mailing=self.other_mailing, kind="reply")
        self._refresh()
        self.assertEqual(self._rows(made).mapped("kind"), ["reply", "lead"])
        self.assertEqual(self._rows(order).mapped("kind"), ["reply", "lead"])
        self.assertEqual(self._amounts(order, "linear"), [100, 100])
        scoped = self._everything()
        self.Attribution._rebuild()
        self.assertEqual(self._everything(), scoped)

    def test_window_and_half_life_of_the_settings(self):
        self._click(40)
        self._click(10, mailing=self.other_mailing)
        order = self._order([(self.desk, 1)])
        settings = self.env["res.config.settings"].create(
            {"crm_attribution_window": 50, "crm_attribution_half_life": 30}
        )
        settings.execute()
        self.Attribution._rebuild()
        self.assertEqual(self._amounts(order, "time_decay"), [66.67, 133.33])
        self.env["res.config.settings"].create({"crm_attribution_window": 20}).execute()
        self.Attribution._rebuild()
        self.assertEqual(self._amounts(order, "time_decay"), [200])

    def test_bad_parameters_count_as_not_set(self):
        parameters = self.env["ir.config_parameter"]
        for value in ("", "many", "-5", "100000"):
            parameters.set_param("crm_suite_marketing.attribution_window", value)
            parameters.set_param("crm_suite_marketing.attribution_model", value)
            self.assertEqual(
                self.Attribution._get_days("crm_suite_marketing.attribution_window"), 90
            )
            self.assertEqual(self.Attribution._get_model(), "last")

    def test_statistics_of_odoo_where_there_are_no_events(self):
        trace = self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "model": "res.partner",
                "res_id": self.layla.id,
                "links_click_datetime": self.noon - timedelta(days=2),
            }
        )
        order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        self.assertEqual(self._rows(order).kind, "click")
        self._click(3, trace_id=trace.id)
        self.Attribution._rebuild()
        rows = self._rows(order)
        self.assertEqual(rows.mapped("kind"), ["click"], "the event, not both")
        self.assertEqual(rows.touched_at, self.noon - timedelta(days=3))

    def test_origin_of_a_quotation_is_that_of_its_opportunity(self):
        utm = {"campaign_id": self.fair.id, "medium_id": self.stand.id}
        lead = self._lead(300, type="opportunity", **utm)
        order = self._order([(self.desk, 1)], opportunity_id=lead.id, **utm)
        self.Attribution._rebuild()
        rows = self._rows(order)
        self.assertEqual(rows.mapped("kind"), ["lead"], "however long ago, and once")
        self.assertEqual(rows.campaign_id, self.fair)
        self.assertEqual(self._rows(lead).mapped("credit_first"), [1])

    def test_a_visit_counts_once(self):
        """The click, and the lead that remembers by which campaign it came."""
        self._click(5)
        lead = self._lead(
            4,
            campaign_id=self.spring.id,
            source_id=self.mailing.source_id.id,
            medium_id=self.mailing.medium_id.id,
        )
        order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        self.assertEqual(self._rows(lead).mapped("kind"), ["click"])
        self.assertEqual(self._rows(order).mapped("kind"), ["click"])

    def test_merged_leads_keep_their_origins(self):
        head = self._lead(20, type="opportunity", campaign_id=self.fair.id, probability=90)
        tail = self._lead(
            10, type="opportunity", campaign_id=self.spring.id, medium_id=self.adverts.id
        )
        merged = (head | tail).merge_opportunity()
        gone = tail if merged == head else head
        self.assertFalse(gone.exists())
        order = self._order([(self.desk, 1)], opportunity_id=merged.id)
        self.Attribution._rebuild()
        self.assertEqual(self._rows(order).campaign_id, self.fair | self.spring)
        self.assertEqual(self._totals(order), [200] * len(MODELS))

    def test_leads_without_a_contact(self):
        lead = self._lead(1, partner_id=False, email_from="Nobody <nobody@attribution.example.com>")
        known = self._lead(1, partner_id=False, email_from=self.layla.email or "l@example.com")
        self.layla.email = known.email_from
        message = self.env["crm.outbox"].create(
            {
                "mailing_id": self.mailing.id,
                "model": "crm.lead",
                "res_id": lead.id,
                "identity": "nobody@attribution.example.com",
                "idem_key": "attribution-test",
                "state": "sent",
            }
        )
        self._click(2, partner_id=False, outbox_id=message.id)
        self._click(2)
        self.Attribution._rebuild()
        self.assertEqual(self._rows(lead).mapped("kind"), ["click"])
        self.assertEqual(self._rows(known).mapped("kind"), ["click"])
        self.assertEqual(self._rows(known).partner_id, self.haddad)

    def test_registrations_by_form(self):
        self.layla.email = "layla@attribution.example.com"
        Consent = self.env["crm.consent"]
        self.env["crm.consent.entry"].create(
            [
                {
                    "identity": "layla@attribution.example.com",
                    "identity_key": Consent._hash("layla@attribution.example.com", "email"),
                    "channel": "email",
                    "state": state,
                    "source": source,
                    "date": self.noon - timedelta(days=3),
                }
                for state, source in (("requested", "form"), ("granted", "confirmation"))
            ]
        )
        order = self._order([(self.desk, 1)])
        self.Attribution._rebuild()
        row = self._rows(order)
        self.assertEqual(row.kind, "form")
        self.assertEqual(row.medium_id, self.env.ref("utm.utm_medium_website"))

    def test_new_customers(self):
        first = self._order([(self.desk, 1)], days_ago=9)
        second = self._order([(self.desk, 1)], days_ago=5, partner=self.haddad)
        back = self._order([(self.desk, -1)], days_ago=20, partner=self.badr)
        self.Attribution._rebuild()
        self.assertTrue(self._rows(first).is_new_customer)
        self.assertFalse(self._rows(second).is_new_customer)
        self.assertFalse(self._rows(back).is_new_customer)
        self.assertEqual(self._rows(back).credit_last, 0, "a return is no order")
        self.assertEqual(self._rows(back).amount_last, -200)
