from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

READERS = "sales_team.group_sale_salesman"
# A customer moved by hand is left alone by the rules for this time
HOLD_DAYS = 30


class ResPartner(models.Model):
    """At which stage the relation with a customer is.

    The stage is that of the commercial partner, and of all companies of the database: it says
    something about him, not about a document.
    """

    _name = "res.partner"
    _inherit = ["res.partner"]

    lifecycle_stage_id = fields.Many2one(
        "crm.lifecycle.stage",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        group_expand="_read_group_expand_full",
        groups=READERS,
        help="At which stage the relation with the customer is. Rules move customers by"
        " themselves; whom you move by hand, they leave alone for a month, unless he orders.",
    )
    lifecycle_since = fields.Datetime(
        string="In the Stage since",
        readonly=True,
        copy=False,
        groups=READERS,
    )
    lifecycle_hold_until = fields.Date(
        string="Stage Held until",
        copy=False,
        groups=READERS,
        help="Until this day only an order or a won opportunity moves the customer by itself.",
    )
    lifecycle_move_ids = fields.One2many(
        "crm.lifecycle.move", "partner_id", string="Lifecycle Moves", readonly=True, groups=READERS
    )
    lifecycle_move_count = fields.Integer(
        string="# Lifecycle Moves", compute="_compute_lifecycle_move_count", groups=READERS
    )
    # for filters over all that belongs to a customer, also what is with archived contacts
    commercial_contact_ids = fields.One2many(
        "res.partner",
        "commercial_partner_id",
        string="Customer and His Contacts",
        readonly=True,
        context={"active_test": False},
    )
    customer_lead_ids = fields.One2many(
        "crm.lead", "partner_id", string="Leads and Opportunities", readonly=True, groups=READERS
    )
    order_day_count = fields.Integer(
        string="Days with Orders",
        compute="_compute_order_day_count",
        search="_search_order_day_count",
        groups=READERS,
        help="On how many different days the customer and his contacts have ordered.",
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lifecycle_move_count(self):
        counts = dict(
            self.env["crm.lifecycle.move"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.lifecycle_move_count = counts.get(partner.commercial_partner_id, 0)

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_order_day_count(self):
        ids = self.commercial_partner_id.ids
        counts = dict(self.env.execute_query(self._get_order_days(ids))) if ids else {}
        for partner in self:
            partner.order_day_count = counts.get(partner.commercial_partner_id.id, 0)

    @api.model
    def _search_order_day_count(self, operator, value):
        among = self.env.context.get("order_days_of")
        days = self._get_order_days(among if isinstance(among, list) else None)
        if operator in (">", ">=", "<", "<="):
            if not isinstance(value, int | float):
                return NotImplemented
            condition = SQL("ordered.days %s %s", SQL(operator), value)
            holds_for_none = {">": 0 > value, ">=": value <= 0, "<": 0 < value, "<=": value >= 0}
            with_none = holds_for_none[operator]
        elif operator == "in":
            values = [int(each or 0) for each in value]
            condition = SQL("ordered.days = ANY(%s)", values)
            with_none = 0 in values
        else:
            return NotImplemented

        def having(condition):
            sql = SQL("(SELECT ordered.key FROM (%s) ordered(key, days) WHERE %s)", days, condition)
            return Domain("commercial_partner_id", "in", sql)

        found = having(condition)
        return found | ~having(SQL("TRUE")) if with_none else found

    @api.model
    def _get_order_days(self, customers=None):
        """Query of (customer, number of days with orders that the user may read), in the time
        zone of the company that sold.
        """
        domain = Domain("state", "=", "sale")
        if customers is not None:
            domain &= Domain("partner_id.commercial_partner_id", "in", customers)
        orders = self.env["sale.order"]._search(domain)

        def column(name):
            return self.env["sale.order"]._field_to_sql(orders.table, name)

        for alias, table, on in (
            ("buyer", "res_partner", SQL("%s = buyer.id", column("partner_id"))),
            ("seller", "res_company", SQL("%s = seller.id", column("company_id"))),
            ("address", "res_partner", SQL("seller.partner_id = address.id")),
        ):
            orders.add_join("JOIN", alias, table, on)
        sold = orders.select(
            SQL.identifier("buyer", "commercial_partner_id"),
            SQL(
                "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(address.tz, 'UTC'))::date",
                column("date_order"),
            ),
        )
        return SQL("SELECT o.key, COUNT(DISTINCT o.day) FROM (%s) o(key, day) GROUP BY o.key", sold)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("lifecycle_since") and not self.env.su:
                self._refuse_since()
        partners = super().create(vals_list)
        # sudo: what was just created, by default values too
        staged = partners.sudo().filtered("lifecycle_stage_id")
        if staged:
            staged._check_carries_lifecycle()
            now = fields.Datetime.now()
            for stage, moved in staged.grouped("lifecycle_stage_id").items():
                # pylint: disable-next=super-method-mismatch
                super(ResPartner, moved).write({"lifecycle_since": now})
                moved._log_lifecycle([(partner.id, None, None) for partner in moved], stage, now)
        return partners

    def write(self, vals):
        if "lifecycle_since" in vals and not self.env.su:
            since = fields.Datetime.to_datetime(vals["lifecycle_since"]) or False
            if any(partner.lifecycle_since != since for partner in self):
                self._refuse_since()
        if "lifecycle_stage_id" in vals and not (self.env.su and "lifecycle_since" in vals):
            return self._write_lifecycle_stage(vals)
        result = super().write(vals)
        if "parent_id" in vals or "is_company" in vals:
            self._pass_lifecycle_on()
        return result

    def _write_lifecycle_stage(self, vals):
        """Write values that move some of these customers by hand."""
        stage = self.env["crm.lifecycle.stage"].browse(vals["lifecycle_stage_id"] or [])
        moved = self.filtered(lambda partner: partner.lifecycle_stage_id != stage)
        stay = self - moved
        rest = {name: value for name, value in vals.items() if name != "lifecycle_stage_id"}
        result = stay.write(rest) if stay and rest else True
        if moved:
            now = fields.Datetime.now()
            rows = [
                (partner.id, partner.lifecycle_stage_id.id, partner.lifecycle_since)
                for partner in moved
            ]
            held = {} if "lifecycle_hold_until" in vals else self._prepare_lifecycle_hold()
            # pylint: disable-next=super-method-mismatch
            result = super(ResPartner, moved).write({**vals, **held, "lifecycle_since": now})
            if "parent_id" in vals or "is_company" in vals:
                moved._pass_lifecycle_on()
            moved.filtered("lifecycle_stage_id")._check_carries_lifecycle()
            self._log_lifecycle(rows, stage, now)
        return result

    @api.model
    def _prepare_lifecycle_hold(self):
        until = fields.Date.context_today(self) + timedelta(days=HOLD_DAYS)
        return {"lifecycle_hold_until": until}

    @api.model
    def _log_lifecycle(self, rows, stage, now):
        reason = self.env.context.get("lifecycle_reason")
        self.env["crm.lifecycle.move"]._log(
            rows,
            stage,
            now,
            "hand",
            user_id=self.env.uid,
            reason=reason if isinstance(reason, str) else False,
        )

    def _refuse_since(self):
        raise AccessError(
            self.env._("Since when a customer is in his stage cannot be entered: move him instead.")
        )

    def _check_carries_lifecycle(self):
        for partner in self:
            customer = partner.commercial_partner_id
            if customer != partner:
                raise UserError(
                    self.env._(
                        "%(contact)s belongs to %(customer)s: the stage is that of the customer.",
                        contact=partner.display_name,
                        customer=customer.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _pass_lifecycle_on(self):
        """Whoever has become the contact of a customer hands his stage over to the customer."""
        # sudo: the history goes along as a whole
        for partner in self.sudo():
            customer = partner.commercial_partner_id
            if customer != partner and (partner.lifecycle_stage_id or partner.lifecycle_move_ids):
                # it changes the customer, too
                customer.sudo(self.env.su).check_access("write")
                customer._take_over_lifecycle(partner)

    def _take_over_lifecycle(self, others):
        """Take over the moves of other contacts, and the furthest of all stages.

        A stage of decline gives way to any other: whoever is alive under one name is not lost.
        """
        self.ensure_one()
        others -= self
        stages = (self + others).lifecycle_stage_id
        others.lifecycle_move_ids.write({"partner_id": self.id})
        self.invalidate_recordset(["lifecycle_move_ids"])
        if not stages:
            return
        furthest = max(stages, key=lambda stage: stage._get_rank())
        if not self.lifecycle_stage_id:
            # the same stay goes on under the other name
            heir = others.filtered(lambda other: other.lifecycle_stage_id == furthest)[:1]
            values = {
                "lifecycle_stage_id": furthest.id,
                "lifecycle_since": heir.lifecycle_since,
                "lifecycle_hold_until": heir.lifecycle_hold_until,
            }
            self.write(values)
        elif furthest != self.lifecycle_stage_id:
            self.env["crm.lifecycle.move"]._move(
                self.ids, furthest, "merge", wait=True, user_id=self.env.uid
            )
        others.write(
            {
                "lifecycle_stage_id": False,
                "lifecycle_since": False,
                "lifecycle_hold_until": False,
            }
        )

    def action_view_lifecycle_moves(self):
        """Open how this customer has moved."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_lifecycle_move_action"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def action_move_lifecycle(self):
        """Ask for the stage, the reason and how long the customer is held in it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to Another Stage"),
            "res_model": "crm.lifecycle.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": self.commercial_partner_id.ids},
        }
