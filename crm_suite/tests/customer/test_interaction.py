from datetime import timedelta

from lxml import etree
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import CustomerCase


class TestInteraction(CustomerCase):
    def _open_log_form(self, record, user):
        action = record.with_user(user).action_log_interaction()
        view = self.env["ir.ui.view"].browse(action["views"][0][0])
        return Form(
            self.env["crm.interaction"].with_user(user).with_context(**action["context"]), view=view
        )

    def test_what_has_happened_today_is_not_muted(self):
        arch = etree.fromstring(self.env["crm.interaction"].get_view(view_type="list")["arch"])
        names = {"now": "2026-05-05 12:00:00", "current_date": "2026-05-05", "today": "2026-05-05"}
        for date, is_to_come in (("2026-05-05 11:00:00", False), ("2026-05-05 13:00:00", True)):
            muted = safe_eval(arch.get("decoration-muted"), {**names, "date": date})
            self.assertEqual(muted, is_to_come, date)

    def test_two_clicks_on_a_contact(self):
        interaction = self._open_log_form(self.layla, self.omar).save()
        self.assertEqual(interaction.name, "Phone Call: Layla Haddad")
        self.assertEqual(interaction.partner_id, self.layla)
        self.assertEqual(interaction.commercial_partner_id, self.haddad)
        self.assertEqual(interaction.user_id, self.omar)
        self.assertEqual(interaction.company_id, self.company)

    def test_from_lead_order_and_invoice(self):
        lead = self.env["crm.lead"].create(
            {"name": "Desks", "partner_id": self.layla.id, "user_id": self.omar.id}
        )
        order = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "user_id": self.omar.id}
        )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.layla.id,
                "invoice_user_id": self.omar.id,
            }
        )
        for record, link in ((lead, "lead_id"), (order, "order_id"), (move, "move_id")):
            interaction = self._open_log_form(record, self.omar).save()
            self.assertEqual(interaction[link], record)
            self.assertEqual(interaction.partner_id, self.layla)
            self.assertEqual(record.interaction_ids, interaction)

    def test_lead_without_contact_brings_it_later(self):
        lead = self.env["crm.lead"].create(
            {"name": "Stranger", "contact_name": "Rami", "user_id": self.omar.id}
        )
        interaction = self._open_log_form(lead, self.omar).save()
        self.assertFalse(interaction.partner_id)
        self.assertEqual(interaction.name, "Phone Call: Stranger")
        lead.partner_id = self.karim
        self.assertEqual(interaction.partner_id, self.karim)
        self.assertEqual(interaction.commercial_partner_id, self.haddad)

    def test_lead_deleted(self):
        lead = self.env["crm.lead"].create({"name": "Stranger", "partner_id": False})
        alone = self._log(partner_id=False, lead_id=lead.id)
        known = self._log(lead_id=lead.id)
        lead.unlink()
        self.assertFalse(alone.exists())
        self.assertEqual(known.exists().partner_id, self.layla)
        self.assertFalse(known.lead_id)

    def test_merged_leads_keep_their_interactions(self):
        leads = self.env["crm.lead"].create(
            [{"name": f"Desks {number}", "type": "opportunity"} for number in range(2)]
        )
        first, second = (self._log(lead_id=lead.id) for lead in leads)
        merged = leads.merge_opportunity()
        self.assertEqual((first + second).lead_id, merged)

    def test_refused(self):
        now = fields.Datetime.now()
        for values, message in (
            ({"date": now + timedelta(days=2)}, "in the future"),
            ({"date": "0202-01-01 10:00:00"}, "too far in the past"),
            ({"duration": 900}, "longer than 24 hours"),
            ({"duration": float("nan")}, "longer than 24 hours"),
            ({"next_step": "Call"}, "by when"),
            ({"next_step_date": fields.Date.today()}, "what is to be done"),
            ({"partner_id": False}, "Choose the contact"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, message):
                self._log(**values)

    @mute_logger("odoo.sql_db")
    def test_negative_duration(self):
        with self.assertRaisesRegex(IntegrityError, "duration_not_negative"):
            self._log(duration=-1)
            self.env.flush_all()

    def test_import_reports_the_bad_row(self):
        fnames = ["name", "partner_id", "channel", "date", "duration", "outcome_id"]
        layla = "Haddad Trading, Layla Haddad"
        rows = [
            ["Called", layla, "Phone Call", "2024-05-01 10:00:00", "0.5", ""],
            ["Bad", layla, "Pigeon", "2024-05-01 10:00:00", "0.5", ""],
        ]
        result = self.env["crm.interaction"].load(fnames, rows)
        self.assertFalse(result["ids"])
        self.assertIn("Pigeon", result["messages"][0]["message"])
        self.assertFalse(self.layla.interaction_ids)
        result = self.env["crm.interaction"].load(fnames, rows[:1])
        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(self.layla.interaction_ids.channel, "phone")

    def test_contact_with_history_is_not_deleted(self):
        self._log(partner=self.karim)
        with self.assertRaisesRegex(UserError, "Karim Haddad.*Archive"):
            self.karim.unlink()


class TestNextStep(CustomerCase):
    def test_becomes_an_activity_of_the_most_specific_record(self):
        lead = self.env["crm.lead"].create(
            {"name": "Desks", "partner_id": self.layla.id, "user_id": self.omar.id}
        )
        step = {"next_step": "Send prices", "next_step_date": "2040-01-05"}
        on_contact = self._log(**step)
        on_lead = self._log(lead_id=lead.id, **step)
        for interaction, record in ((on_contact, self.layla), (on_lead, lead)):
            activity = record.activity_ids
            self.assertEqual(activity, interaction.next_activity_id)
            self.assertEqual(activity.summary, "Send prices")
            self.assertEqual(str(activity.date_deadline), "2040-01-05")
            self.assertEqual(activity.user_id, self.omar)

    def test_follows_the_interaction(self):
        interaction = self._log(next_step="Send prices", next_step_date="2040-01-05")
        activity = interaction.next_activity_id
        with Form(interaction.with_user(self.omar)) as form:
            form.next_step = "Send samples"
            form.next_step_date = "2040-02-01"
        self.assertEqual(self.layla.activity_ids, activity)
        self.assertEqual(activity.summary, "Send samples")
        self.assertEqual(str(activity.date_deadline), "2040-02-01")
        interaction.user_id = self.sami
        self.assertEqual(activity.user_id, self.sami)
        interaction.write({"next_step": False, "next_step_date": False})
        self.assertFalse(activity.exists())

    def test_done_is_not_opened_again(self):
        interaction = self._log(next_step="Send prices", next_step_date="2040-01-05")
        interaction.next_activity_id.action_feedback()
        self.assertEqual(interaction.next_step_state, "done")
        interaction.note = "<p>Sent</p>"
        self.assertFalse(self.layla.activity_ids)
        interaction.next_step = "Ask whether they arrived"
        self.assertEqual(self.layla.activity_ids.summary, "Ask whether they arrived")

    def test_on_what_the_user_may_plan(self):
        """An invoice of a colleague is closed to omar: the step goes to the contact."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.layla.id,
                "invoice_user_id": self.sami.id,
            }
        )
        interaction = self._log(move_id=move.id)
        interaction.with_user(self.omar).write(
            {"next_step": "Ask for payment", "next_step_date": "2040-01-05"}
        )
        self.assertEqual(interaction.next_activity_id.res_model, "res.partner")

    def test_shown_on_the_customer(self):
        self._log(next_step="Later", next_step_date="2040-03-01")
        self._log(partner=self.karim, next_step="Sooner", next_step_date="2040-02-01")
        done = self._log(next_step="Done", next_step_date="2040-01-01")
        done.next_activity_id.action_feedback()
        for contact in self.haddad + self.layla + self.karim:
            self.assertEqual(contact.interaction_next_step, "Sooner")
            self.assertEqual(str(contact.interaction_next_step_date), "2040-02-01")


class TestInteractionOfContact(CustomerCase):
    def test_count_and_last_date_are_of_the_customer(self):
        self._log(date="2024-01-01 10:00:00")
        self._log(partner=self.karim, date="2024-02-01 10:00:00")
        self._meet(self.layla, days=3)
        other = self.env["res.partner"].create({"name": "Other"})
        contacts = (self.haddad + self.layla + other).with_user(self.alia)
        self.assertEqual(contacts.mapped("interaction_count"), [3, 3, 0])
        self.assertEqual(
            [str(date) for date in contacts.mapped("last_interaction_date")],
            ["2024-02-01 10:00:00", "2024-02-01 10:00:00", "False"],
            "a planned meeting is not the last interaction",
        )

    def test_search_by_last_date(self):
        self._log(date="2024-02-01 10:00:00")
        other = self.env["res.partner"].create({"name": "Other"})
        domain = [("id", "in", (self.haddad + self.layla + other).ids)]
        Partner = self.env["res.partner"]
        for operator, value, expected in (
            ("<", "2024-03-01", self.haddad + self.layla),
            (">=", "2024-03-01", Partner),
            ("=", "2024-02-01 10:00:00", self.haddad + self.layla),
            ("=", False, other),
            ("!=", False, self.haddad + self.layla),
        ):
            found = Partner.search([*domain, ("last_interaction_date", operator, value)])
            self.assertEqual(found, expected, (operator, value))

    def test_queries_do_not_grow_with_the_contacts(self):
        def count_queries(number):
            partners = self.env["res.partner"].create(
                [{"name": f"Contact {number} {index}"} for index in range(number)]
            )
            for partner in partners:
                self._log(partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            partners.mapped("interaction_count")
            partners.mapped("last_interaction_date")
            partners.mapped("interaction_next_step")
            return self.cr.sql_log_count - before

        count_queries(1)
        self.assertEqual(count_queries(2), count_queries(20))


class TestInteractionRights(CustomerCase):
    def test_who_reads_what(self):
        by_omar = self._log(user=self.omar)
        by_sami = self._log(user=self.sami)
        unassigned = self._log()
        unassigned.user_id = False
        everything = by_omar + by_sami + unassigned
        for user, expected in (
            (self.omar, by_omar + unassigned),
            (self.sami, by_sami + unassigned),
            (self.nora, by_omar + unassigned),
            (self.alia, everything),
            (self.mona, everything),
        ):
            found = (
                self.env["crm.interaction"].with_user(user).search([("id", "in", everything.ids)])
            )
            self.assertEqual(
                found,
                expected.sorted(lambda record: (record.date, record.id), reverse=True),
                user.name,
            )

    def test_who_may_not(self):
        by_sami = self._log(user=self.sami)
        for user in self.omar, self.nora, self.cora, self.pia:
            with self.subTest(user.name):
                with self.assertRaises(AccessError):
                    by_sami.with_user(user).read(["name"])
                with self.assertRaises(AccessError):
                    by_sami.with_user(user).name = "Changed"
                with self.assertRaises(AccessError):
                    by_sami.with_user(user).unlink()

    def test_companies(self):
        here = self._log()
        there = self._log(company_id=self.berlin.id, user_id=self.berta.id)
        found = (
            self.env["crm.interaction"]
            .with_user(self.berta)
            .search([("id", "in", (here + there).ids)])
        )
        self.assertEqual(found, there)
        found = (
            self.env["crm.interaction"]
            .with_user(self.alia)
            .search([("id", "in", (here + there).ids)])
        )
        self.assertEqual(found, here)

    def test_outcomes_are_for_managers(self):
        outcome = self.env.ref("crm_suite.outcome_reached")
        outcome.with_user(self.mona).name = "Spoke with"
        with self.assertRaises(AccessError):
            outcome.with_user(self.alia).name = "Reached"
