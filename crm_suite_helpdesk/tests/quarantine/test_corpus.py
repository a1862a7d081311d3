from odoo.tests import tagged

from .common import QuarantineCommon
from .corpus import mails


@tagged("post_install", "-at_install")
class TestCorpus(QuarantineCommon):
    """Whatever arrives is a ticket, a message, or a row of the quarantine."""

    def test_nothing_is_lost(self):
        corpus = mails(self.address)
        self.assertGreater(len(corpus), 100)
        for name, raw in corpus.items():
            with self.subTest(name):
                found = self.process(raw)
                self.assertTrue(found, f"{name} is lost")
                self.assertEqual(len(found), 1)

    def test_most_of_it_becomes_tickets(self):
        """The quarantine is for what nobody can read, not an excuse."""
        kept = {}
        for name, raw in mails(self.address).items():
            found = self.process(raw)
            if found._name != "mail.message":
                kept[name] = found.reason
        self.assertEqual(
            kept,
            {
                "bounce": "bounce",
                "bounce-broken": "bounce",
                "answer-to-a-loop-notice": "loop",
            },
        )

    def test_all_of_it_once_more_changes_nothing(self):
        corpus = mails(self.address)
        counted = ("mail.message", "crm.ticket", "crm.mail.quarantine")
        for raw in corpus.values():
            self.env["mail.thread"].message_process("crm.ticket", raw)
        before = [self.env[model].search_count([]) for model in counted]
        for raw in corpus.values():
            self.env["mail.thread"].message_process("crm.ticket", raw)
        self.assertEqual([self.env[model].search_count([]) for model in counted], before)
