from odoo import api, models
from odoo.tools import formatLang


class CrmCustomerPage(models.AbstractModel):
    """How well the contact fits and how much he does, beside where the customer stands."""

    _inherit = "crm.customer.page"

    @api.model
    def _read_standing(self, subject):
        standing = super()._read_standing(subject)
        score = self._read_score(subject.contact)
        if not score:
            return standing
        return {"chips": [*(standing or {}).get("chips", []), *score]}

    @api.model
    def _read_score(self, contact):
        if not self._may_read(contact, "score_grade", "score_total") or not contact.score_grade:
            return []
        return [
            {
                "key": "score",
                "label": self.env._("Score"),
                "value": contact.score_grade,
                "note": formatLang(self.env, contact.score_total, digits=1),
            }
        ]
