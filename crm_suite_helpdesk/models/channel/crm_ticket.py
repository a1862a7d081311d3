from odoo import api, fields, models

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE


class CrmTicket(models.Model):
    """By which door a ticket came in."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    channel = fields.Selection(
        [
            ("agent", "Entered by us"),
            ("email", "Email"),
            ("portal", "Portal"),
            ("form", "Web form"),
            ("phone", "Phone"),
            ("chat", "Live chat"),
            ("api", "Other program"),
        ],
        default="agent",
        required=True,
    )

    # ------------------------------------------------------------------ what customers open

    @api.model
    def _open_for_customer(self, partner, subject, body, attachments=(), **values):
        """A ticket that a customer opened himself, with his request as its opening message.

        :param partner: empty for somebody whom we do not know; `email_from` in `values` is his
        :param subject: plain text
        :param body: HTML, as Markup
        :param attachments: (name, content as bytes)
        :param values: more fields of the ticket, as its channel
        """
        ticket = self._store_for_customer(partner, subject, body, attachments, **values)
        ticket._customer_opened()
        return ticket

    @api.model
    def _store_for_customer(self, partner, subject, body, attachments=(), **values):
        """The same for a request that nobody answers by itself, as spam is none."""
        ticket = self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, crm_form_rules=KEEP_INCOMPLETE
        ).create(
            {
                "name": subject,
                "description": body,
                "partner_id": partner.id,
                "team_id": self.env["crm.ticket.team"]._get_default_team(self.env.company).id,
                **values,
            }
        )
        ticket.message_subscribe(partner.ids)
        ticket.message_post(
            body=body,
            # never the user under whose name a door writes
            author_id=partner.id,
            email_from=partner.email_formatted or ticket.email_from or "",
            message_type="comment",
            subtype_id=ticket._creation_subtype().id,
            attachments=list(attachments),
        )
        return ticket

    def _customer_opened(self):
        """A customer has opened this ticket through whatever door, and his request is stored."""
