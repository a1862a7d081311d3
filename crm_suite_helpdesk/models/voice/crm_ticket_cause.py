from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# How long before and after a remedy complaints are compared
REMEDY_DAYS = 90


class CrmTicketCause(models.Model):
    """Why customers had reason to write: the root cause, as a tree.

    A category says what a ticket is about, a cause why it had to be written at all. Whoever works
    against a cause notes since when, and sees whether fewer customers complain.
    """

    _name = "crm.ticket.cause"
    _description = "Root Cause"
    _parent_store = True
    _parent_name = "parent_id"
    _order = "sequence, id"
    _rec_names_search = ["name", "parent_id.name"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one("crm.ticket.cause", "Part of", ondelete="restrict", index=True)
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("crm.ticket.cause", "parent_id", "More Precise Causes")
    complete_name = fields.Char("Full Name", compute="_compute_complete_name", recursive=True)
    description = fields.Text(translate=True, help="For whoever has to choose a cause.")
    team_id = fields.Many2one(
        "crm.ticket.team",
        "Responsible Department",
        company_dependent=True,
        help="The team that can do something about it. Tickets with this cause are passed on to it "
        "with one click.",
    )
    remedy = fields.Text(
        help="What is done against this cause: a training, a new packaging, a rule."
    )
    remedy_date = fields.Date("Remedy since", help="From this day on the remedy should help.")
    complaint_count = fields.Integer(
        "Complaints",
        compute="_compute_complaints",
        help="Complaints with this cause, or one that is part of it, in the last 90 days.",
    )
    complaints_before = fields.Integer(
        "Complaints before",
        compute="_compute_complaints",
        help="Complaints in the 90 days before the remedy.",
    )
    complaints_after = fields.Integer(
        "Complaints since",
        compute="_compute_complaints",
        help="Complaints in the 90 days since the remedy.",
    )

    # ------------------------------------------------------------------ compute

    @api.depends("complete_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cause in self:
            cause.display_name = cause.complete_name

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for cause in self:
            parent, name = cause.parent_id, cause.name or ""
            cause.complete_name = f"{parent.complete_name} / {name}" if parent else name

    @api.depends("parent_id", "remedy_date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaints(self):
        """Complaints that the reader may read, by one query for all causes."""
        counts = dict.fromkeys(self._origin.ids, (0, 0, 0))
        if counts:
            self.flush_model(["parent_path", "remedy_date"])
            counts.update(
                (cause_id, tuple(numbers))
                for cause_id, *numbers in self.env.execute_query(self._query_complaints())
            )
        for cause in self:
            recent, before, after = counts.get(cause._origin.id, (0, 0, 0))
            cause.complaint_count = recent
            cause.complaints_before = before
            cause.complaints_after = after

    def _query_complaints(self):
        Ticket = self.env["crm.ticket"]
        now = Ticket._now()
        span = relativedelta(days=REMEDY_DAYS)
        complaints = Ticket._query_counted(
            Domain("kind", "=", "complaint") & Domain("cause_id", "child_of", self._origin.ids)
        )
        return SQL(
            """
            SELECT above.id,
                   COUNT(*) FILTER (WHERE found.at >= %(recent)s),
                   COUNT(*) FILTER (WHERE found.at >= above.remedy_date - %(days)s
                                      AND found.at < above.remedy_date),
                   COUNT(*) FILTER (WHERE found.at >= above.remedy_date
                                      AND found.at < above.remedy_date + %(days)s)
              FROM (%(complaints)s) AS found(cause_id, at)
              JOIN crm_ticket_cause cause ON cause.id = found.cause_id
              JOIN crm_ticket_cause above
                ON starts_with(cause.parent_path, above.parent_path)
             WHERE above.id IN %(ids)s
          GROUP BY above.id
            """,
            complaints=complaints.select(
                SQL.identifier("crm_ticket", "cause_id"), SQL.identifier("crm_ticket", "opened_at")
            ),
            recent=now - span,
            days=REMEDY_DAYS,
            ids=tuple(self._origin.ids),
        )

    # ------------------------------------------------------------------ constraints

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A cause cannot be part of itself."))

    # ------------------------------------------------------------------ CRUD

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: tickets that the manager may not see count as well
        Ticket = self.env["crm.ticket"].sudo().with_context(active_test=False)
        if used := Ticket.search([("cause_id", "in", self.ids)], limit=1).cause_id:
            raise UserError(
                self.env._(
                    "%s cannot be deleted, because tickets have it. Archive it: it is not offered "
                    "any more, and the tickets keep it.",
                    used.sudo(False).display_name,
                )
            )

    # ------------------------------------------------------------------ actions

    def action_open_complaints(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action_voice"
        )
        action["display_name"] = self.display_name
        action["domain"] = [("cause_id", "child_of", self.id)]
        action["context"] = {"search_default_complaint": 1}
        return action

    # ------------------------------------------------------------------ business

    def _get_department(self):
        """The team that can do something about a cause: its own, else that of the cause above."""
        self.ensure_one()
        cause = self
        while cause and not cause.team_id:
            cause = cause.parent_id
        return cause.team_id
