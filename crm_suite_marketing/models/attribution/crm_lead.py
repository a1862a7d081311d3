from odoo import api, fields, models

# what makes another customer of a lead, and what tells where he came from
WATCHED = {
    "campaign_id",
    "company_id",
    "email_normalized",
    "medium_id",
    "partner_id",
    "source_id",
}
CHANNEL = ("campaign_id", "source_id", "medium_id")


class CrmLead(models.Model):
    _inherit = "crm.lead"

    origin_ids = fields.One2many(
        "crm.lead.origin",
        "lead_id",
        string="Origins of Merged Leads",
        readonly=True,
        groups="sales_team.group_sale_salesman_all_leads",
    )

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        self.env["crm.attribution.queue"]._add_leads(leads)
        return leads

    def _write_multi(self, vals_list):
        """Stored computed fields are written here and nowhere else."""
        if any(not WATCHED.isdisjoint(values) for values in vals_list):
            Queue = self.env["crm.attribution.queue"]
            Queue._add_leads_now(self)
            Queue._add_leads(self)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["crm.attribution.queue"]._add_leads_now(self)
        return super().unlink()

    def _merge_dependences(self, opportunities):
        """Keep where the leads that go came from."""
        result = super()._merge_dependences(opportunities)
        # sudo: users write no origins by hand
        Origin = self.env["crm.lead.origin"].sudo()
        gone = opportunities.sudo()
        gone.origin_ids.lead_id = self
        Origin.create(
            [
                {
                    "lead_id": self.id,
                    "name": lead.name,
                    "date": lead.create_date,
                    **{name: lead[name].id for name in CHANNEL},
                }
                for lead in gone
                if any(lead[name] for name in CHANNEL)
            ]
        )
        return result
