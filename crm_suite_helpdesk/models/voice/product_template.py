from odoo import api, fields, models

VOICES = ("complaint", "suggestion", "praise")


class ProductTemplate(models.Model):
    """What customers say about a product, beside the product."""

    _name = "product.template"
    _inherit = ["product.template"]

    ticket_voice_count = fields.Integer(
        "Voices of Customers",
        compute="_compute_ticket_voice_count",
        groups="crm_suite_helpdesk.group_agent",
        help="Complaints, suggestions and praise about this product.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_ticket_voice_count(self):
        counts = {}
        groups = self.env["crm.ticket"]._read_group(
            self._get_voice_domain(), ["product_id"], ["__count"]
        )
        for product, count in groups:
            template = product.product_tmpl_id
            counts[template] = counts.get(template, 0) + count
        for template in self:
            template.ticket_voice_count = counts.get(template._origin, 0)

    def _get_voice_domain(self):
        variants = self.with_context(active_test=False).product_variant_ids
        return [("product_id", "in", variants.ids), ("kind", "in", VOICES)]

    def action_open_voices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action_voice"
        )
        action["display_name"] = self.env._("What customers say about %s", self.display_name)
        action["domain"] = self._get_voice_domain()
        action["context"] = {"default_product_id": self.product_variant_id.id}
        return action
