from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class CrmCall(models.Model):
    """A call to make: an open activity by telephone on somebody whom the reader may see.

    Rows are read from the activities, with the rights of the reader on their documents. Whoever may
    not read a document is told of the activity by core, but has nobody to call here.
    """

    _name = "crm.call"
    _description = "Call to Make"
    _auto = False
    _order = "date_deadline, id"
    _rec_name = "name"
    _depends = {
        "account.move": ["move_type", "partner_id", "state"],
        "crm.interaction": ["lead_id", "partner_id"],
        "crm.lead": ["active", "partner_id", "phone"],
        "mail.activity": [
            "activity_type_id",
            "active",
            "date_deadline",
            "res_id",
            "res_model",
            "res_name",
            "summary",
            "user_id",
        ],
        "mail.activity.type": ["interaction_channel"],
        "res.partner": ["active", "commercial_partner_id", "parent_id", "partner_share", "phone"],
        "sale.order": ["partner_id", "state"],
    }

    activity_id = fields.Many2one("mail.activity", readonly=True)
    name = fields.Char(string="About", readonly=True, help="The lead, order or invoice.")
    summary = fields.Char(string="Reason", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    date_deadline = fields.Date(string="Due", readonly=True)
    activity_type_id = fields.Many2one("mail.activity.type", string="Type", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", string="Document", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    lead_id = fields.Many2one("crm.lead", string="Lead or Opportunity", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    who = fields.Char(string="Whom", readonly=True, help="The contact, else whom the lead names.")
    phone = fields.Char(readonly=True)
    note = fields.Html(related="activity_id.note")
    last_contact_at = fields.Datetime(string="Last Contact", compute="_compute_last_contact")
    last_interaction_id = fields.Many2one("crm.interaction", compute="_compute_last_contact")
    last_outcome_id = fields.Many2one("crm.interaction.outcome", compute="_compute_last_contact")

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(self._get_call_sources())

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("partner_id", "lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_contact(self):
        latest = self._get_latest("commercial_partner_id")
        of_lead = self.filtered(lambda call: not call.partner_id)._get_latest("lead_id")
        # read together, not one by one
        interactions = self.env["crm.interaction"].browse([*latest.values(), *of_lead.values()])
        outcomes = {interaction.id: interaction.outcome_id for interaction in interactions}
        for call in self:
            subject = call.partner_id or call.lead_id
            call.last_contact_at = subject.last_contact_at
            call.last_interaction_id = (
                latest.get(call.commercial_partner_id.id)
                if call.partner_id
                else of_lead.get(call.lead_id.id)
            )
            call.last_outcome_id = outcomes.get(call.last_interaction_id.id)

    def _get_latest(self, key):
        """The latest interaction that has happened, by customer or by lead."""
        ids = self[key].ids
        if not ids:
            return {}
        Interaction = self.env["crm.interaction"]
        query = Interaction._search([(key, "in", ids), ("date", "<=", fields.Datetime.now())])
        column = Interaction._field_to_sql(query.table, key, query)
        query.order = SQL(
            "%s, %s DESC, %s DESC",
            column,
            Interaction._field_to_sql(query.table, "date", query),
            SQL.identifier(query.table, "id"),
        )
        return dict(
            self.env.execute_query(
                query.select(
                    SQL("DISTINCT ON (%s) %s", column, column), SQL.identifier(query.table, "id")
                )
            )
        )

    # ------------------------------------------------------------------
    # Source
    # ------------------------------------------------------------------

    @api.model
    def _get_call_sources(self):
        """The calls on each kind of document. An add-on adds its own with `_prepare_calls`.

        :rtype: list[SQL]
        """
        partner = SQL("document.partner_id")
        return [
            self._prepare_calls(
                "crm.lead",
                partner,
                lead=SQL("document.id"),
                phone=SQL("document.phone"),
                who=SQL("COALESCE(document.contact_name, document.partner_name, document.name)"),
            ),
            self._prepare_calls("res.partner", SQL("document.id"), [("partner_share", "=", True)]),
            self._prepare_calls(
                "sale.order",
                partner,
                [("state", "!=", "cancel")],
                lead=SQL("document.opportunity_id"),
            ),
            self._prepare_calls(
                "account.move",
                partner,
                [("state", "!=", "cancel"), ("move_type", "in", ("out_invoice", "out_refund"))],
            ),
            self._prepare_calls("crm.interaction", partner, lead=SQL("document.lead_id")),
        ]

    @api.model
    def _prepare_calls(self, model, partner, domain=(), lead=None, phone=None, who=None):
        """The query of the calls on the records of a model that the user may read.

        :param SQL partner: contact of `document`, which is the record
        :param domain: of records on which nobody waits for a call any more
        :param SQL lead: id of a lead
        :param SQL phone: number on the document, which goes before that of the contact
        :param SQL who: name on the document when it has no contact
        """
        Model = self.env[model]
        readable = (
            Model._search(Domain(list(domain))).subselect()
            if Model.has_access("read")
            else SQL("(SELECT NULL::int WHERE FALSE)")
        )
        nothing = SQL("NULL")
        return SQL(
            """
            SELECT activity.id,
                   activity.id AS activity_id,
                   activity.res_name AS name,
                   activity.summary,
                   activity.user_id,
                   activity.date_deadline,
                   activity.activity_type_id,
                   activity.res_model,
                   activity.res_id,
                   partner.id AS partner_id,
                   partner.commercial_partner_id,
                   %(lead)s::int AS lead_id,
                   document.company_id,
                   COALESCE(partner.complete_name, %(who)s) AS who,
                   COALESCE(
                       NULLIF(%(phone)s, ''), NULLIF(partner.phone, ''), customer.phone
                   ) AS phone
              FROM mail_activity activity
              JOIN mail_activity_type kind ON kind.id = activity.activity_type_id
              JOIN %(table)s document ON document.id = activity.res_id
         LEFT JOIN res_partner partner ON partner.id = %(partner)s
         LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
             WHERE activity.active
               AND activity.res_model = %(model)s
               AND kind.interaction_channel = 'phone'
               AND document.id IN %(readable)s
            """,
            lead=lead or nothing,
            who=who or nothing,
            phone=SQL("(%s)::varchar", phone or nothing),
            table=SQL.identifier(Model._table),
            partner=partner,
            model=model,
            readable=readable,
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_log_interaction(self):
        """Open the form that logs this call and finishes its activity."""
        self.ensure_one()
        return self._get_activities().action_log_interaction()

    def action_open_document(self):
        """Open the lead, contact, order or invoice that the call is about."""
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("read")
        if self.res_model == "crm.lead":
            return document.redirect_lead_opportunity_view()
        return document.get_formview_action()

    def action_postpone_tomorrow(self):
        self._get_activities().action_reschedule_tomorrow()
        return True

    def action_postpone_next_week(self):
        self._get_activities().action_reschedule_nextweek()
        return True

    def action_edit(self):
        """Open the activity: another day, another salesperson."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan the Call"),
            "res_model": "mail.activity",
            "res_id": self._get_activities().id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_activities(self):
        # a row on somebody's screen may be older than what a colleague has done
        activities = self.env["mail.activity"].browse(self.ids).exists().filtered("active")
        if len(activities) != len(self):
            raise UserError(self.env._("Somebody has made this call already."))
        activities.check_access("write")
        return activities
