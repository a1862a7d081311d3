from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...models.journey_trigger import crm_journey_event
from .common import RULES, TriggerCommon


@tagged("post_install", "-at_install")
class TestWaking(TriggerCommon):
    """Steps that wait for an event, goals that are reached by one, and who leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everybody = repr([("id", "in", (cls.amal + cls.emre).ids)])

    def _make(self, nodes, edges, model="res.partner", domain=None, **rules):
        self.assertLessEqual(set(rules), RULES)
        start = {"trigger": "match", "domain": domain or self.everybody}
        journey = self._make_journey(
            {"start": start, **nodes},
            edges,
            model_id=self.env["ir.model"]._get_id(model),
            **rules,
        )
        self._launch(journey)
        self._process()
        return journey

    def _wait_for(self, event, domain=None, **settings):
        """:return: a journey in which everybody waits for an event"""
        rules = {name: settings.pop(name) for name in list(settings) if name in RULES}
        model = settings.pop("model", "res.partner")
        waits = {"kind": "condition", "asks": "event", "event": event, "amount": 5}
        return self._make(
            {
                "ask": {**waits, **settings},
                "after": {"kind": "wait", "amount": 90},
                "late": {"kind": "wait", "amount": 90},
            },
            ["start > ask", "ask.yes > after", "ask.timeout > late"],
            model=model,
            domain=domain,
            **rules,
        )

    def _with_goal(self, event, **settings):
        rules = {name: settings.pop(name) for name in list(settings) if name in RULES}
        return self._make(
            {
                "wait": {"kind": "wait", "amount": 90},
                "goal": {"kind": "goal", "asks": "event", "event": event, **settings},
            },
            ["start > wait", "wait > goal"],
            **rules,
        )

    def _where(self, journey):
        """:return: ``{contact: key of the node, or why he left}``"""
        found = {}
        for one in self._participants(journey):
            step = one.step_ids.filtered(lambda step: step.state in ("waiting", "due", "failed"))
            self.assertEqual(len(step), int(one.state == "running"))
            found[one.partner_id] = step.node_uid or one.exit_reason
        return found

    def _check_where(self, journey, amal, emre="ask"):
        self._process()
        self.assertEqual(self._where(journey), {self.amal: amal, self.emre: emre})

    def _send(self, journey, uid="ask"):
        """The step that is passed has sent something to everybody."""
        sent = {}
        for partner in self.amal + self.emre:
            participant = self._participants(journey).filtered(
                lambda one, partner=partner: one.partner_id == partner
            )
            delivery = self._deliver(
                partner, self.other_mailing, idem_key=f"j{journey.id}:{partner.id}"
            )
            self.env.cr.execute(
                "UPDATE crm_journey_step SET outbox_id = %s"
                " WHERE participant_id = %s AND node_uid = %s",
                [delivery.id, participant.id, uid],
            )
            sent[partner] = delivery
        self.env.invalidate_all()
        return sent

    @classmethod
    def _prepare_mailing(cls):
        cls.other_mailing = cls._create_mailing(subject="Of the journey")
        cls.other_mailing.sudo().state = "done"

    # ------------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------------

    def test_a_click_moves_who_waits(self):
        self._prepare_mailing()
        journey = self._make(
            {
                "tell": {"kind": "wait", "amount": 0},
                "ask": {
                    "kind": "condition",
                    "asks": "event",
                    "event": "clicked",
                    "about_node_uid": "tell",
                    "amount": 5,
                },
                "after": {"kind": "wait", "amount": 90},
            },
            ["start > tell", "tell > ask", "ask.yes > after"],
        )
        sent = self._send(journey, "tell")
        self._check_where(journey, "ask")
        self._visit(sent[self.amal])
        self._check_where(journey, "ask")
        self._visit(sent[self.amal], "click", link=self.offer)
        self._check_where(journey, "after")
        self._process()
        self._check_where(journey, "after")

    def test_programs_move_nobody(self):
        self._prepare_mailing()
        journey = self._wait_for("opened")
        sent = self._send(journey)
        self._visit(sent[self.amal], method="HEAD")
        self._check_where(journey, "ask")

    def test_a_message_of_another_journey(self):
        journey = self._wait_for("opened")
        self._visit(self.to_amal)
        self._check_where(journey, "ask")

    def test_another_mailing_that_is_asked_for(self):
        journey = self._wait_for("opened", about_mailing_id=self.mailing.id)
        self._visit(self.to_amal)
        self._check_where(journey, "after")

    def test_an_answer_by_itself_is_no_reply(self):
        self._prepare_mailing()
        journey = self._wait_for("replied")
        sent = self._send(journey)
        for partner, kind in ((self.amal, "reply"), (self.emre, "auto_reply")):
            self.events._record(
                [
                    {
                        "event_key": f"test:{kind}",
                        "kind": kind,
                        "outbox_id": sent[partner].id,
                        "ts": fields.Datetime.now(),
                    }
                ]
            )
        self._check_where(journey, "after")

    def test_nobody_comes_too_early(self):
        """What happened before somebody waits is seen when he comes."""
        self._visit(self.to_amal)
        journey = self._wait_for("opened", about_mailing_id=self.mailing.id)
        self._check_where(journey, "after")

    def test_else(self):
        self._visit(self.to_amal)
        journey = self._make(
            {
                "ask": {
                    "kind": "branch",
                    "asks": "event",
                    "event": "opened",
                    "about_mailing_id": self.mailing.id,
                },
                "yes": {"kind": "wait", "amount": 90},
                "no": {"kind": "wait", "amount": 90},
            },
            ["start > ask", "ask.yes > yes", "ask.no > no"],
        )
        self._check_where(journey, "yes", "no")

    # ------------------------------------------------------------------
    # Pages, orders, invoices
    # ------------------------------------------------------------------

    def test_a_page_and_a_form(self):
        page = self._wait_for("visit", url_part="/pricing")
        form = self._wait_for("form", form_ref="contact")
        self._tell("visit", self.amal, 1, url="https://x.example.com/pricing")
        self._tell("visit", self.emre, 2, url="https://x.example.com/")
        self._tell("form", self.amal, 3, form="contact")
        self._check_where(page, "after")
        self._check_where(form, "after")

    def test_pages_that_were_seen_before(self):
        self._tell(
            "visit",
            self.amal,
            1,
            ts=fields.Datetime.now() - timedelta(hours=1),
            url="https://x.example.com/pricing",
        )
        journey = self._wait_for("visit")
        self._check_where(journey, "ask")

    def test_a_quotation(self):
        journey = self._wait_for("quotation_sent")
        self._order(self.amal).action_quotation_sent()
        self._order(self.emre)
        self._check_where(journey, "after")

    def test_an_order_of_a_colleague(self):
        company = self.env["res.partner"].create({"name": "Tea House", "is_company": True})
        self.amal.parent_id = company
        colleague = self.env["res.partner"].create({"name": "Clerk", "parent_id": company.id})
        journey = self._wait_for("order_confirmed")
        self._order(colleague).action_confirm()
        self._check_where(journey, "after")

    def test_an_order_before_he_came_in(self):
        order = self._order(self.amal)
        order.action_confirm()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_journey_event SET ts = ts - interval '1 hour' WHERE res_id = %s",
            [order.id],
        )
        journey = self._wait_for("order_confirmed")
        self._check_where(journey, "ask")

    def test_an_order_that_was_cancelled(self):
        journey = self._wait_for("order_confirmed")
        order = self._order(self.amal)
        order.action_confirm()
        order._action_cancel()
        self._check_where(journey, "ask")

    def test_an_invoice_is_paid(self):
        journey = self._wait_for("invoice_paid")
        invoice, _other = self._invoice(self.amal), self._invoice(self.emre)
        self._check_where(journey, "ask")
        self._pay(invoice)
        self._check_where(journey, "after")

    def test_the_quotation_itself(self):
        order, other = self._order(self.amal), self._order(self.emre)
        more = self._order(self.emre)
        journey = self._wait_for(
            "order_confirmed",
            model="sale.order",
            domain=repr([("id", "in", (order + other).ids)]),
        )
        order.action_confirm()
        more.action_confirm()
        self._check_where(journey, "after")

    # ------------------------------------------------------------------
    # Goals
    # ------------------------------------------------------------------

    def test_an_order_reaches_the_goal_from_anywhere(self):
        journey = self._with_goal("order_confirmed")
        order = self._order(self.amal)
        order.action_confirm()
        self._check_where(journey, "goal", "wait")
        [mine] = self._participants(journey).filtered(lambda one: one.partner_id == self.amal)
        self.assertTrue(mine.goal_at)
        self.assertEqual(mine.goal_uid, "goal")
        self.assertEqual((mine.goal_model, mine.goal_res_id), ("sale.order", order.id))
        self.assertEqual(mine.sudo().revenue, 200.0)

    def test_who_stays_reaches_it_once(self):
        journey = self._with_goal("order_confirmed", exit_on_goal=False)
        first = self._order(self.amal)
        first.action_confirm()
        self._check_where(journey, "wait", "wait")
        self._order(self.amal).action_confirm()
        self._check_where(journey, "wait", "wait")
        [mine] = self._participants(journey).filtered("goal_at")
        self.assertEqual(mine.goal_res_id, first.id)

    def test_another_currency(self):
        currency = self.env["res.currency"].create({"name": "TST", "symbol": "T", "rounding": 0.01})
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "rate": 2.0, "company_id": self.env.company.id}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Test", "currency_id": currency.id}
        )
        journey = self._with_goal("order_confirmed")
        order = self._order(self.amal, pricelist_id=pricelist.id)
        order.action_confirm()
        self.assertEqual(order.currency_id, currency)
        self._process()
        [mine] = self._participants(journey).filtered("goal_at")
        self.assertAlmostEqual(mine.sudo().revenue, order.amount_untaxed / 2)

    def test_a_goal_without_money(self):
        journey = self._with_goal("opened", about_mailing_id=self.mailing.id)
        self._visit(self.to_amal)
        self._check_where(journey, "goal", "wait")
        [mine] = self._participants(journey).filtered("goal_at")
        self.assertFalse(mine.goal_model)

    def test_a_paused_journey_misses_nothing(self):
        journey = self._wait_for("order_confirmed")
        journey.sudo().state = "paused"
        self._order(self.amal).action_confirm()
        self._process()
        journey.sudo().state = "running"
        self._check_where(journey, "after")

    # ------------------------------------------------------------------
    # Who wants no more
    # ------------------------------------------------------------------

    def _make_letter(self):
        return self.env["crm.consent.purpose"].create(
            {"name": "Test Letter", "text": "Write to me", "needs_opt_in": False}
        )

    def _write_journey(self, **rules):
        return self._make(
            {
                "wait": {"kind": "wait", "amount": 90},
                "mail": {"kind": "mail"},
            },
            ["start > wait", "wait > mail"],
            **rules,
        )

    def test_who_withdraws_leaves(self):
        letter, other = self._make_letter(), self._make_letter()
        journey = self._write_journey(purpose_id=letter.id)
        elsewhere = self._write_journey(purpose_id=other.id)
        self.env["crm.consent"]._withdraw(
            self.amal.email_normalized, "email", letter, source="manual", reason="Test"
        )
        self._check_where(journey, "unsubscribed", "wait")
        self._check_where(elsewhere, "wait", "wait")

    def test_who_is_blacklisted_leaves_all(self):
        journey = self._write_journey(purpose_id=self._make_letter().id)
        stays = self._write_journey(exit_on_unsubscribe=False)
        self.env["mail.blacklist"]._add(self.amal.email)
        self._check_where(journey, "unsubscribed", "wait")
        self._check_where(stays, "wait", "wait")

    def test_who_agrees_leaves_nothing(self):
        letter = self._make_letter()
        journey = self._write_journey(purpose_id=letter.id)
        self.env["crm.consent"]._record(
            [self.amal.email_normalized], "email", "granted", letter, source="manual"
        )
        self._check_where(journey, "wait", "wait")

    def test_a_lead_with_an_address_of_its_own(self):
        lead, other = self.env["crm.lead"].create(
            [
                {"name": name, "email_from": f"{name}@customer.example.com"}
                for name in ("tea", "coffee")
            ]
        )
        journey = self._make(
            {"wait": {"kind": "wait", "amount": 90}, "mail": {"kind": "mail"}},
            ["start > wait", "wait > mail"],
            model="crm.lead",
            domain=repr([("id", "in", (lead + other).ids)]),
        )
        self.env["mail.blacklist"]._add("tea@customer.example.com")
        self._process()
        left = self._participants(journey).filtered(lambda one: one.state == "left")
        self.assertEqual(
            [(one.res_id, one.exit_reason) for one in left], [(lead.id, "unsubscribed")]
        )

    def test_who_refuses_texts_still_gets_mails(self):
        journey = self._write_journey()
        self.env["phone.blacklist"]._add([self.amal.phone])
        self._check_where(journey, "wait", "wait")

    def test_who_leaves_by_a_message_of_the_journey(self):
        self._prepare_mailing()
        journey = self._write_journey()
        sent = self._send(journey, "wait")
        self.events._record(
            [
                {
                    "event_key": "test:unsubscribe",
                    "kind": "unsubscribe",
                    "outbox_id": sent[self.amal].id,
                    "ts": fields.Datetime.now(),
                }
            ]
        )
        self._check_where(journey, "unsubscribed", "wait")

    def test_who_refuses_elsewhere_has_unsubscribed(self):
        journey = self._wait_for("unsubscribed", exit_on_unsubscribe=False)
        self.env["mail.blacklist"]._add(self.emre.email)
        self.env["crm.consent"]._record(
            [self.amal.email_normalized], "email", "withdrawn", source="manual"
        )
        self._check_where(journey, "after")

    # ------------------------------------------------------------------
    # Noting
    # ------------------------------------------------------------------

    def test_nothing_is_noted_of_messages_where_nobody_waits(self):
        self._write_journey(exit_on_unsubscribe=False)
        before = self.env["crm.journey.event"].search_count([])
        self._visit(self.to_amal)
        self.assertEqual(self.env["crm.journey.event"].search_count([]), before)

    def test_workers_do_not_ask_for_events_again_and_again(self):
        journey = self._wait_for("opened", about_mailing_id=self.mailing.id)
        self._visit(self.to_amal)
        self.env["crm.journey.event"].search([("looks_left", ">", 0)]).write({"looks_left": 0})
        journey.sudo().looked_at = False
        self.env.flush_all()
        self.env["crm.journey.step"]._advance("test")
        self.assertEqual(self._where(journey), {self.amal: "ask", self.emre: "ask"})
        # whose event was lost is seen at the latest when his time is up
        self.env.cr.execute(
            "UPDATE crm_journey_step SET due_at = due_at - interval '6 days'"
            " WHERE journey_id = %s AND state = 'waiting'",
            [journey.id],
        )
        self.env.invalidate_all()
        self.env["crm.journey.step"]._advance("test")
        self.env.invalidate_all()
        self.assertEqual(self._where(journey), {self.amal: "after", self.emre: "late"})

    def test_events_alone_move_who_waits(self):
        journey = self._wait_for("order_confirmed")
        self._order(self.amal).action_confirm()
        self.env.flush_all()
        self.env["crm.journey.event"]._take()
        self.assertEqual(self._where(journey), {self.amal: "after", self.emre: "ask"})

    def test_the_worth_of_a_goal_that_he_came_by_first(self):
        journey = self._make(
            {
                "wait": {"kind": "wait", "amount": 1},
                "goal": {"kind": "goal", "asks": "event", "event": "order_confirmed"},
            },
            ["start > wait", "wait > goal"],
        )
        order = self._order(self.amal)
        order.action_confirm()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_journey_step SET due_at = due_at - interval '6 days'"
            " WHERE journey_id = %s AND state = 'waiting'",
            [journey.id],
        )
        self.env.invalidate_all()
        # the workers were faster
        self.env["crm.journey.step"]._advance("test", is_thorough=True)
        self._process()
        [mine] = self._participants(journey).filtered(lambda one: one.partner_id == self.amal)
        self.assertEqual((mine.exit_reason, mine.goal_res_id), ("goal", order.id))
        self.assertEqual(mine.sudo().revenue, 200.0)

    def test_more_than_one_looks_at_together(self):
        journey = self._wait_for("visit")
        for number in range(5):
            self._tell("visit", self.faris, number, url="https://x.example.com/")
        self._tell("visit", self.amal, "last", url="https://x.example.com/")
        with patch.object(crm_journey_event, "BATCH", 2):
            self.env["crm.journey"]._cron_enrol()
        self.assertEqual(self._where(journey), {self.amal: "after", self.emre: "ask"})

    def test_what_was_looked_at_goes(self):
        journey = self._wait_for("opened", about_mailing_id=self.mailing.id)
        self._visit(self.to_amal)
        noted = [("kind", "=", "engagement")]
        self.assertTrue(self.env["crm.journey.event"].search_count(noted))
        # it was in a transaction that took long
        self.env.cr.execute("UPDATE crm_journey_event SET ts = ts - interval '1 hour'")
        self._process()
        # once more, for who has just begun to wait: some time after the first look
        self._process()
        self.assertTrue(self.env["crm.journey.event"].search_count(noted))
        self.env.cr.execute("UPDATE crm_journey_event SET looked_at = ts")
        self._process()
        self.assertFalse(self.env["crm.journey.event"].search_count(noted))
        self._check_where(journey, "after")

    def test_the_job_is_called_at_once(self):
        self._wait_for("order_confirmed")
        job = self.env.ref("crm_suite_marketing.ir_cron_journey_enrol")
        self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]).unlink()
        self.env.cr.precommit.data.pop("crm_journey_called", None)
        self._order(self.amal).action_confirm()
        self.env.flush_all()
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)]))
