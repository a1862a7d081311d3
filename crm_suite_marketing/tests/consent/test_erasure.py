import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestErasure(ConsentCommon):
    """The right to be forgotten, and not to be written to again."""

    def _erase(self, address, **values):
        return (
            self.env["crm.consent.erasure"]
            .with_user(self.manager)
            .create({"address": address, "reason": "request 17", **values})
        )

    def test_a_person_is_forgotten_and_left_alone(self):
        self.say(AMAL, "granted", self.offers, ip="192.0.2.7", user_agent="Browser", reason="Amal")
        self.say("x@example.com", "granted", self.offers, ip="192.0.2.8")
        self.link_to(AMAL)
        self.env["crm.consent.request"]._ask(AMAL, self.double)
        erasure = self._erase("AMAL@customer.example.com")
        self.assertEqual(erasure.entry_count, 2)
        erasure.action_erase()
        entries = self.entries_of(AMAL)
        self.assertEqual(len(entries), 3)
        for name in ("identity", "ip", "user_agent"):
            self.assertFalse(any(entries.mapped(name)), name)
        self.assertEqual(entries.mapped("reason"), [False, False, "request 17"])
        self.assertEqual(entries[-1].user_id, self.manager)
        self.assertFalse(any(self.row(AMAL, self.offers).mapped("identity")))
        for model in ("crm.consent.link", "crm.consent.request"):
            self.assertFalse(self.env[model].search([("identity", "=", AMAL)]))
        for purpose in (None, self.offers, self.news):
            self.assertEqual(self.refusal(AMAL, purpose), "withdrawn")
        # others, and the text that was shown, stay
        self.assertEqual(self.entries_of("x@example.com").ip, "192.0.2.8")
        self.assertEqual(entries[0].text, "Send me offers")

    def test_a_rebuild_still_leaves_him_alone(self):
        self.say(AMAL, "granted", self.offers)
        self._erase(AMAL).action_erase()
        self.consent._rebuild()
        self.assertEqual(self.refusal(AMAL, self.offers), "withdrawn")
        self.assertFalse(self.row(AMAL).identity)

    def test_the_ledger_is_closed_again_afterwards(self):
        entry = self.say("x@example.com", "granted", self.offers)
        self._erase(AMAL).action_erase()
        with (
            self.assertRaises(psycopg2.Error),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self.env.cr.execute("DELETE FROM crm_consent_entry WHERE id = %s", [entry.id])

    def test_the_reason_does_not_name_him(self):
        with self.assertRaises(UserError):
            self._erase(AMAL, reason=f"wish of {AMAL}").action_erase()
        with self.assertRaises(UserError):
            self._erase("nobody").action_erase()

    def test_the_proof_goes_too(self):
        proof = {"proof": b"cHJvb2Y=", "proof_name": "card.jpg"}
        others = [AMAL, "x@example.com"]
        for people in ([AMAL], others):
            self.consent._enter(people, "email", "granted", self.offers, proof, source="import")
        alone, shared = self.entries_of(AMAL).proof_id
        self._erase(AMAL).action_erase()
        self.assertFalse(alone.exists())
        # that of a list stays for the others
        self.assertEqual(self.entries_of("x@example.com").proof_id, shared)
        self.assertFalse(any(self.entries_of(AMAL).mapped("proof")))
        self.assertFalse(any(self.entries_of(AMAL).mapped("proof_name")))
