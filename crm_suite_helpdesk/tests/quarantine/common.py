import hashlib
from contextlib import contextmanager
from unittest.mock import patch

from ..intake.test_mail_to_ticket import MailCommon


class QuarantineCommon(MailCommon):
    """A desk whose mails are looked for wherever they may have gone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.mail.quarantine"].search([]).unlink()
        cls.env["crm.blocked.sender"].search([]).unlink()

    def process(self, raw, model="crm.ticket"):
        """Hand a mail to the gateway; returns where it is."""
        self.env["mail.thread"].message_process(model, raw)
        self.env.flush_all()
        return self.find(raw)

    def find(self, raw):
        """The message, row of the quarantine or machine mail that a mail became."""
        row = self.quarantined(raw)
        if row and row.state != "done":
            return row
        message_id = self.message_id(raw)
        Message = self.env["mail.message"]
        return (
            Message.search([("message_id", "=", message_id)])
            or row
            or self.env["crm.machine.mail"].search([("message_id", "=", message_id)])
        )

    def message_id(self, raw):
        import email
        import email.policy

        from odoo.addons.crm_suite.lib import mail_reader

        if mail_reader.is_too_deep(raw):
            raw = mail_reader.wrap_raw(raw)
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        return self.env["mail.thread"].message_parse(message)["message_id"]

    def quarantined(self, raw):
        digest = hashlib.sha256(raw).hexdigest()
        return self.env["crm.mail.quarantine"].search([("digest", "=", digest)])

    @contextmanager
    def broken(self, method="_prepare_mail_values", error=ZeroDivisionError("broken")):  # noqa: B008
        """As long as this lasts, no mail becomes a ticket."""
        with patch.object(self.registry["crm.ticket"], method, side_effect=error):
            yield
