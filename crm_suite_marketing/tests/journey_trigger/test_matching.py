from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TriggerCommon


@tagged("post_install", "-at_install")
class TestMatching(TriggerCommon):
    """Records that are created or changed to match."""

    def _start_with(self, domain, model="crm.lead", **values):
        return self._start("match", model=model, domain=repr(domain), **values)

    def _lead(self, name="Tea", **values):
        values = {"partner_id": self.amal.id} | values
        return self.env["crm.lead"].create({"name": name, **values})

    def test_who_matches_and_who_comes_to(self):
        matching = self._lead(city="Beirut")
        other = self._lead(city="Cairo", partner_id=self.emre.id)
        journey = self._start_with([("city", "=", "Beirut")])
        self._check_who(journey, matching)
        other.city = "Beirut"
        self._check_who(journey, matching + other)

    def test_only_who_comes_to_match(self):
        before = self._lead(city="Beirut")
        other = self._lead(city="Cairo", partner_id=self.emre.id)
        journey = self._start_with(
            [("city", "=", "Beirut")],
            includes_members=False,
            launched_at=fields.Datetime.now() + timedelta(seconds=5),
        )
        self._check_who(journey, before.browse())
        other.city = "Beirut"
        self._check_who(journey, other)
        # a change of what matched already is none
        before.name = "Tea again"
        self._check_who(journey, other)

    def test_who_matches_anew_may_enter_again(self):
        lead = self._lead(city="Beirut")
        journey = self._start_with([("city", "=", "Beirut")], reentry="ended")
        self._check_who(journey, lead)
        self.env["crm.journey.participant"]._exit(self._participants(journey).ids, "by_hand")
        self.env.cr.execute(
            "UPDATE crm_journey_participant SET exited_at = exited_at - interval '1 hour'"
        )
        lead.name = "Still the same"
        self._check_who(journey, lead)
        lead.city = "Cairo"
        self._check_who(journey, lead)
        lead.city = "Beirut"
        self._check_who(journey, lead + lead)

    def test_what_the_filter_looks_at_stands_elsewhere(self):
        """The lead is not written; its contact is."""
        lead = self._lead()
        journey = self._start_with([("partner_id.ref", "=", "X1")])
        self._check_who(journey, lead.browse())
        self.amal.ref = "X1"
        self.env.cr.execute(
            "UPDATE crm_journey_look SET full_at = full_at - interval '1 day', full_seconds = 0"
        )
        self.env.invalidate_all()
        self._check_who(journey, lead)

    def test_a_clock_that_is_set_back(self):
        lead = self._lead()
        journey = self._start_with([("partner_id.ref", "=", "X1")])
        self._check_who(journey, lead.browse())
        self.amal.ref = "X1"
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead SET write_date = write_date - interval '9 days'")
        self.env.cr.execute("UPDATE crm_journey_look SET full_at = full_at + interval '9 days'")
        self.env.invalidate_all()
        self._check_who(journey, lead)

    def test_archived_records_stay_out(self):
        lead = self._lead(city="Beirut", active=False)
        journey = self._start_with([("city", "=", "Beirut")])
        self.assertNotIn(lead, self._who(journey))

    def test_records_of_another_company_stay_out(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["res.partner"].create({"name": "Foreign", "company_id": other.id})
        shared = self.env["res.partner"].create({"name": "Foreign", "company_id": False})
        journey = self._start_with([("name", "=", "Foreign")], model="res.partner")
        self._check_who(journey, shared)
        self.assertNotIn(foreign, self._who(journey))

    def test_quotations_and_invoices(self):
        order = self._order(self.amal, client_order_ref="R1")
        journey = self._start_with([("client_order_ref", "=", "R1")], model="sale.order")
        invoice = self._invoice(self.emre, ref="R1")
        invoices = self._start_with([("ref", "=", "R1")], model="account.move")
        self._check_who(journey, order)
        self._check_who(invoices, invoice)

    def test_how_many_would_come_in(self):
        self._lead(city="Beirut")
        journey = self._make_journey(
            {"start": {"trigger": "match", "domain": repr([("city", "=", "Beirut")])}},
            [],
            model_id=self.env["ir.model"]._get_id("crm.lead"),
        )
        start = journey.draft_version_id.node_ids
        expected = self.env["crm.lead"].search_count([("city", "=", "Beirut")])
        self.assertEqual(start._count_entrants(), expected)
        start.domain = "[('no_such', '=', 1)]"
        self.assertIsNone(start._count_entrants())

    def test_tickets_that_are_closed_and_what_people_say_of_them(self):
        if "crm.ticket" not in self.env:
            self.skipTest("The helpdesk is not installed")
        self.marketer.group_ids += self.env.ref("crm_suite_helpdesk.group_manager")
        ticket, other = self.env["crm.ticket"].create(
            [{"name": "Broken", "partner_id": partner.id} for partner in (self.amal, self.emre)]
        )
        mine = ("id", "in", (ticket + other).ids)
        closed = self._start_with([mine, ("stage_type", "=", "closed")], model="crm.ticket")
        praised = self._start_with([mine, ("rating_ids.rating", ">=", 4)], model="crm.ticket")
        self._check_who(closed, ticket.browse())
        self._check_who(praised, ticket.browse())
        ticket.stage_id = self.env["crm.ticket.stage"].search([("type", "=", "closed")], limit=1)
        self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "res_id": other.id,
                "partner_id": self.emre.id,
                "rating": 5,
                "consumed": True,
            }
        )
        # a rating does not write the ticket: all are looked at, as that takes no time
        self.env.cr.execute("UPDATE crm_journey_look SET full_at = full_at - interval '5 minutes'")
        self.env.invalidate_all()
        self._check_who(closed, ticket)
        self._check_who(praised, other)

    def test_another_filter_looks_anew(self):
        lead = self._lead(city="Beirut")
        journey = self._start_with([("city", "=", "Nowhere")])
        self._check_who(journey, lead.browse())
        self.env.cr.execute(
            "UPDATE crm_journey_node SET domain = %s WHERE journey_id = %s AND kind = 'trigger'",
            [repr([("city", "=", "Beirut")]), journey.id],
        )
        self.env.invalidate_all()
        self._check_who(journey, lead)
