from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.interaction.mixin", "crm.contacted.mixin"]

    # a customer is all of his contacts
    _contact_key = "commercial_partner_id"

    interaction_ids = fields.One2many("crm.interaction", "partner_id", string="Interactions")
    interaction_count = fields.Integer(
        compute="_compute_interaction_count",
        groups="sales_team.group_sale_salesman",
        help="Interactions with all the contacts of this customer.",
    )
    last_interaction_date = fields.Datetime(
        string="Last Interaction",
        compute="_compute_last_interaction_date",
        search="_search_last_interaction_date",
        groups="sales_team.group_sale_salesman",
        help="When we were last in touch with any contact of this customer, e-mails aside.",
    )
    interaction_next_step = fields.Char(
        string="Next Step",
        compute="_compute_interaction_next_step",
        groups="sales_team.group_sale_salesman",
    )
    interaction_next_step_date = fields.Date(
        string="Next Step Due",
        compute="_compute_interaction_next_step",
        search="_search_interaction_next_step_date",
        groups="sales_team.group_sale_salesman",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("commercial_partner_id", "interaction_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_interaction_count(self):
        counts = dict(
            self.env["crm.interaction"]._read_group(
                [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.interaction_count = counts.get(partner.commercial_partner_id, 0)

    @api.depends("commercial_partner_id", "interaction_ids.date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_interaction_date(self):
        latest = dict(
            self.env["crm.interaction"]._read_group(
                [
                    ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("date", "<=", fields.Datetime.now()),
                ],
                ["commercial_partner_id"],
                ["date:max"],
            )
        )
        for partner in self:
            partner.last_interaction_date = latest.get(partner.commercial_partner_id, False)

    def _search_last_interaction_date(self, operator, value):
        if operator not in ("in", "<", "<=", ">", ">="):
            return NotImplemented
        if operator != "in":
            return self._get_last_interaction_domain(SQL("MAX(date) %s %s", SQL(operator), value))
        domain = Domain.FALSE
        if dates := tuple(date for date in value if date):
            domain |= self._get_last_interaction_domain(SQL("MAX(date) IN %s", dates))
        if not all(value):
            domain |= ~self._get_last_interaction_domain(SQL("TRUE"))
        return domain

    def _get_last_interaction_domain(self, having):
        """The contacts of customers whose interactions satisfy an SQL condition on the group."""
        query = self.env["crm.interaction"]._search(
            [("commercial_partner_id", "!=", False), ("date", "<=", fields.Datetime.now())]
        )
        customer = SQL.identifier(query.table, "commercial_partner_id")
        query.groupby = customer
        query.having = having
        return Domain("commercial_partner_id", "in", SQL("(%s)", query.select(customer)))

    @api.depends("commercial_partner_id", "interaction_ids.date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_contact_at(self):
        return super()._compute_last_contact_at()

    @api.model
    def _get_contact_queries(self, keys=None, since=None):
        """Interactions with the customer, and messages on the documents that the user may read."""
        messages = []
        for name in self.env["crm.timeline"]._get_documents():
            Document = self.env[name].with_context(active_test=False)
            if Document.has_access("read"):
                readable = SQL(
                    "entry.model = %s AND entry.res_id IN %s",
                    name,
                    Document._search([]).subselect(),
                )
                messages.append(
                    self._get_message_contacts(SQL("entry.customer_id"), keys, since, readable)
                )
        return [
            *super()._get_contact_queries(keys, since),
            self._get_interaction_contacts("commercial_partner_id", keys, since),
            *messages,
        ]

    @api.depends("commercial_partner_id", "interaction_ids.next_step_date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_interaction_next_step(self):
        Interaction = self.env["crm.interaction"]
        query = Interaction._search(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids)]
        )
        table = query.table
        # joined, not searched: a colleague's step counts when one may read the interaction
        query.add_join(
            "JOIN",
            "next_activity",
            "mail_activity",
            SQL(
                "%s = next_activity.id AND next_activity.active",
                Interaction._field_to_sql(table, "next_activity_id", query),
            ),
        )
        customer, step, date = (
            Interaction._field_to_sql(table, name, query)
            for name in ("commercial_partner_id", "next_step", "next_step_date")
        )
        query.order = SQL("%s, %s, %s", customer, date, SQL.identifier(table, "id"))
        self.env["mail.activity"].flush_model(["active"])
        steps = {
            row[0]: row[1:]
            for row in self.env.execute_query(
                query.select(SQL("DISTINCT ON (%s) %s", customer, customer), step, date)
            )
        }
        for partner in self:
            step, date = steps.get(partner.commercial_partner_id.id, (False, False))
            partner.interaction_next_step = step
            partner.interaction_next_step_date = date

    @api.model
    def _search_interaction_next_step_date(self, operator, value):
        """By the first of the open next steps of the customer."""
        if operator in ("<", "<="):
            return self._get_next_step_domain(operator, value)
        if operator in (">", ">="):
            sooner = "<=" if operator == ">" else "<"
            return self._get_next_step_domain() & ~self._get_next_step_domain(sooner, value)
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        for date in value:
            if date:
                domain |= self._get_next_step_domain("<=", date) & ~self._get_next_step_domain(
                    "<", date
                )
            else:
                domain |= ~self._get_next_step_domain()
        return domain

    @api.model
    def _get_next_step_domain(self, operator=None, date=None):
        """Contacts of customers with an open next step, of a time if one is given."""
        domain = Domain("has_open_step", "=", True) & Domain("commercial_partner_id", "!=", False)
        if operator:
            domain &= Domain("next_step_date", operator, date)
        query = self.env["crm.interaction"]._search(domain)
        customer = SQL.identifier(query.table, "commercial_partner_id")
        return Domain("commercial_partner_id", "in", SQL("(%s)", query.select(customer)))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_interactions(self):
        # sudo: what colleagues have logged is history as well
        groups = (
            self.env["crm.interaction"]
            .sudo()
            ._read_group([("partner_id", "in", self.ids)], ["partner_id"])
        )
        if groups:
            raise UserError(
                self.env._(
                    "Interactions were logged with %(contacts)s. Archive the contact instead of "
                    "deleting it, so that the history stays.",
                    contacts=", ".join(partner.display_name for [partner] in groups),
                )
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_interactions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_interaction_action")
        action["domain"] = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = self._prepare_interaction_context()
        return action

    def action_view_timeline(self):
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("crm_suite.crm_timeline_action")
        return {**action, "context": {"active_id": self.id, "active_model": self._name}}

    def _prepare_interaction_context(self):
        return {**super()._prepare_interaction_context(), "default_partner_id": self.id}

    def _takes_interactions(self):
        # what is done with colleagues is no contact with a customer
        return super()._takes_interactions() and self.partner_share
