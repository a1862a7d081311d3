from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

SECONDS_A_DAY = 86400


class CrmLifecycleMove(models.Model):
    """How a customer moved from one stage to another, by whom or by which rule, and why.

    Rows are only added, by the system: nobody has the right to write one. A row is also the end
    of a stay: ``days`` were spent in the stage that was left.
    """

    _name = "crm.lifecycle.move"
    _description = "Lifecycle Move"
    _order = "moved_at desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    from_stage_id = fields.Many2one(
        "crm.lifecycle.stage", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    to_stage_id = fields.Many2one(
        "crm.lifecycle.stage", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    moved_at = fields.Datetime(
        string="Moved on", required=True, readonly=True, default=fields.Datetime.now
    )
    days = fields.Float(
        string="Days in the Stage Left", readonly=True, aggregator="avg", digits=(16, 1)
    )
    kind = fields.Selection(
        [("hand", "By Hand"), ("rule", "By a Rule"), ("merge", "By a Merge")],
        string="How",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Moved by", readonly=True, help="Empty for moves by a rule."
    )
    rule_id = fields.Many2one(
        "crm.lifecycle.rule", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    reason = fields.Text(readonly=True, help="What whoever moved the customer wrote.")
    evidence = fields.Char(
        compute="_compute_evidence", help="Why the customer moved: the rule, or the reason given."
    )
    # the document is named to those only who may read it
    res_model = fields.Char(
        string="Document Model", readonly=True, groups="base.group_system", index=False
    )
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", readonly=True, groups="base.group_system"
    )
    document_name = fields.Char(
        string="Document",
        compute="_compute_document_name",
        help="The document that shows it. Empty when there is none, or you may not read it.",
    )
    salesperson_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", help="The customer's, today."
    )

    _partner_moved_idx = models.Index("(partner_id, moved_at DESC, id DESC)")
    _moved_idx = models.Index("(moved_at DESC, id DESC)")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("rule_id.name", "reason", "kind")
    @api.depends_context("lang")
    def _compute_evidence(self):
        for move in self:
            if move.kind == "merge" and not move.reason:
                move.evidence = self.env._("Merged with another contact")
            else:
                # sudo: whoever sees the move sees why, also of a rule that went to another company
                move.evidence = move.reason or move.rule_id.sudo().name

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_document_name(self):
        for move in self:
            document = move._get_document()
            move.document_name = document.display_name if document else False

    def _get_document(self):
        """Return the record that shows why, or None when there is none that the user may read."""
        self.ensure_one()
        # sudo: where to look; what is found is read with the rights of the reader
        model, res_id = self.sudo().res_model, self.sudo().res_id
        if not model or not res_id or model not in self.env:
            return None
        record = self.env[model].browse(res_id).exists()
        return record._filtered_access("read") or None

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_document(self):
        """Open the document that shows why the customer moved, if the user may read it."""
        self.ensure_one()
        self.check_access("read")
        document = self._get_document()
        if document is None:
            raise UserError(self.env._("There is no document that you may read."))
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }

    def action_open_customer(self):
        """Open the customer who moved."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _log(self, rows, to_stage, now, kind, **values):
        """Add a move for each customer.

        :param rows: of (customer id, id of the stage before or None, since when or None)
        :param dict documents: ids of the documents by customer, all of the model ``res_model``
        :return: the moves
        """
        documents = values.pop("documents", {})
        res_model = values.pop("res_model", False)
        # sudo: the log is written by the system only
        return self.sudo().create(
            [
                {
                    **values,
                    "partner_id": partner_id,
                    "from_stage_id": from_stage_id,
                    "to_stage_id": to_stage.id,
                    "moved_at": now,
                    "days": self._count_days(since, now) if from_stage_id else 0.0,
                    "kind": kind,
                    "res_model": res_model if partner_id in documents else False,
                    "res_id": documents.get(partner_id, False),
                }
                for partner_id, from_stage_id, since in rows
            ]
        )

    @api.model
    def _count_days(self, since, now):
        return max((now - since).total_seconds(), 0) / SECONDS_A_DAY if since else 0.0

    @api.model
    def _move(self, partner_ids, to_stage, kind, wait=False, **values):
        """Move customers by the system, in one statement, and log it.

        Written past the ORM: a first run moves all customers of a company. Automation rules hear
        of it by the moves that are created.

        :param list partner_ids: customers; those who are in the stage already are left out
        :param bool wait: wait for customers whom somebody is just editing; else they are left out
        :return: ids of who has moved
        """
        now = fields.Datetime.now()
        Partner = self.env["res.partner"]
        Partner.flush_model(["lifecycle_stage_id", "lifecycle_since", "lifecycle_hold_until"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH moving AS (
                         SELECT id, lifecycle_stage_id AS stage_id, lifecycle_since AS since
                           FROM res_partner
                          WHERE id = ANY(%(ids)s)
                            AND lifecycle_stage_id IS DISTINCT FROM %(stage)s
                       ORDER BY id
                            FOR NO KEY UPDATE %(skip)s)
                UPDATE res_partner AS partner
                   SET lifecycle_stage_id = %(stage)s,
                       lifecycle_since = %(now)s,
                       lifecycle_hold_until = NULL
                  FROM moving
                 WHERE partner.id = moving.id
             RETURNING partner.id, moving.stage_id, moving.since
                """,
                ids=list(partner_ids),
                stage=to_stage.id or None,
                skip=SQL() if wait else SQL("SKIP LOCKED"),
                now=now,
            )
        )
        names = ["lifecycle_stage_id", "lifecycle_since", "lifecycle_hold_until"]
        Partner.browse([row[0] for row in rows]).invalidate_recordset(names, flush=False)
        self._log(rows, to_stage, now, kind, **values)
        return [row[0] for row in rows]
