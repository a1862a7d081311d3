from odoo import api, models
from odoo.tools import html2plaintext
from odoo.tools.mail import email_split_tuples

from ...lib.mail_signature import find_phone


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        values = self._prepare_contact_values(msg_dict)
        if "email_from" in values:
            # core would keep the name in the field of the address
            msg_dict = {**msg_dict, "email_from": values["email_from"]}
        return super().message_new(msg_dict, {**values, **(custom_values or {})})

    @api.model
    def _prepare_contact_values(self, msg_dict):
        """Return what a mail from a stranger tells about him: name, address, telephone."""
        if msg_dict.get("author_id"):
            return {}
        [(name, email), *_others] = email_split_tuples(msg_dict.get("from") or "") or [("", "")]
        values = {"contact_name": name, "email_from": email}
        if phone := find_phone(html2plaintext(msg_dict.get("body") or "")):
            country = self.env.company.country_id
            values["phone"] = (
                self._phone_format(number=phone, country=country, force_format="INTERNATIONAL")
                or phone
            )
        return {key: value for key, value in values.items() if value}
