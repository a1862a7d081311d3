from odoo import api, fields, models

FIT_GRADES = [(letter, letter) for letter in "ABCD"]
ENGAGEMENT_GRADES = [(number, number) for number in "1234"]
LEVELS = [("cold", "Cold"), ("warm", "Warm"), ("hot", "Hot")]


class CrmContactScore(models.Model):
    """How interesting a contact is, and how interested: one row for each that has points.

    Rows are written by `crm.contact.score.engine` only. A contact without a row has no points.
    """

    _name = "crm.contact.score"
    _description = "Contact Score"
    _order = "total desc, id desc"
    _rec_name = "partner_id"
    # written in bulk by the engine alone
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, ondelete="cascade"
    )
    engagement = fields.Float(
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Points for what the contact did, as they count today.",
    )
    fit = fields.Float(
        digits=(16, 1), readonly=True, aggregator="avg", help="Points for who the contact is."
    )
    total = fields.Float(digits=(16, 1), readonly=True, aggregator="avg")
    fit_grade = fields.Selection(
        FIT_GRADES, readonly=True, help="A: who fits best. D: who fits least."
    )
    engagement_grade = fields.Selection(
        ENGAGEMENT_GRADES, readonly=True, help="1: who does most. 4: who does least."
    )
    grade = fields.Char(readonly=True, help="Letter: how well he fits. Number: how much he does.")
    level = fields.Selection(LEVELS, readonly=True, help="By the total of points.")
    as_of = fields.Date(readonly=True)
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    company_name = fields.Char(related="partner_id.commercial_company_name", string="Company Name")
    country_id = fields.Many2one(related="partner_id.country_id")
    entry_ids = fields.One2many(
        "crm.contact.score.entry",
        compute="_compute_entry_ids",
        search="_search_entry_ids",
        string="Reasons",
    )
    hit_ids = fields.One2many(
        "crm.contact.score.hit", compute="_compute_hit_ids", string="Thresholds Reached"
    )

    _partner_uniq = models.UniqueIndex("(partner_id)")
    _total_idx = models.Index("(total DESC, id DESC)")

    @api.depends("partner_id")
    def _compute_entry_ids(self):
        entries = self.env["crm.contact.score.entry"].search(
            [("partner_id", "in", self.partner_id.ids)]
        )
        by_partner = entries.grouped("partner_id")
        for score in self:
            score.entry_ids = by_partner.get(score.partner_id, False)

    def _search_entry_ids(self, operator, value):
        return self._search_of_contact("crm.contact.score.entry", operator, value)

    def _search_of_contact(self, model, operator, value):
        """Return the domain of the scores whose contact has rows of a model that match."""
        if operator not in ("in", "any"):
            return NotImplemented
        rows = self.env[model]
        domain = value if operator == "any" else [("id", "in", value)]
        query = rows._search(domain)
        partner = rows._field_to_sql(query.table, "partner_id", query)
        return [("partner_id", "in", query.subselect(partner))]

    @api.depends("partner_id")
    def _compute_hit_ids(self):
        hits = self.env["crm.contact.score.hit"].search(
            [("partner_id", "in", self.partner_id.ids), ("state", "!=", "skipped")]
        )
        by_partner = hits.grouped("partner_id")
        for score in self:
            score.hit_ids = by_partner.get(score.partner_id, False)

    def action_recompute(self):
        """Score all contacts now."""
        return self.env["crm.contact.score.engine"]._start()

    def action_view_contact(self):
        """Open the contact."""
        self.ensure_one()
        return self.partner_id.get_formview_action()
