from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CampaignPageCommon


@tagged("post_install", "-at_install")
class TestCampaignPage(CampaignPageCommon):
    """What the page says is what stands in the records, and each number opens them."""

    def _scene(self):
        """Amal read, clicked and left; Emre's server opened and returned it; Basil is uncertain."""
        self._send_rows(self.to_amal + self.to_emre)
        now = fields.Datetime.now()
        self._set_state(self.to_basil, "uncertain", reason="worker_died", sent_at=now)
        self._event("open", self.to_amal)
        self._event("click", self.to_amal, 29)
        self._event("unsubscribe", self.to_amal, 28)
        self._event("open", self.to_emre, evidence={"method": "HEAD", "agent": "curl/8"})
        self._event("bounce_hard", self.to_emre)

    def test_each_number_opens_its_records(self):
        self._scene()
        page = self._read()
        counts, figures = page["deliveries"]["counts"], page["figures"]
        self.assertEqual(
            counts,
            {"sent": 2, "uncertain": 1, "failed": 0, "waiting": 0, "held": 0, "suppressed": 3},
        )
        for key, count in (counts | {"targeted": 6}).items():
            self.assertEqual(len(self._open(key)), count, key)
        self.assertEqual(figures["opened"], 1)
        self.assertEqual(figures["all_opened"], 2)
        self.assertEqual(figures["bounced_hard"], 1)
        for key in ("opened", "clicked"):
            self.assertEqual(len(self._open(key)), figures[key], key)
            opened = self._open(key, with_programs=True)
            self.assertEqual(len(opened), figures[f"all_{key}"], key)
        for key in (
            "replied",
            "auto_replied",
            "complained",
            "bounced_hard",
            "bounced_soft",
            "unsubscribed",
        ):
            self.assertEqual(len(self._open(key)), figures[key], key)
        self.assertEqual(len(self._open("delivered")), counts["sent"] - figures["returned"])
        self.assertEqual(self._open("delivered"), self.to_amal)

    def test_a_person_who_answers_got_it(self):
        self._send_rows(self.to_amal)
        self._event("bounce_soft", self.to_amal, 40)
        self.assertEqual(self._read()["figures"]["bounced_soft"], 1)
        self.assertFalse(self._open("delivered"))
        self._event("reply", self.to_amal)
        self.assertEqual(self._read()["figures"]["bounced_soft"], 0)
        self.assertEqual(self._open("delivered"), self.to_amal)

    def test_everybody_is_somewhere(self):
        self._set_state(self.to_emre, "held", reason="cap")
        found = self._read()["deliveries"]
        self.assertEqual(found["targeted"], 6)
        self.assertEqual(sum(found["counts"].values()), 6)
        self.assertEqual(found["difference"], 0)
        reasons = {(one["part"], one["reason"]): one for one in found["reasons"]}
        self.assertEqual(reasons["held", "cap"]["label"], "Too Many Messages Already")
        for (part, reason), one in reasons.items():
            self.assertEqual(len(self._open(part, reason=reason)), one["count"])
        left_out = [one["count"] for one in found["reasons"] if one["part"] == "suppressed"]
        self.assertEqual(sum(left_out), 3)

    def test_it_says_when_it_does_not_add_up(self):
        self._set_state(self.to_emre, "lost")
        found = self._read()["deliveries"]
        self.assertEqual((found["targeted"], found["difference"]), (6, 1))

    def test_progress_and_pause(self):
        [running] = self._read(method="get_progress")["running"]
        self.assertEqual((running["done"], running["total"], running["waiting"]), (3, 6, 3))
        self.assertEqual((running["per_minute"], running["ends_at"]), (0, None))
        self._send_rows(self.to_amal + self.to_basil, minutes_ago=1)
        [running] = self._read(method="get_progress")["running"]
        self.assertEqual((running["percent"], running["waiting"]), (83, 1))
        self.assertIn(running["per_minute"], (1, 2))
        self.assertTrue(running["ends_at"])
        self.assertTrue(running["can_control"])
        self.mailing.action_pause()
        [running] = self._read(method="get_progress")["running"]
        self.assertTrue(running["is_paused"])
        self.assertIn("marketer", running["pause_reason"])
        self.assertFalse(running["ends_at"])
        self.mailing.action_cancel_rest()
        page = self._read(method="get_progress")
        self.assertFalse(page["running"])
        self.assertEqual(len(self._open("suppressed", reason="cancelled")), 1)

    def test_one_mailing_alone(self):
        other = self._create_mailing_to(self.faris, campaign_id=self.campaign.id)
        self._launch(other)
        self.assertEqual(self._read()["deliveries"]["targeted"], 7)
        page = self.page.with_user(self.marketer)
        alone = page.get_page(False, other.id)
        self.assertEqual(alone["deliveries"]["targeted"], 1)
        self.assertNotIn("cost", alone["business"])
        action = other.action_view_live()
        self.assertEqual(action["context"]["active_id"], other.id)
        rows = self._read()["variants"]["rows"]
        self.assertEqual([row["targeted"] for row in rows], [6, 1])

    def test_over_time_with_programs_apart(self):
        self._scene()
        timeline = self._read()["timeline"]
        series = {name: sum(counts) for name, counts in timeline["series"].items()}
        self.assertEqual(
            series,
            {
                "sent": 2,
                "opened": 1,
                "clicked": 1,
                "unsubscribed": 1,
                "bounced": 1,
                "program_open": 1,
            },
        )
        steps = timeline["steps"]
        self.assertEqual(timeline["unit"], "hour")
        for name, total in series.items():
            for start, count in zip(steps, timeline["series"][name], strict=True):
                if count:
                    self.assertEqual(len(self._open(name, date_from=start)), count, name)
                    total -= count
            self.assertFalse(total)

    def test_leads_orders_and_money(self):
        self._send_rows(self.to_amal)
        self._event("click", self.to_amal)
        product = self.env["product.product"].create({"name": "Test Live", "list_price": 200.0})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.amal.id,
                "order_line": [(0, 0, {"product_id": product.id, "tax_ids": False})],
            }
        )
        order.action_confirm()
        self.env["crm.campaign.cost"].create(
            {"name": "Design", "campaign_id": self.campaign.id, "amount": 50.0}
        )
        self.env["crm.attribution"]._rebuild()
        self.manager.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        business = self._read(self.manager)["business"]
        self.assertEqual((business["orders"], business["leads"]), (1, 0))
        self.assertEqual(business["roi"], 300.0)
        self.assertIn("200", business["revenue"])
        self.assertEqual(self._open("orders"), order)
        self.assertEqual(self._open("revenue").order_id, order)
        self.assertEqual(self._open("cost").name, "Design")
        self.assertIn("200", self._read(self.manager)["variants"]["rows"][0]["revenue"])
        # who may not read amounts of orders
        business = self._read(self.marketer)["business"]
        self.assertEqual((business["orders"], business["may_open_orders"]), (1, False))
        self.assertFalse({"revenue", "paid", "roi"} & business.keys())
        self.assertIn("50", business["cost"])
        # who reads his own orders only
        self.other_marketer.group_ids += self.env.ref("sales_team.group_sale_salesman")
        order.user_id = self.manager
        self.assertEqual(self._read(self.other_marketer)["business"]["orders"], 0)
        self.assertFalse(self._open("orders", user=self.other_marketer))

    def test_the_number_of_queries_does_not_hang_on_that_of_mailings(self):
        self._scene()
        self._read()

        def count():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._read()
            return self.env.cr.sql_log_count - before

        few = count()
        for contact in self.faris + self.dalia + self.celine:
            self._launch(self._create_mailing_to(contact, campaign_id=self.campaign.id))
        self.assertLessEqual(few, 40)
        self.assertLessEqual(count(), few + 1)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self._read(method="get_progress")
        self.assertLessEqual(self.env.cr.sql_log_count - before, 15)

    def test_what_to_do_next(self):
        campaign = self.env["utm.campaign"].create({"title": "Test Empty"})
        page = self.page.with_user(self.marketer)
        self.assertEqual(page.get_page(campaign.id)["empty"], "no_mailing")
        mailing = self._create_mailing(campaign_id=campaign.id)
        self.assertEqual(page.get_page(campaign.id)["empty"], "draft")
        mailing.action_launch()
        self.assertEqual(page.get_page(campaign.id)["empty"], "in_queue")
        mailing.sudo().write({"state": "done", "delivery_engine": "core"})
        found = page.get_page(campaign.id)
        self.assertEqual((found["empty"], found["by_odoo"]), ("by_odoo", 1))

    # ------------------------------------------------------------------
    # The page is a door by RPC as well
    # ------------------------------------------------------------------

    def _calls(self, user, *scope):
        page = self.page.with_user(user)
        return (
            lambda: page.get_page(*scope),
            lambda: page.get_progress(*scope),
            lambda: self.record.with_user(user).open_records("targeted", *scope),
        )

    def test_who_does_not_work_with_mailings(self):
        for scope in ((self.campaign.id,), (False, self.mailing.id)):
            for call in self._calls(self.salesperson, *scope):
                with self.assertRaises(AccessError):
                    call()

    def test_the_campaign_of_another_company(self):
        self.campaign.company_id = self.env["res.company"].create({"name": "Live other company"})
        for scope in ((self.campaign.id,), (False, self.mailing.id)):
            for call in self._calls(self.marketer, *scope):
                with self.assertRaises(AccessError):
                    call()

    def test_deliveries_to_contacts_of_another_company(self):
        other = self.env["res.company"].create({"name": "Live other company"})
        self._send_rows(self.to_amal + self.to_emre)
        self._set_state(self.to_amal, "sent", company_id=other.id)
        self._event("reply", self.to_amal)
        self._event("reply", self.to_emre)
        page = self._read()
        self.assertEqual(page["deliveries"]["counts"]["sent"], 1)
        self.assertEqual(page["figures"]["replied"], 1)
        self.assertEqual(self._open("replied"), self.to_emre)

    def test_ids_and_keys_that_are_forged(self):
        forged = ("1", True, -1, 0, 10**12, [self.campaign.id], {"id": 1}, None, "1 OR 1=1")
        for value in forged:
            for scope in ((value,), (False, value)):
                for call in self._calls(self.marketer, *scope):
                    with self.assertRaises(UserError):
                        call()
        page = self.record.with_user(self.marketer)
        for key in ("", "nothing", "id", "unlink", None):
            with self.assertRaises(UserError):
                page.open_records(key, self.campaign.id)
        for moment in ("yesterday", "2026-13-45 99:00:00", {"a": 1}, [1]):
            with self.assertRaises(UserError):
                page.open_records("opened", self.campaign.id, date_from=moment)
        found = self._open("suppressed", reason="x' OR '1'='1")
        self.assertFalse(found)

    def test_records_that_the_reader_may_not_see(self):
        page = self.record.with_user(self.marketer)
        for key in ("leads", "orders", "revenue", "paid"):
            with self.assertRaises(AccessError):
                page.open_records(key, self.campaign.id)

    def test_who_cannot_control_is_not_asked_to(self):
        reader = self.other_marketer
        reader.group_ids = self.env.ref("mass_mailing.group_mass_mailing_user")
        [running] = self._read(reader)["running"]
        self.assertEqual(running["can_control"], self.mailing.with_user(reader).has_access("write"))
