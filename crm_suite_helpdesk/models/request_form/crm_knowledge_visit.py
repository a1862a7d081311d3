from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..knowledge.crm_knowledge_visit import DECIDED_HOURS


class CrmKnowledgeVisit(models.Model):
    """Strangers who read an article and sent the form all the same."""

    _name = "crm.knowledge.visit"
    _inherit = ["crm.knowledge.visit"]

    @api.model
    def _get_form_ticket(self):
        return SQL(
            """
            (SELECT entry.ticket_id
               FROM crm_ticket_form_entry entry
              WHERE entry.visitor = visit.visitor AND entry.state = 'sent'
                AND entry.date >= visit.date AND entry.date < visit.date + %s
           ORDER BY entry.date LIMIT 1)
            """,
            timedelta(hours=DECIDED_HOURS),
        )
