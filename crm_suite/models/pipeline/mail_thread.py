import codecs

from odoo import api, models

NUL = "\x00"


def repair_charsets(message):
    """Replace charsets that do not exist in the parts of a mail by one that fits the content.

    :param message: an `email.message.EmailMessage`, changed in place
    """
    for part in message.walk():
        charset = part.get_content_charset()
        if part.is_multipart() or not charset:
            continue
        try:
            codecs.lookup(charset)
        except (LookupError, ValueError):
            content = part.get_payload(decode=True) or b""
            try:
                content.decode()
                part.set_param("charset", "utf-8")
            except UnicodeDecodeError:
                part.set_param("charset", "cp1252")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_parse(self, message, save_original=False):
        """Read also mails with an unknown charset or with NUL characters.

        A mail that fails here or in the database, which stores no NUL, is lost: the mail server
        counts it as read.
        """
        repair_charsets(message)
        parsed = super().message_parse(message, save_original=save_original)
        for key, value in parsed.items():
            if isinstance(value, str):
                parsed[key] = value.replace(NUL, "")
        parsed["attachments"] = [
            attachment._replace(fname=(attachment.fname or "").replace(NUL, ""))
            for attachment in parsed.get("attachments") or []
        ]
        return parsed
