from odoo import models

from odoo.addons.crm_suite.lib.timeline import TimelineSource


class CrmTimeline(models.AbstractModel):
    _inherit = "crm.timeline"

    def _get_sources(self):
        return [
            *super()._get_sources(),
            TimelineSource(
                key="ticket",
                label=self.env._("Tickets"),
                icon="fa-life-ring",
                model="crm.ticket",
                keys=self._ticket_keys,
                rows=self._ticket_rows,
            ),
        ]

    def _get_mail_documents(self):
        return {**super()._get_mail_documents(), "crm.ticket": ("partner_id", [])}

    def _ticket_keys(self, partner_ids, before, limit):
        return self._keys_by_contact(
            "crm.ticket", partner_ids, before, limit, date_field="opened_at"
        )

    def _ticket_rows(self, tickets):
        return {
            ticket.id: {
                "title": ticket.display_name,
                "label": self.env._("Ticket"),
                "preview": self._shorten(ticket.description),
                "author": ticket.user_id.name or "",
                "state": ticket.stage_id.name or "",
            }
            for ticket in tickets
        }
