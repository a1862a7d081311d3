from odoo import api, fields, models
from odoo.exceptions import AccessError


class RatingRating(models.Model):
    """Ratings of tickets come from customers through the survey, and from nowhere else.

    In core every employee may read, write and create every rating.
    """

    _name = "rating.rating"
    _inherit = ["rating.rating"]

    ticket_id = fields.Many2one(
        "crm.ticket",
        compute="_compute_ticket_id",
        store=True,
        index="btree_not_null",
        ondelete="cascade",
    )

    # ------------------------------------------------------------------ compute

    @api.depends("res_model", "res_id")
    def _compute_ticket_id(self):
        for rating in self:
            is_ours = rating.res_model == "crm.ticket" and rating.res_id
            rating.ticket_id = rating.res_id if is_ours else False

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._check_from_customer()
        return ratings

    def write(self, vals):
        self._check_from_customer()
        res = super().write(vals)
        self._check_from_customer()
        return res

    def _check_from_customer(self):
        if not self.env.su and any(rating.res_model == "crm.ticket" for rating in self):
            raise AccessError(self.env._("Only customers rate tickets, by answering the survey."))
