from odoo import api, fields, models
from odoo.exceptions import UserError

READERS = "sales_team.group_sale_salesman"


class CrmLifecycleStage(models.Model):
    """A stage of the relation with a customer, from subscriber to advocate.

    The order of the stages says what is further. Stages of customers who drift away (at risk,
    lost) stand at the end, but are no progress: `is_decline`.
    """

    _name = "crm.lifecycle.stage"
    _description = "Lifecycle Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(
        translate=True, help="What the stage means, and how its customers are looked after."
    )
    is_decline = fields.Boolean(
        string="Drifting Away",
        help="Customers in this stage are about to leave, or have left. When two contacts are"
        " merged, a stage that is no decline is kept.",
    )
    rule_ids = fields.One2many(
        "crm.lifecycle.rule", "stage_id", string="Rules that Lead Here", groups=READERS
    )
    customer_count = fields.Integer(
        string="Customers", compute="_compute_customer_count", groups=READERS
    )
    entered_count = fields.Integer(
        string="Entered in 30 Days",
        compute="_compute_move_counts",
        groups=READERS,
        help="Moves into the stage in the last 30 days.",
    )
    left_count = fields.Integer(
        string="Left in 30 Days",
        compute="_compute_move_counts",
        groups=READERS,
        help="Moves out of the stage in the last 30 days.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("lifecycle_stage_id", "in", self.ids)], ["lifecycle_stage_id"], ["__count"]
            )
        )
        for stage in self:
            stage.customer_count = counts.get(stage, 0)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_move_counts(self):
        Move = self.env["crm.lifecycle.move"]
        for name, field in (("entered_count", "to_stage_id"), ("left_count", "from_stage_id")):
            counts = dict(
                Move._read_group(
                    [(field, "in", self.ids), ("moved_at", ">=", "today -30d")],
                    [field],
                    ["__count"],
                )
            )
            for stage in self:
                stage[name] = counts.get(stage, 0)

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: also contacts, moves and rules that the user may not see need their stage
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        Move = self.env["crm.lifecycle.move"].sudo()
        Rule = self.env["crm.lifecycle.rule"].sudo().with_context(active_test=False)
        for stage in self:
            if (
                Partner.search_count([("lifecycle_stage_id", "=", stage.id)], limit=1)
                or Move.search_count(
                    ["|", ("from_stage_id", "=", stage.id), ("to_stage_id", "=", stage.id)],
                    limit=1,
                )
                or Rule.search_count(
                    ["|", ("stage_id", "=", stage.id), ("from_stage_ids", "in", stage.ids)],
                    limit=1,
                )
            ):
                raise UserError(
                    self.env._(
                        "Customers are or were in the stage “%(stage)s”, or a rule leads to it or"
                        " from it. Archive it instead.",
                        stage=stage.name,
                    )
                )

    def action_view_customers(self):
        """Open the customers who are in this stage."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_partner_form")
        return {
            **action,
            "name": self.name,
            "display_name": self.name,
            "domain": [("lifecycle_stage_id", "=", self.id)],
            "context": {},
        }

    def action_view_moves(self):
        """Open the moves into this stage and out of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_lifecycle_move_action"
        )
        return {
            **action,
            "domain": ["|", ("from_stage_id", "=", self.id), ("to_stage_id", "=", self.id)],
            "context": {},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _get_rank(self):
        """Return what sorts stages by how far they are; a decline is no progress."""
        self.ensure_one()
        return not self.is_decline, self.sequence, self.id

    def _get_earlier(self):
        """Return the stages before this one, archived ones too."""
        self.ensure_one()
        # pylint: disable-next=no-search-all
        stages = self.with_context(active_test=False).search([])
        place = (self.sequence, self.id)
        return stages.filtered(lambda stage: (stage.sequence, stage.id) < place)
