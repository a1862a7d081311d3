from odoo import api, fields, models


class CrmKnowledgeCategory(models.Model):
    """A shelf of the help centre: customers read its name, so it is none of our ticket categories.

    Those are named on it, so that a ticket finds the articles that are about it.
    """

    _name = "crm.knowledge.category"
    _description = "Article Category"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    description = fields.Char(
        translate=True, help="One sentence under the name, on the page of the help centre."
    )
    ticket_category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Ticket Categories",
        help="Agents who answer tickets of these categories are offered these articles first.",
    )
    article_ids = fields.One2many("crm.knowledge.article", "category_id", "Shelf")
    article_count = fields.Integer("Articles", compute="_compute_article_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_article_count(self):
        groups = self.env["crm.knowledge.article"]._read_group(
            [("category_id", "in", self.ids)], ["category_id"], ["__count"]
        )
        counts = {category.id: count for category, count in groups}
        for category in self:
            category.article_count = counts.get(category.id, 0)

    def action_open_articles(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_knowledge_article_action"
        )
        action["display_name"] = self.display_name
        action["domain"] = [("category_id", "=", self.id)]
        action["context"] = {"default_category_id": self.id}
        return action
