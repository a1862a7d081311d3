import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.mail_guard import RETRIED

from ...lib.attribution import MODELS, UNITS
from .conversions import CONVERSION, LINK, Scope, select_conversions, select_links
from .shares import select_pairs, select_shares
from .touches import TOUCH, select_touches

_logger = logging.getLogger(__name__)

# customers and addresses that one transaction of the cron computes anew
BATCH = 2000
# until when another pass should have ended
LATER = timedelta(minutes=5)
LOCK = "crm_suite_marketing.attribution"
PAIR = SQL("crm_attribution_pair")
NEW = SQL("crm_attribution_new")
MODEL_LABELS = [
    ("first", "First Touch"),
    ("last", "Last Touch"),
    ("linear", "Linear"),
    ("time_decay", "Time Decay"),
    ("position", "Position"),
]
CONVERSIONS = [("lead", "New Lead"), ("order", "Order"), ("payment", "Paid Invoice")]
KINDS = [
    ("click", "Click"),
    ("open", "Open"),
    ("reply", "Reply"),
    ("call", "Phone Call"),
    ("lead", "Came In as a Lead"),
    ("order", "Came In to Order"),
    ("form", "Signed Up by Form"),
    ("none", "No Touch"),
]
WINDOW = "crm_suite_marketing.attribution_window"
HALF_LIFE = "crm_suite_marketing.attribution_half_life"
OPENS = "crm_suite_marketing.attribution_opens"
CALLS = "crm_suite_marketing.attribution_calls"
MODEL = "crm_suite_marketing.attribution_model"
# parameter: (default, least, most), in days
DAYS = {WINDOW: (90, 1, 730), HALF_LIFE: (7, 1, 365)}
KEY_COLUMNS = ("conversion", "res_id", "ref")
COLUMNS = (
    "day",
    "company_id",
    "partner_id",
    "lead_id",
    "order_id",
    "move_id",
    "kind",
    "touched_at",
    "place",
    "touch_count",
    "campaign_id",
    "source_id",
    "medium_id",
    "mailing_id",
    "is_new_customer",
    *(f"credit_{model}" for model in MODELS),
    *(f"amount_{model}" for model in MODELS),
)


