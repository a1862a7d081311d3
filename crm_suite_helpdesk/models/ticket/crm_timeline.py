from odoo import models

from odoo.addons.crm_suite.lib.timeline import TimelineSource
from odoo.addons.crm_suite.models.timeline import sql


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
                can_search=True,
            ),
        ]

    def _ticket_keys(self, query):
        return self._make_keys(
            query,
            "crm.ticket",
            date_field="opened_at",
            customer_field="commercial_partner_id",
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_raw_text(column("number")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _ticket_rows(self, tickets):
        return {
            ticket.id: {
                "title": ticket.display_name,
                "label": self.env._("Ticket"),
                "preview": self._shorten(ticket.description),
                "author": self._get_name(ticket.user_id),
                "state": ticket.stage_id.name or "",
            }
            for ticket in tickets
        }
