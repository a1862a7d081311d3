from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from . import conversation


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.ticket.document.mixin"]
    _ticket_link = "lead_id"

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: tickets follow their opportunity, whoever merges
        tickets = self.env["crm.ticket"].sudo().search([("lead_id", "in", opportunities.ids)])
        tickets.filtered(lambda ticket: ticket._may_be_about(self)).write({"lead_id": self.id})
        return result

    def _make_ticket(self, values, is_lost=False):
        """A ticket out of this lead. Both keep their history, and say what became of it.

        :param values: of the ticket, as the user chose them
        :param is_lost: whether the lead leaves the pipeline
        """
        self.ensure_one()
        self.check_access("write")
        ticket = (
            self.env["crm.ticket"]  # pylint: disable=context-overridden
            .with_context(clean_context(self.env.context))
            .create(
                {
                    "description": self.description,
                    "email_from": self.email_from,
                    "phone": self.phone,
                    "email_cc": self.email_cc,
                    "lead_id": self.id,
                    **self._get_custom_copies("crm.ticket"),
                    **values,
                }
            )
        )
        conversation.copy_files(self, ticket)
        ticket.message_post(
            body=Markup("<p>%s</p>%s")
            % (
                Markup(self.env._("This ticket was made of %s.")) % self._get_html_link(),
                conversation.quote(self),
            ),
            subtype_xmlid="mail.mt_note",
        )
        self.message_post(
            body=Markup(self.env._("The ticket %s was made of this."))
            % ticket._get_html_link(title=ticket.display_name),
            subtype_xmlid="mail.mt_note",
        )
        if is_lost:
            self.action_set_lost()
        return ticket

    def action_convert_to_ticket(self):
        self.ensure_one()
        if not self.env["crm.ticket"].has_access("create"):
            raise UserError(self.env._("Only agents of the helpdesk make tickets."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make a Ticket"),
            "res_model": "crm.lead.to.ticket",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_id": self.id, "dialog_size": "medium"},
        }
