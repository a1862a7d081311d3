from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date, formatLang

from .receipts import read_receipts

DEFAULT_DAYS = 7
LONGEST_DAYS = 366
# What the promise is. Whoever wants another one writes down a new promise, which replaces it.
TERMS = {"partner_id", "contact_id", "company_id", "date", "amount", "currency_id", "move_ids"}
# What follows from it: nobody enters that by hand, import or RPC
ENGINE_FIELDS = {
    "state",
    "given_at",
    "hold_until",
    "kept_at",
    "broken_at",
    "cancelled_at",
    "cancel_reason",
    "replaced_by_id",
    "received_before",
    "received_amount",
    "kept_rate",
    "move_names",
}


class CrmPaymentPromise(models.Model):
    """A customer said that he will pay an amount by a day.

    Until then nobody reminds him of the invoices that he meant. Payments and the calendar settle
    it: kept when the amount came in by the day, broken when it did not.
    """

    _name = "crm.payment.promise"
    _description = "Promise to Pay"
    _inherit = ["crm.promise.settlement.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Promised by",
        index="btree_not_null",
        ondelete="restrict",
        help="The contact of the customer who gave the promise.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('share', '=', False)]",
        index=True,
        tracking=True,
    )
    date = fields.Date(
        string="Promised Day",
        required=True,
        tracking=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=DEFAULT_DAYS),
        help="The customer pays on this day at the latest.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        compute_sudo=False,  # a form tells what is owed by customers whom the user reaches
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        compute_sudo=False,  # a form tells what is owed by customers whom the user reaches
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    move_ids = fields.Many2many(
        "account.move",
        "crm_payment_promise_move_rel",
        "promise_id",
        "move_id",
        string="Invoices",
        copy=False,
        domain="[('commercial_partner_id', '=', partner_id), ('company_id', '=', company_id),"
        " ('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),"
        " ('amount_residual', '>', 0)]",
        help="Empty: all that is overdue or, if nothing is, all that is open.",
    )
    move_names = fields.Char(string="Invoice Numbers", readonly=True)
    interaction_id = fields.Many2one(
        "crm.interaction",
        string="Given in",
        ondelete="set null",
        index="btree_not_null",
        help="The call or the visit in which the promise was given.",
    )
    note = fields.Text()
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        default="open",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
        copy=False,
    )
    given_at = fields.Datetime(
        string="Given on", readonly=True, required=True, default=lambda self: fields.Datetime.now()
    )
    hold_until = fields.Date(
        string="Reminders Held Until",
        readonly=True,
        help="The promised day with the days of grace of the company. Payments of this day count.",
    )
    kept_at = fields.Datetime(string="Kept on", readonly=True, copy=False)
    broken_at = fields.Datetime(string="Broken on", readonly=True, copy=False)
    cancelled_at = fields.Datetime(string="Cancelled on", readonly=True, copy=False)
    cancel_reason = fields.Char(readonly=True, copy=False, tracking=True)
    replaced_by_id = fields.Many2one(
        "crm.payment.promise",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    received_before = fields.Monetary(
        readonly=True,
        copy=False,
        aggregator=None,
        help="What had come in for these invoices before the promise was given.",
    )
    received_amount = fields.Monetary(
        string="Received",
        readonly=True,
        copy=False,
        help="Payments of the promised invoices since the promise was given.",
    )
    kept_rate = fields.Float(
        string="Kept (%)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Of the promises whose day has come, how many were kept.",
    )
    summary = fields.Char(string="Open Now", compute="_compute_summary")
    replaces = fields.Char(compute="_compute_replaces")
    is_late = fields.Boolean(compute="_compute_is_late")

    # serve the timeline: the newest of one customer first
    _customer_history_idx = models.Index("(partner_id, given_at DESC, id DESC)")
    _customer_broken_idx = models.Index(
        "(partner_id, broken_at DESC, id DESC) WHERE broken_at IS NOT NULL"
    )
    _due_idx = models.Index("(hold_until) WHERE state = 'open'")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("contact_id.commercial_partner_id")
    def _compute_partner_id(self):
        for promise in self:
            promise.partner_id = (promise.contact_id or promise.partner_id).commercial_partner_id

    @api.depends("partner_id")
    def _compute_user_id(self):
        for promise in self:
            partner = promise.partner_id
            # sudo: who is responsible is known to whoever writes the promise
            promise.user_id = promise.user_id or (
                partner.sudo().reminder_user_id or partner.sudo().user_id or self.env.user
            )

    @api.depends("partner_id", "company_id", "move_ids")
    def _compute_currency_id(self):
        """Propose the currency in which all is owed; when there are several, the company's."""
        for promise in self:
            if promise._origin:
                continue  # what was promised stays
            moves = promise._get_meant_moves()
            company = promise.company_id or self.env.company
            promise.currency_id = (
                moves.currency_id if len(moves.currency_id) == 1 else company.currency_id
            )

    @api.depends("partner_id", "company_id", "move_ids", "currency_id")
    def _compute_amount(self):
        """Propose all that is owed."""
        for promise in self:
            if not promise._origin:  # what was promised stays
                promise.amount = promise._get_open_amount(promise._get_meant_moves())

    @api.depends("partner_id", "company_id", "move_ids", "currency_id")
    def _compute_summary(self):
        for promise in self:
            moves = promise._get_meant_moves()
            promise.summary = (
                self.env._(
                    "%(amounts)s on %(count)s invoices: %(numbers)s",
                    amounts=promise._format_open_amounts(moves),
                    count=len(moves),
                    numbers=promise._format_numbers(moves),
                )
                if moves
                else False
            )

    @api.depends("partner_id", "company_id", "move_ids")
    def _compute_replaces(self):
        for promise in self:
            others = promise._get_meant_moves().promise_id - promise._origin
            names = ", ".join(others.mapped("display_name"))
            promise.replaces = self.env._("This replaces: %s", names) if others else False

    @api.depends("state", "date")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for promise in self:
            promise.is_late = (
                promise.state == "open" and bool(promise.date) and promise.date < today
            )

    @api.depends("amount", "currency_id", "date")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = promise.date and self.env._(
                "%(amount)s by %(date)s",
                amount=formatLang(self.env, promise.amount, currency_obj=promise.currency_id),
                date=format_date(self.env, promise.date),
            )

    def _get_meant_moves(self):
        """Return the invoices that are promised: those chosen, else all that are overdue, else all
        that are open. Nothing for customers whose receivables the user does not reach.

        :rtype: account.move, as superuser: the promise says what is owed to whoever reaches the
            customer, also where Odoo hides the invoices of colleagues
        """
        self.ensure_one()
        partner = self.partner_id._origin
        if self._origin:
            return self.sudo().move_ids._origin  # sudo: see above; the promise itself was checked
        if not partner or not partner._is_collectable():
            return self.env["account.move"]
        return self._find_moves(partner)

    def _find_moves(self, partner):
        """Return the invoices of a customer that a new promise is about, as superuser."""
        moves = partner._get_open_invoices(self.company_id or self.env.company)
        # sudo: Odoo hides the invoices of colleagues; only open ones of this customer are left
        if chosen := self.sudo().move_ids._origin:
            return moves & chosen
        moves = moves.filtered(lambda move: not move.is_disputed)
        return moves.filtered_domain(moves._get_overdue_domain()) or moves

    def _get_open_amount(self, moves):
        """What is open of invoices now, in the currency of the promise."""
        company = self.company_id or self.env.company
        today = company._get_local_today()
        return sum(
            move.amount_residual
            if move.currency_id == self.currency_id
            else company.currency_id._convert(
                move.amount_residual_signed, self.currency_id, company, today
            )
            for move in moves
        )

    def _format_open_amounts(self, moves):
        return " + ".join(
            formatLang(self.env, sum(of.mapped("amount_residual")), currency_obj=currency)
            for currency, of in moves.grouped("currency_id").items()
        )

    @api.model
    def _format_numbers(self, moves):
        names = moves.sorted("id").mapped("name")
        return ", ".join(names[:10]) + (" …" if len(names) > 10 else "")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_promise_values(vals) for vals in vals_list]
        promises = super().create(vals_list)
        promises._check_promise()
        # sudo: what follows from a promise that the user was allowed to give
        promises.sudo()._begin()
        return promises

    @api.model
    def _prepare_promise_values(self, vals):
        """Leave out what only the system says, also where a client sends it as a default."""
        vals = {name: value for name, value in vals.items() if name not in ENGINE_FIELDS}
        vals["given_at"] = fields.Datetime.now()
        vals["state"] = "open"
        for name in ENGINE_FIELDS - {"state", "given_at"}:
            vals[name] = False
        defaults = self.default_get(["partner_id", "contact_id"])
        contact_id = vals.get("contact_id") or vals.get("partner_id") or defaults.get("contact_id")
        contact_id = contact_id or defaults.get("partner_id")
        contact = self.env["res.partner"].browse(contact_id)
        customer = self.env["res.partner"].browse(vals.get("partner_id") or contact_id)
        if (
            customer.sudo().commercial_partner_id != contact.sudo().commercial_partner_id
        ):  # sudo: ids
            contact = customer
        # the customer follows the contact, also when contacts are merged or get a parent
        return {
            **vals,
            "contact_id": contact.id,
            "partner_id": contact.sudo().commercial_partner_id.id,
        }

    def write(self, vals):
        if not self.env.su:
            if ENGINE_FIELDS & set(vals):
                raise AccessError(
                    self.env._(
                        "Payments and the calendar decide what becomes of a promise. Cancel it, or"
                        " write down a new one."
                    )
                )
            if TERMS & set(vals):
                raise UserError(
                    self.env._(
                        "A promise stays as it was given. Write down a new one: it replaces this"
                        " one, and the history shows both."
                    )
                )
        return super().write(vals)

    def copy_data(self, default=None):
        raise UserError(self.env._("A promise cannot be copied. Write down a new one."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        if not self.env.su and not self.env.user.has_group("sales_team.group_sale_manager"):
            raise UserError(
                self.env._("Promises are the history of a customer. Cancel it, and say why.")
            )

    def _check_promise(self):
        """Refuse promises that nobody can have given.

        :raise AccessError: when the user does not reach the receivables of the customer
        :raise ValidationError: for days, amounts and invoices out of bounds
        """
        for promise in self:
            promise.partner_id._check_collection_access()
            promise._check_date()
            moves = promise._find_moves(promise.partner_id)
            # sudo: the numbers of invoices of colleagues are no secret to who reaches the customer
            if promise.sudo().move_ids - moves:
                raise ValidationError(
                    self.env._(
                        "Only open invoices of %(customer)s in %(company)s can be promised.",
                        customer=promise.partner_id.display_name,
                        company=promise.company_id.display_name,
                    )
                )
            if not moves:
                raise ValidationError(
                    self.env._("%s owes nothing now.", promise.partner_id.display_name)
                )
            if promise.currency_id.compare_amounts(promise.amount, 0) <= 0:
                raise ValidationError(self.env._("The promised amount must be greater than zero."))
            owed = promise._get_open_amount(moves)
            if promise.currency_id.compare_amounts(promise.amount, owed) > 0:
                raise ValidationError(
                    self.env._(
                        "Only %(owed)s is open of these invoices; %(amount)s is more than that.",
                        owed=formatLang(self.env, owed, currency_obj=promise.currency_id),
                        amount=formatLang(
                            self.env, promise.amount, currency_obj=promise.currency_id
                        ),
                    )
                )

    @api.constrains("interaction_id")
    def _check_interaction(self):
        for promise in self.filtered("interaction_id"):
            interaction = promise.interaction_id.sudo(False)  # constraints run as superuser
            interaction.check_access("read")
            if interaction.commercial_partner_id != promise.partner_id:
                raise ValidationError(
                    self.env._("The interaction is not one with the customer who promises.")
                )

    def _check_date(self):
        today = min(fields.Date.context_today(self), self.company_id._get_local_today())
        if self.date < today:
            raise ValidationError(
                self.env._(
                    "%s has passed. A promise is about a day to come.",
                    format_date(self.env, self.date),
                )
            )
        if self.date > today + timedelta(days=LONGEST_DAYS):
            raise ValidationError(
                self.env._(
                    "%s is more than a year away. Is the year right?",
                    format_date(self.env, self.date),
                )
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_cancel(self):
        """Ask why the promise no longer counts."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the Promise"),
            "res_model": "crm.payment.promise.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_promise_id": self.id},
        }

    def action_replace(self):
        """Write down a new promise in the place of this one."""
        self.ensure_one()
        action = self.partner_id.action_promise_payment()
        action["context"] |= {
            "default_move_ids": self.sudo()._get_open_moves().ids,  # sudo: those of the promise
            "default_company_id": self.company_id.id,
        }
        return action

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice")
        action["domain"] = [("id", "in", self.move_ids.ids)]
        action["context"] = {"create": False}
        return action

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _begin(self):
        """Note what the promises are about, and let them take the place of older ones."""
        for promise in self:
            moves = promise._find_moves(promise.partner_id)
            older = moves.promise_id
            promise.write(
                {
                    "move_ids": moves.ids,
                    "move_names": self._format_numbers(moves),
                    "hold_until": promise.date
                    + timedelta(days=max(promise.company_id.promise_grace_days, 0)),
                }
            )
            promise.received_before = read_receipts(promise)[promise].total
            older._replace(promise)
            moves.promise_id = promise
            if promise.user_id:
                promise._message_subscribe(promise.user_id.partner_id.ids)
        self.env["crm.payment.reminder"]._follow_holds(self.move_ids)

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "kept_rate:avg":
            # what is still open, or was cancelled, says nothing
            state = self._field_to_sql(self._table, "state", query)
            return SQL("AVG(CASE %s WHEN 'kept' THEN 100 WHEN 'broken' THEN 0 END)", state)
        return super()._read_group_select(aggregate_spec, query)
