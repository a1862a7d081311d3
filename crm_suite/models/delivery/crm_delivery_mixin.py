from odoo import models


class CrmDeliveryMixin(models.AbstractModel):
    """A record that sends mails which must go once: never twice, and never lost.

    Inherit it beside ``mail.thread``, say in `_is_sent_once` which messages are meant, and hear in
    `_on_delivery` what became of them. The mails are written to disk with the transaction that
    posts the message, and handed over afterwards by ``mail.mail._deliver_once``.
    """

    _name = "crm.delivery.mixin"
    _description = "Record whose Mails Go Once"

    def _is_sent_once(self, message):
        """Return whether the mails of a message go once.

        :param message: ``mail.message`` on this record
        """
        return False

    def _check_delivery(self, mail):
        """Return whether the mail may still go. Asked right before it is handed over, in a
        transaction that sees everything that is committed. Whoever says no has taken care
        of the record; the mail is cancelled.
        """
        self.ensure_one()
        return True

    def _on_delivery(self, mail, state, reason):
        """Hear what became of a mail, in the transaction that notes it on the mail.

        :param str state: ``sent``, ``failed`` (it has surely not gone) or ``uncertain``
        :param str reason: why it failed, else an empty text
        """
        self.ensure_one()

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if self and self._is_sent_once(message):
            values["is_sent_once"] = True
        return values