class CrmAttribution(models.Model):
    """Which share of a lead, an order or a payment a touch has: one row for each pair of them,
    with a column for each model (`lib/attribution.py`); and one row for a conversion without any
    touch, so that each column adds up to all leads, all orders and all revenue.

    Rows are written by :meth:`_refresh` only. What counts:

    * Orders as in all reports (`crm.customer.fact`): confirmed, without taxes, less what was
      credited, in the currency of the company at the rate of the order; down payments do not
      count, and an order below zero is a return: it lowers the revenue and is no order.
    * Invoices that are paid, without taxes, on the day of their last payment.
    * Leads and opportunities on the day on which they were created, won, lost or archived.
    * Touches: clicks that count (one of a message a day, those of
      programs as in the statistics of mailings), answers of people, calls of campaigns that were
      made, by which campaign leads and orders came in (also leads that were merged into others),
      and registrations by our form. The settings say whether opens count (at first they do not),
      and whether calls do. All contacts of a commercial partner are one customer.
    * Only touches in the days before the conversion that the settings say, but the touch of which
      a lead or an order itself tells always. What a lead or an order says again within 31 days is
      the visit that is known already, and so is the answer that a lead was made of.
    """

    _name = "crm.attribution"
    _description = "Attribution"
    _order = "day desc, id desc"
    _rec_name = "conversion"
    # written in bulk by the refresh alone
    _log_access = False

    conversion = fields.Selection(CONVERSIONS, string="Result", required=True, readonly=True)
    res_id = fields.Integer("Record", required=True, readonly=True)
    ref = fields.Char("Key of the Touch", required=True, readonly=True)
    day = fields.Date(string="Date", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null", index="btree_not_null"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    order_id = fields.Many2one(
        "sale.order", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    kind = fields.Selection(KINDS, string="Touch", required=True, readonly=True)
    touched_at = fields.Datetime("Touched on", readonly=True)
    place = fields.Integer(
        readonly=True, aggregator=None, help="1: the first touch of this lead, order or payment."
    )
    touch_count = fields.Integer(
        "Touches", readonly=True, aggregator="avg", help="Of this lead, order or payment."
    )
    campaign_id = fields.Many2one(
        "utm.campaign", readonly=True, ondelete="set null", index="btree_not_null"
    )
    source_id = fields.Many2one(
        "utm.source", readonly=True, ondelete="set null", index="btree_not_null"
    )
    medium_id = fields.Many2one(
        "utm.medium",
        string="Channel",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, ondelete="set null", index="btree_not_null"
    )
    is_new_customer = fields.Boolean(
        "New Customer", readonly=True, help="The first order of this customer."
    )
    credit_first = fields.Float("Share (First Touch)", readonly=True, digits=(16, 6))
    credit_last = fields.Float("Share (Last Touch)", readonly=True, digits=(16, 6))
    credit_linear = fields.Float("Share (Linear)", readonly=True, digits=(16, 6))
    credit_time_decay = fields.Float("Share (Time Decay)", readonly=True, digits=(16, 6))
    credit_position = fields.Float("Share (Position)", readonly=True, digits=(16, 6))
    amount_first = fields.Monetary("Amount (First Touch)", readonly=True)
    amount_last = fields.Monetary("Amount (Last Touch)", readonly=True)
    amount_linear = fields.Monetary("Amount (Linear)", readonly=True)
    amount_time_decay = fields.Monetary("Amount (Time Decay)", readonly=True)
    amount_position = fields.Monetary("Amount (Position)", readonly=True)

    _touch_uniq = models.UniqueIndex("(conversion, res_id, ref)")
    _day_idx = models.Index("(day DESC, id DESC)")

    def action_open_document(self):
        """Open the lead, the order or the invoice of this row."""
        self.ensure_one()
        document = self.order_id or self.lead_id or self.move_id
        document.check_access("read")
        if document == self.lead_id:
            return document.redirect_lead_opportunity_view()
        return document.get_formview_action()

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    @api.model
    def _get_days(self, parameter):
        """Return a number of days of the settings; what cannot be one counts as not set."""
        default, least, most = DAYS[parameter]
        # sudo: parameters of the figures
        value = self.env["ir.config_parameter"].sudo().get_param(parameter)
        try:
            days = int(value)
        except (TypeError, ValueError):
            return default
        return days if least <= days <= most else default

    @api.model
    def _get_model(self):
        """Return the model of the figures that show one only: of the context, or the settings."""
        # sudo: a standard of the company, no secret
        parameter = self.env["ir.config_parameter"].sudo().get_param(MODEL)
        for name in (self.env.context.get("attribution_model"), parameter):
            if name in MODELS:
                return name
        return "last"

    @api.model
    def _counts_opens(self):
        # sudo: parameter of the figures
        return self.env["ir.config_parameter"].sudo().get_param(OPENS) == "True"

    @api.model
    def _counts_calls(self):
        # sudo: parameter of the figures
        return self.env["ir.config_parameter"].sudo().get_param(CALLS, "True") == "True"

    # ------------------------------------------------------------------
    # Passes
    # ------------------------------------------------------------------

    @api.model
    def _rebuild(self):
        """Compute all rows anew. Rows that stay the same are not written."""
        self._refresh(None)

    @api.model
    def _refresh(self, keys):
        """Compute the rows of some customers anew, by what their documents and events say now.

        :param keys: `p<id>` of commercial partners, `e<address>` of leads without a contact; None
            for all
        """
        if keys is not None and not keys:
            return
        self.env.flush_all()
        # one pass at a time: what two write would depend on who is first
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", LOCK))
        if keys is None:
            self.env.cr.execute(SQL("DELETE FROM crm_attribution_queue"))
        scope = None if keys is None else self._get_scope(keys)
        self._fill_new(scope)
        self._delete_gone(scope)
        self._write_changes()
        self.env.invalidate_all(flush=False)

    @api.model
    def _get_scope(self, keys):
        """:return: `Scope`"""
        customers = sorted({int(key[1:]) for key in keys if key[0] == "p"})
        addresses = {key[1:] for key in keys if key[0] == "e"}
        rows = self.env.execute_query(
            SQL(
                """SELECT id, email_normalized FROM res_partner
                    WHERE commercial_partner_id = ANY(%s)""",
                customers,
            )
        )
        # numbers, not queries: beside OR the database would read whole tables for each
        contacts = [contact for contact, _address in rows]
        addresses = sorted(addresses | {address for _contact, address in rows if address})
        # sudo: the key of addresses, whoever starts the pass
        Consent = self.env["crm.consent"].sudo()
        identity_keys = [Consent._hash(address, "email") for address in addresses]
        return Scope(customers, contacts, addresses, identity_keys)

    def _fill_new(self, scope):
        """Fill the table `NEW` with the rows as they should be."""
        # sudo: the figures of all companies, whoever starts the pass
        env = self.sudo().with_context(active_test=False).env
        # pylint: disable-next=no-search-all
        companies = env["res.company"].search([])
        # the touches of all customers are sorted several times
        self.env.cr.execute(SQL("SET LOCAL work_mem = '64MB'"))
        self._make_table(CONVERSION, select_conversions(env, companies, scope))
        self._make_table(LINK, select_links())
        self._make_table(
            TOUCH, select_touches(env, scope, self._counts_opens(), self._counts_calls())
        )
        self._make_table(PAIR, select_pairs(self._get_days(WINDOW)))
        self._make_table(NEW, self._select_rows())

    def _make_table(self, name, query):
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS %s", name))
        cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", name, query))
        cr.execute(SQL("ANALYZE %s", name))

    def _select_rows(self):
        shares = select_shares(PAIR, self._get_days(HALF_LIFE))

        def divide(measure, divisor, columns):
            return SQL(", ").join(
                SQL(
                    "ROUND(%s / (%s), %s) AS %s",
                    columns(model),
                    divisor,
                    SQL("6" if measure == "credit" else "conversion.digits"),
                    SQL.identifier(f"{measure}_{model}"),
                )
                for model in MODELS
            )

        unit, minor = SQL("%s::numeric", UNITS), SQL("(10 ^ conversion.digits)::numeric")
        return SQL(
            """
            SELECT conversion.conversion, conversion.res_id, COALESCE(pair.ref, '') AS ref,
                   conversion.day, conversion.company_id, conversion.partner_id,
                   conversion.lead_id, conversion.order_id, conversion.move_id,
                   COALESCE(pair.kind, 'none') AS kind, pair.at AS touched_at,
                   pair.place::int, COALESCE(pair.touch_count, 0)::int AS touch_count,
                   pair.campaign_id, pair.source_id, pair.medium_id, pair.mailing_id,
                   conversion.is_new AS is_new_customer,
                   %(credits)s, %(amounts)s
              FROM %(conversion)s conversion
         LEFT JOIN %(pair)s pair ON pair.number = conversion.number
         LEFT JOIN (%(shares)s) share
                ON share.number = pair.number AND share.place = pair.place
            """,
            credits=divide(
                "credit",
                unit,
                lambda model: SQL(
                    "COALESCE(%s, conversion.is_counted::int * %s)",
                    SQL.identifier("share", f"credit_{model}"),
                    UNITS,
                ),
            ),
            amounts=divide(
                "amount",
                minor,
                lambda model: SQL(
                    "COALESCE(%s, conversion.amount)", SQL.identifier("share", f"amount_{model}")
                ),
            ),
            conversion=CONVERSION,
            pair=PAIR,
            shares=shares,
        )

    def _delete_gone(self, scope):
        """Delete the rows that should not be, of a pass over some customers only theirs."""
        condition = SQL("TRUE")
        if scope is not None:
            condition = SQL(
                """id IN (SELECT id FROM crm_attribution WHERE partner_id = ANY(%(ids)s)
                    UNION SELECT id FROM crm_attribution
                           WHERE lead_id IN (SELECT lead_id FROM %(new)s)
                    UNION SELECT id FROM crm_attribution
                           WHERE order_id IN (SELECT order_id FROM %(new)s)
                    UNION SELECT id FROM crm_attribution
                           WHERE move_id IN (SELECT move_id FROM %(new)s))""",
                ids=scope.customers,
                new=NEW,
            )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_attribution old
                 WHERE NOT EXISTS (SELECT FROM %s new
                                    WHERE new.conversion = old.conversion
                                      AND new.res_id = old.res_id
                                      AND new.ref = old.ref)
                   AND %s
                """,
                NEW,
                condition,
            )
        )

    def _write_changes(self):
        """Write the rows that differ from what is there."""
        columns = [SQL.identifier(name) for name in COLUMNS]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_attribution AS old (%(keys)s, %(columns)s)
                SELECT %(keys)s, %(columns)s FROM %(new)s
                    ON CONFLICT (%(keys)s) DO UPDATE SET %(values)s
                 WHERE (%(old_values)s) IS DISTINCT FROM (%(new_values)s)
                """,
                keys=SQL(", ").join(SQL.identifier(name) for name in KEY_COLUMNS),
                columns=SQL(", ").join(columns),
                new=NEW,
                values=SQL(", ").join(SQL("%s = EXCLUDED.%s", name, name) for name in columns),
                old_values=SQL(", ").join(SQL("old.%s", name) for name in columns),
                new_values=SQL(", ").join(SQL("EXCLUDED.%s", name) for name in columns),
            )
        )

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _is_free(self):
        """Keep other passes out until the transaction ends; False when one is at it."""
        lock = SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", LOCK)
        return self.env.execute_query(lock)[0][0]

    @api.model
    def _cron_refresh(self):
        """Compute the rows of customers whose documents have changed since the last pass."""
        Queue, cron = self.env["crm.attribution.queue"], self.env["ir.cron"]
        cron._commit_progress(remaining=Queue.search_count([]))
        # before any row is taken: the full pass takes them all
        while (is_free := self._is_free()) and (keys := Queue._take(BATCH)):
            self._refresh(keys)
            if not cron._commit_progress(len(keys), remaining=Queue.search_count([])):
                break
        if not is_free:
            # they stay on the list for the next run
            cron._commit_progress(remaining=0)

    @api.model
    def _cron_rebuild(self):
        """Compute everything: events may come late, and campaigns are merged and deleted."""
        cron = self.env["ir.cron"]
        # what this transaction has seen may be from before another pass
        cron._commit_progress(remaining=1)
        try:
            if self._is_free():
                self._rebuild()
                cron._commit_progress(1, remaining=0)
                return
        except RETRIED:
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
        cron._commit_progress(remaining=0)
        _logger.info("Another pass over the attribution is under way: all of it comes later")
        later = fields.Datetime.now() + LATER
        self.env.ref("crm_suite_marketing.ir_cron_rebuild_attribution")._trigger(at=later)
