from odoo import api, fields, models

READERS = "sales_team.group_sale_salesman"


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    metric_ids = fields.One2many(
        "crm.customer.metric", "partner_id", string="Customer Figures", groups=READERS
    )
    metric_id = fields.Many2one(
        "crm.customer.metric",
        string="Figures",
        compute="_compute_metric_id",
        groups=READERS,
        help="The figures of the customer in the current company; those of a contact are the ones "
        "of the company that he works for.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_metric_id(self):
        metrics = self.env["crm.customer.metric"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_partner = {metric.partner_id: metric for metric in metrics}
        for partner in self:
            partner.metric_id = by_partner.get(partner.commercial_partner_id)

    def _write_multi(self, vals_list):
        """Documents follow their contact to another customer."""
        if any("commercial_partner_id" in values for values in vals_list):
            Touch = self.env["crm.customer.metric.touch"]
            Touch._collect_now("partner", self)
            Touch._collect("partner", self)
        return super()._write_multi(vals_list)
