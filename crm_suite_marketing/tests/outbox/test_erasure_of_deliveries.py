from odoo.tests import tagged
from odoo.tools import SQL

from .common import OutboxCommon

ADDRESS = "amal@customer.example.com"
NUMBER = "+32456000001"
# Odoo's, in which we write
OTHERS = ("mailing_trace", "mail_blacklist", "phone_blacklist", "link_tracker_click", "sms_sms")


@tagged("post_install", "-at_install")
class TestErasureOfDeliveries(OutboxCommon):
    """Whoever is erased is in no table of ours: not by address, number or contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.texts = (cls._create_mailing() for _each in range(3))

    def _tables(self):
        ours = {
            model._table
            for model in self.env.values()
            if model._original_module == "crm_suite_marketing"
        }
        rows = self.env.execute_query(
            SQL(
                """SELECT table_name FROM information_schema.tables
                    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                      AND table_name = ANY(%s)""",
                [*ours, *OTHERS],
            )
        )
        return [row[0] for row in rows]

    def _find(self, table):
        """Return the rows of a table that tell of Amal."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL("SELECT to_jsonb(one)::text, to_jsonb(one) FROM %s one", SQL.identifier(table))
        )
        return [
            text
            for text, row in rows
            if ADDRESS in text.lower()
            or NUMBER[1:] in text
            or row.get("partner_id") == self.amal.id
            or (row.get("model"), row.get("res_id")) == ("res.partner", self.amal.id)
        ]

    def _erase_all(self):
        Wizard = self.env["crm.consent.erasure"].with_user(self.manager)
        for address, channel in ((ADDRESS.upper(), "email"), (NUMBER, "sms")):
            Wizard.create(
                {"address": address, "channel": channel, "reason": "request 9"}
            ).action_erase()

    def _text(self, partner):
        """A text message as Odoo's own engine leaves it."""
        sms = self.env["sms.sms"].create({"number": partner.phone_sanitized, "state": "error"})
        return self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.texts.id,
                "trace_type": "sms",
                "model": "res.partner",
                "res_id": partner.id,
                "sms_number": partner.phone_sanitized,
                "sms_id_int": sms.id,
                "trace_status": "sent",
            }
        )

    def test_nothing_is_left_and_the_figures_add_up(self):
        self._launch(self.first + self.second)
        of_amal = [("res_id", "=", self.amal.id)]
        sent = self._rows(self.first).filtered_domain(of_amal)
        uncertain = self._rows(self.second).filtered_domain(of_amal)
        self._set_state(sent, "sent", detail=f"250 {ADDRESS}")
        self._set_state(uncertain, "uncertain")
        sent.trace_id.mail_mail_id = self.env["mail.mail"].create({"email_to": ADDRESS})
        text = self._text(self.amal)
        # of an earlier try
        self.env["sms.sms"].create(
            {"number": NUMBER, "state": "canceled", "mailing_id": self.texts.id}
        )
        visit = {"method": "GET", "agent": "Browser", "network": "192.0.2.7"}
        Engagement = self.env["crm.engagement"]
        Engagement._record_visit("open", visit, outbox_id=sent.id)
        Engagement._record_visit("click", visit, trace_id=text.id)
        self.env["mail.blacklist"]._add(ADDRESS, message=f"550 no {ADDRESS}")
        self.env["phone.blacklist"]._add([NUMBER])
        self.env["crm.attribution.queue"].create({"key": f"e{ADDRESS}"})
        self.link_to(ADDRESS, self.first)
        self.env["crm.consent.request"]._ask(ADDRESS, self.double)
        self.assertIn(ADDRESS, str(self.env["mail.mail"].search([]).mapped("email_to")))
        self.assertGreater(sum(bool(self._find(table)) for table in self._tables()), 9)
        record = self.consent.with_user(self.marketer)._get_record(
            [(ADDRESS, "email"), (NUMBER, "sms")]
        )
        self.assertEqual(
            [len(record[part]) for part in ("messages", "messages_of_odoo", "events")], [2, 1, 2]
        )
        self.assertIn("192.0.2.7", str(record["events"]))
        counts = [mailing.targeted_count for mailing in self.first + self.second]
        self._erase_all()
        self.env["crm.attribution"]._rebuild()
        self.env.cr.execute("DELETE FROM crm_attribution_queue WHERE key LIKE 'p%'")
        found = {table: self._find(table) for table in self._tables()}
        self.assertFalse({table: rows for table, rows in found.items() if rows})
        self.assertFalse(self.env["mail.mail"].search([("email_to", "ilike", ADDRESS)]))
        self.assertEqual([one.targeted_count for one in self.first + self.second], counts)
        for mailing in self.first + self.second:
            self._assert_reconciles(mailing)
        # that something happened stays, without facts
        events = Engagement.search([("outbox_id", "=", sent.id)]) | Engagement.search(
            [("trace_id", "=", text.id)]
        )
        self.assertEqual(set(events.mapped("kind")), {"open", "click"})
        self.assertFalse(any(events.mapped("evidence")))
        # the ledger blocks, also what a person sends again
        self.assertEqual(self.refusal(ADDRESS), "withdrawn")
        self.assertEqual(self.refusal(NUMBER, channel="sms"), "withdrawn")
        row = {"id": uncertain.id, "identity": None, "res_id": None, "model": uncertain.model}
        fates = self.second.sudo()._ask_before_sending([row])
        self.assertNotEqual(fates.get(uncertain.id), None)
        # others keep theirs
        of_emre = self._rows(self.first).filtered_domain([("res_id", "=", self.emre.id)])
        self.assertEqual(of_emre.identity, "emre@customer.example.com")
