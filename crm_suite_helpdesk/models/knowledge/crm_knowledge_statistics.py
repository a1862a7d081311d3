from odoo import api, fields, models

AGENT = "crm_suite_helpdesk.group_agent"


class CrmKnowledgeStatistics(models.AbstractModel):
    """What readers made of an article."""

    _name = "crm.knowledge.statistics"
    _description = "Article Statistics"

    view_count = fields.Integer("Readers", compute="_compute_visit_counts", groups=AGENT)
    helped_count = fields.Integer("Helped", compute="_compute_visit_counts", groups=AGENT)
    unhelped_count = fields.Integer("Did Not Help", compute="_compute_visit_counts", groups=AGENT)
    helpfulness = fields.Float(
        "Helpful (%)",
        compute="_compute_visit_counts",
        groups=AGENT,
        help="Of those who answered whether it helped them.",
    )
    spared_count = fields.Integer(
        "Tickets Spared",
        compute="_compute_visit_counts",
        groups=AGENT,
        help="Readers for whom this was the last article, who did not say that it was of no help, "
        "and who wrote no ticket within a day.",
    )
    used_count = fields.Integer(
        "Used in Answers",
        compute="_compute_visit_counts",
        groups=AGENT,
        help="How many times agents put it into an answer.",
    )

    @api.depends_context("uid")
    def _compute_visit_counts(self):
        rows = self.env["crm.knowledge.visit"]._read_group(
            [("article_id", "in", self._origin.ids)],
            ["article_id"],
            ["readers:sum", "helped:sum", "unhelped:sum", "spared:sum", "used:sum"],
        )
        counts = {article.id: sums for article, *sums in rows}
        for article in self:
            views, helped, unhelped, spared, used = counts.get(article._origin.id, [0] * 5)
            article.view_count = views
            article.helped_count = helped
            article.unhelped_count = unhelped
            article.helpfulness = 100.0 * helped / (helped + unhelped) if helped + unhelped else 0.0
            article.spared_count = spared
            article.used_count = used
