from odoo import api, models
from odoo.tools.mail import html_to_inner_content

# More than a row of the timeline shows, and short enough to be read fast
LONGEST_NOTE = 500


class CrmInteraction(models.Model):
    _name = "crm.interaction"
    _inherit = ["crm.interaction", "crm.search.mixin"]

    # serves the timeline of a lead without contact
    _lead_date_idx = models.Index("(lead_id, date DESC, id DESC) WHERE lead_id IS NOT NULL")

    @api.model
    def _get_search_fields(self):
        return [*super()._get_search_fields(), "name", "note", "next_step"]

    def _prepare_search_text(self):
        return {
            "names": [
                self.name,
                html_to_inner_content(self.note)[:LONGEST_NOTE] if self.note else "",
                self.next_step,
            ]
        }
