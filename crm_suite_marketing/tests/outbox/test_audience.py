from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OutboxCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestAudience(OutboxCommon):
    """Whom a launch writes rows for, and why some get nothing."""

    def test_a_segment(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        self.assertEqual(
            self._results(mailing),
            {
                "Amal": "planned",
                "Basil": "planned",
                "Basil's assistant": "duplicate",
                "Celine": "blacklist",
                "Dalia": "missing",
                "Emre": "planned",
            },
        )
        self.assertEqual(mailing.state, "sending")
        self.assertTrue(mailing.launched_at)
        self.assertEqual(mailing.launched_by_id, self.marketer)
        self._assert_reconciles(mailing)
        basil = self._rows(mailing).filtered(lambda row: row.res_id == self.basil.id)
        self.assertEqual(basil.idem_key, f"m{mailing.id}:basil@customer.example.com")
        self.assertEqual(basil.address, '"Basil" <basil@customer.example.com>')
        self.assertEqual(basil.partner_id, self.basil)
        self.assertEqual(basil.trace_id, self._trace(mailing, self.basil))
        self.assertEqual(basil.trace_id.trace_status, "outgoing")
        self.assertEqual(self._trace(mailing, self.dalia).failure_type, "mail_email_missing")
        self.assertEqual(mailing.canceled, 3)
        self.assertEqual(mailing.scheduled, 3)

    def test_whoever_prefers_another_channel_is_left_out(self):
        self.amal.preferred_channel = "phone"
        self.emre.preferred_channel = "email"
        mailing, to_all = self._create_mailing(keeps_preference=True), self._create_mailing()
        self._launch(mailing + to_all)
        results = self._results(mailing)
        self.assertEqual((results["Amal"], results["Emre"]), ("channel", "planned"))
        self.assertEqual(results["Basil"], "planned", "he has no preference")
        self.assertEqual(self._trace(mailing, self.amal).failure_type, "mail_channel")
        self.assertEqual(self._results(to_all)["Amal"], "planned")
        self._assert_reconciles(mailing)
        call = self._create_mailing_to(
            self.amal + self.emre, mailing_type="sms", body_plaintext="Hi", keeps_preference=True
        )
        self.emre.phone = "+962 79 555 0141"
        with self.assertRaisesRegex(UserError, "reached"):
            call.action_send_mail()

    def test_the_audience_is_frozen(self):
        """Core looks anew for recipients each time its job goes on."""
        mailing = self._create_mailing()
        self._launch(mailing)
        before = self._results(mailing)
        self.faris.category_id = self.tag
        self.amal.category_id = False
        self.segment._evaluate()
        self._run_core_queue()
        self.assertEqual(self._results(mailing), before)

    def test_a_second_launch_doubles_nobody(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        rows = self._rows(mailing)
        self._set_state(rows.filtered(lambda row: row.state == "planned"), "sent")
        self._run_core_queue()
        self.assertEqual(mailing.state, "done")
        sent_date = mailing.sent_date
        self.assertTrue(sent_date)
        self.assertTrue(mailing.kpi_mail_required)
        self.faris.category_id = self.tag
        self._launch(mailing)
        added = self._rows(mailing) - rows
        self.assertEqual(added.mapped("record_name"), ["Faris"])
        self.assertEqual(self._rows(mailing, "sent"), rows.filtered(lambda r: r.state == "sent"))
        self.assertEqual(len(mailing.mailing_trace_ids), 7)

    def test_direct_sending_again_plans_nobody_again(self):
        mailing = self._create_mailing()
        mailing.action_send_mail()
        mailing.action_send_mail()
        mailing.action_send_mail(self.amal.ids)
        self.assertEqual(len(self._rows(mailing, "planned")), 3)

    def test_chosen_records_only_among_those_meant(self):
        mailing = self._create_mailing()
        with self.assertRaises(UserError):
            mailing.action_send_mail([*self.faris.ids, "1 OR 1=1"])
        mailing.action_send_mail((self.amal + self.faris).ids)
        self.assertEqual(self._results(mailing), {"Amal": "planned"})

    def test_an_address_that_another_record_took_is_a_duplicate(self):
        mailing = self._create_mailing_to(self.amal)
        self._launch(mailing)
        twin = self.amal.copy({"name": "Twin", "email": "AMAL@customer.example.com "})
        mailing.sudo().state = "draft"
        mailing.mailing_domain = repr([("id", "in", (self.amal + twin).ids)])
        self._launch(mailing)
        self.assertEqual(self._results(mailing), {"Amal": "planned", "Twin": "duplicate"})

    def test_who_was_left_out_has_a_name(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        row = self._rows(mailing).filtered(lambda one: one.res_id == self.dalia.id)
        self.assertEqual((row.reason, row.address), ("missing", False))
        self.assertEqual(row.with_user(self.marketer).display_name, "Dalia")
        self.dalia.unlink()
        row.invalidate_recordset()
        self.assertTrue(row.display_name)

    def test_consent_is_asked(self):
        self.say(AMAL, "granted", self.offers)
        self.say("basil@customer.example.com", "withdrawn", self.offers)
        self.env["crm.suppressed.domain"].create({"domain": "rival.example.org", "reason": "x"})
        rival = self.env["res.partner"].create({"name": "Rival", "email": "x@rival.example.org"})
        everybody = self.amal + self.basil + self.celine + self.emre + rival
        for mailing in (
            self._create_mailing(purpose_id=self.offers.id),
            self._create_mailing_to(everybody, purpose_id=self.offers.id),
        ):
            self._launch(mailing)
            found = self._results(mailing)
            self.assertEqual(found["Amal"], "planned")
            self.assertEqual(found["Basil"], "withdrawn")
            self.assertEqual(found["Celine"], "blacklist")
            self.assertEqual(found["Emre"], "no_consent")
        self.assertEqual(found["Rival"], "domain")
        self.assertEqual(self._trace(mailing, self.emre).failure_type, "mail_no_consent")

    def test_a_mailing_list(self):
        first = self.make_list("First", "amal@list.example.com", "BOB@list.example.com", False)
        second = self.make_list("Second", "bob@list.example.com")
        left = first.contact_ids.filtered(lambda one: one.email == "amal@list.example.com")
        left.subscription_ids.opt_out = True
        odd = self.env["mailing.contact"].create(
            {
                "name": 'He said "\\hi" \n',
                "email": "x@münchen.example",
                "list_ids": [Command.link(first.id)],
            }
        )
        mailing = self._create_mailing(
            segment_id=False, contact_list_ids=[Command.set((first + second).ids)]
        )
        self._launch(mailing)
        rows = self._rows(mailing)
        found = sorted((row.identity or "", row.reason or row.state) for row in rows)
        self.assertEqual(
            found,
            [
                ("", "missing"),
                ("amal@list.example.com", "list"),
                ("bob@list.example.com", "duplicate"),
                ("bob@list.example.com", "planned"),
                ("x@münchen.example", "planned"),
            ],
        )
        row = rows.filtered(lambda one: one.res_id == odd.id)
        self.assertEqual(row.address.count("\n"), 0)
        self.assertIn('\\"\\\\hi\\"', row.address)
        self.assertEqual(row.identity_key, self.consent._hash(row.identity, "email"))
        self._assert_reconciles(mailing)

    def test_contacts_of_mailing_lists_by_a_filter(self):
        """Core writes to whoever has left, when the filter finds him."""
        first = self.make_list("First", "amal@list.example.com", "bob@list.example.com")
        amal, bob = first.contact_ids.sorted("email")
        self.make_list("Second").contact_ids = bob
        first.subscription_ids.opt_out = True
        by_list = [("list_ids", "in", first.ids)]
        by_person = [("id", "in", (amal + bob).ids)]
        for domain, expected in ((by_list, ["list", "list"]), (by_person, ["list", "planned"])):
            mailing = self._create_mailing(
                segment_id=False,
                mailing_model_id=self.env["ir.model"]._get_id("mailing.contact"),
                mailing_domain=repr([*domain, ("email", "like", "list.example.com")]),
            )
            mailing.with_user(self.marketer)._freeze_audience()
            rows = self._rows(mailing).sorted("identity")
            self.assertEqual([row.reason or row.state for row in rows], expected)

    def test_leads_by_their_contact_or_their_own_address(self):
        Lead = self.env["crm.lead"]
        leads = Lead.create(
            [
                {"name": "Of Amal", "partner_id": self.amal.id},
                {"name": "Unknown", "email_from": "New One <new@lead.example.com>"},
                {"name": "Nobody"},
            ]
        )
        self.marketer.group_ids = [
            Command.link(self.env.ref("sales_team.group_sale_salesman_all_leads").id)
        ]
        mailing = self._create_mailing_to(leads)
        self._launch(mailing)
        rows = {row.res_id: row for row in self._rows(mailing)}
        self.assertEqual(rows[leads[0].id].identity, AMAL)
        self.assertEqual(rows[leads[0].id].partner_id, self.amal)
        self.assertEqual(rows[leads[1].id].identity, "new@lead.example.com")
        self.assertEqual(rows[leads[2].id].reason, "missing")

    def test_hold_out_and_arms(self):
        contacts = self._create_contacts(
            *[(f"Contact {i}", f"arm{i}@customer.example.com", False) for i in range(60)]
        )
        one, other = (self._create_mailing_to(contacts) for _arm in range(2))
        ranges = {one.id: (0, 5000), other.id: (5000, 10000)}
        cls = type(self.env["mailing.mailing"])
        campaign = self.env["utm.campaign"].create({"name": "Arms"})
        (one + other).campaign_id = campaign
        self.patch(cls, "_get_bucket_range", lambda self: ranges[self.id])
        self.patch(cls, "_get_holdout_range", lambda self: (0, 1000))
        self._launch(one + other)
        first, second = (set(self._rows(one).mapped("identity")) for one in (one, other))
        held = {
            row.identity for row in self._rows(one) + self._rows(other) if row.reason == "holdout"
        }
        self.assertTrue(held)
        planned = [set(self._rows(m, "planned").mapped("identity")) for m in (one, other)]
        self.assertFalse(planned[0] & planned[1])
        self.assertEqual(len(planned[0] | planned[1] | held), 60)
        self.assertLessEqual(held, first | second)

    def test_nobody_to_reach_goes_back_to_draft_with_the_reason(self):
        nobody = self._create_mailing_to(self.dalia)
        none = self._create_mailing_to(self.env["res.partner"])
        fine = self._create_mailing()
        self._launch(nobody + none + fine)
        for mailing in nobody + none:
            self.assertEqual(mailing.state, "draft")
            self.assertFalse(self._rows(mailing))
            self.assertIn("Nobody", " ".join(mailing.message_ids.mapped("body")))
        self.assertEqual(fine.state, "sending")

    def test_hostile_domains_hurt_nobody_else(self):
        fine = self._create_mailing()
        bad = self.env["mailing.mailing"]
        for domain in (
            "[('no_such_field', '=', 1)]",
            "[('id', '=', 'x')]",
            "[('email', 'ilike')]",
            "__import__('os').system('true')",
            "[('id', 'in', [9999999999999999999])]",
            "[1, 2",
        ):
            mailing = self._create_mailing_to(self.amal)
            mailing.flush_recordset()
            self.env.cr.execute(
                "UPDATE mailing_mailing SET mailing_domain = %s WHERE id = %s", [domain, mailing.id]
            )
            mailing.invalidate_recordset()
            bad += mailing
        self._launch(bad + fine)
        self.assertEqual(set(bad.mapped("state")), {"draft"})
        self.assertFalse(self._rows(bad[0]))
        self.assertEqual(fine.state, "sending")

    def test_failed_segments_and_core_mailings_as_before(self):
        core = self._create_mailing(delivery_engine="core")
        self.assertEqual(len(self._send(core)), 3)
        self.assertFalse(self._rows(core))
        self.assertFalse(core.launched_at)
        self.assertEqual(core.state, "done")

    def test_the_engine_stays_once_launched(self):
        mailing = self._create_mailing()
        self._launch(mailing)
        with self.assertRaises(UserError):
            mailing.delivery_engine = "core"

    def test_queries_do_not_grow_with_the_list(self):
        """10,000 contacts are frozen by as many queries as a few."""
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO res_partner
               SELECT (jsonb_populate_record(partner, jsonb_build_object(
                          'id', nextval('res_partner_id_seq'),
                          'email_normalized', 'many' || n || '@many.example.com'))).*
                 FROM res_partner AS partner, generate_series(1, 10000) AS n
                WHERE partner.id = %s""",
            [self.amal.id],
        )
        counts = {}
        for name, domain in (
            ("few", [("id", "in", (self.amal + self.basil).ids)]),
            ("many", [("email_normalized", "like", "%@many.example.com")]),
        ):
            mailing = self._create_mailing_to(self.amal)
            mailing.mailing_domain = repr(domain)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mailing._freeze_audience()
            counts[name] = self.env.cr.sql_log_count - before
            found = len(self._rows(mailing))
        self.assertEqual(found, 10000)
        self.assertLessEqual(counts["many"], counts["few"] + 2)
        self.assertLess(counts["many"], 60)
