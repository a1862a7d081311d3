from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...lib import consent as consent_lib
from ...lib import throttle as lib

UNITS = [("minute", "A Minute"), ("hour", "An Hour"), ("day", "A Day")]
KINDS = [("domain", "Domain of the Recipients"), ("server", "Mail Server")]
MOST_FULL = 10_000_000
# What says when somebody may go
ASKED_FIELDS = {
    "active",
    "kind",
    "server_id",
    "domain",
    "rate",
    "unit",
    "has_warmup",
    "warmup_start",
    "warmup_first",
    "warmup_factor",
    "warmup_full",
}


class CrmSendingLimit(models.Model):
    """How fast mailings go through a mail server, or to the people of a domain.

    The workers keep the columns from `tokens` on, once for each batch, on their own cursor
    (`sending/rations.py`); the arithmetic is `lib/throttle.py`.
    """

    _name = "crm.sending.limit"
    _description = "Limit of Sending"
    _order = "kind desc, server_id, domain"

    kind = fields.Selection(KINDS, "Limit of", required=True, default="domain")
    server_id = fields.Many2one(
        "ir.mail_server",
        "Mail Server",
        ondelete="cascade",
        help="Empty: the one of the configuration file.",
    )
    domain = fields.Char(help="What stands behind the @, for instance gmail.com")
    active = fields.Boolean(default=True)
    rate = fields.Integer(
        "Messages",
        help="No more than these, evenly over the time; those of a minute may go at once. "
        "0: any number.",
    )
    unit = fields.Selection(UNITS, required=True, default="hour")
    note = fields.Char(translate=True, help="Where the number comes from.")
    has_warmup = fields.Boolean(
        "Warm-up",
        help="Providers mistrust a server that they do not know and that sends much at once. "
        "With a warm-up it sends more each day.",
    )
    warmup_start = fields.Date("First Day", default=fields.Date.context_today)
    warmup_first = fields.Integer("Messages on the First Day", default=50)
    warmup_factor = fields.Float("Times as Many Each Day", default=1.5)
    warmup_full = fields.Integer(
        "Ends at Messages a Day",
        default=10000,
        help="Once the amount of a day reaches this, only the limit above counts.",
    )
    warmup_end = fields.Date("Last Day", compute="_compute_warmup")
    today_amount = fields.Integer("Today's Amount", compute="_compute_warmup")
    today_used = fields.Integer("Used Today", compute="_compute_warmup")
    today_percent = fields.Integer("Used (%)", compute="_compute_warmup")

    tokens = fields.Float(readonly=True, copy=False)
    filled_at = fields.Datetime(readonly=True, copy=False)
    used_day = fields.Date(readonly=True, copy=False)
    used = fields.Integer(readonly=True, copy=False)
    queue_at = fields.Datetime("Next Free Turn", readonly=True, copy=False)
    queued = fields.Integer(readonly=True, copy=False)
    lent = fields.Json(
        "Taken by Workers", readonly=True, copy=False, help="What each has taken for its batch."
    )

    _server_uniq = models.UniqueIndex(
        "(COALESCE(server_id, 0)) WHERE kind = 'server'", "This mail server has a limit already."
    )
    _domain_uniq = models.UniqueIndex(
        "(domain) WHERE kind = 'domain'", "This domain has a limit already."
    )
    _valid = models.Constraint(
        f"""CHECK (rate >= 0 AND (kind = 'server' OR domain IS NOT NULL)
                  AND (NOT COALESCE(has_warmup, false)
                       OR warmup_start IS NOT NULL AND warmup_first >= 1
                          AND warmup_factor BETWEEN 1.05 AND 10
                          AND warmup_full BETWEEN 1 AND {MOST_FULL}))""",
        "A limit is 0 or more. A warm-up begins with one message or more and grows by a factor "
        "of 1.05 to 10 each day.",
    )

    @api.depends("kind", "server_id", "domain")
    def _compute_display_name(self):
        for limit in self:
            limit.display_name = limit._get_name()

    def _get_name(self):
        if self.kind == "domain":
            return self.domain or ""
        return self.server_id.display_name or self.env._("Mail server of the configuration file")

    @api.depends(
        "has_warmup", "warmup_start", "warmup_first", "warmup_factor", "warmup_full", "used"
    )
    def _compute_warmup(self):
        today = fields.Date.today()
        for limit in self:
            warmup = limit._get_warmup()
            amount = lib.get_amount(warmup, today)
            limit.today_used = used = limit.used if limit.used_day == today else 0
            limit.today_amount = amount or 0
            limit.today_percent = 100 * used // amount if amount else 0
            limit.warmup_end = warmup and fields.Date.add(
                warmup.start, days=max(lib.get_warmup_days(warmup) - 1, 0)
            )

    def _get_warmup(self):
        if not self.has_warmup or not (self.warmup_start and self.warmup_first > 0):
            return None
        # what is typed may not have been checked yet
        factor = min(max(self.warmup_factor, 1.05), 10)
        full = min(self.warmup_full, MOST_FULL)
        return lib.Warmup(self.warmup_start, self.warmup_first, factor, full)

    @api.constrains("domain", "kind")
    def _check_domain(self):
        for limit in self:
            if limit.kind == "domain" and not consent_lib.is_domain(limit.domain):
                raise ValidationError(
                    self.env._("“%s” is no domain. Example: example.com", limit.domain or "")
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean(vals) for vals in vals_list])

    def write(self, vals):
        asks = not ASKED_FIELDS.isdisjoint(vals)
        if asks:
            self._ask_again_afterwards()
        result = super().write(self._clean(vals))
        if asks:
            self._ask_again_afterwards()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_and_ask_again(self):
        self._ask_again_afterwards()

    def _ask_again_afterwards(self):
        """Let whoever waits for these be asked again, once what changes them is seen by workers."""
        domains = [limit.domain for limit in self if limit.kind == "domain"]
        has_server = any(limit.kind == "server" for limit in self)
        # sudo: who waits for a limit is not a question of companies
        limits = self.browse().sudo()

        @self.env.cr.postcommit.add
        def ask_again():
            limits._ask_again(domains, has_server)

    @api.model
    def _ask_again(self, domains, has_server, mailings=None, but=()):
        """Let messages that wait for their turn ask now.

        :param domains: those that wait for the limits of these
        :param has_server: all, as it is not known which mail server one waits for
        :param mailings: ids: of these only
        :param but: ids: not of these
        """
        now = fields.Datetime.now()
        self.env["crm.outbox"]._write_beside_workers(
            SQL(
                """
                WITH waiting AS (
                     SELECT outbox.id
                       FROM crm_outbox AS outbox
                       JOIN mailing_mailing AS mailing ON mailing.id = outbox.mailing_id
                      WHERE mailing.state = 'sending' AND outbox.state = 'planned'
                        AND (mailing.is_paused IS NOT TRUE AND %(mailings)s IS NULL
                             OR mailing.id = ANY(%(mailings)s))
                        AND mailing.id != ALL(%(but)s)
                        AND outbox.reason = 'throttled' AND outbox.due_at > %(now)s
                        AND (%(has_server)s
                             OR split_part(outbox.identity, '@', 2) = ANY(%(domains)s))
                   ORDER BY outbox.id
                        FOR UPDATE OF outbox SKIP LOCKED)
                UPDATE crm_outbox AS outbox SET due_at = %(now)s
                  FROM waiting
                 WHERE waiting.id = outbox.id
                """,
                now=now,
                mailings=mailings,
                but=list(but),
                has_server=has_server,
                domains=list(domains),
            )
        )

    @api.model
    def _forget_queues(self, domains, but):
        """Whoever waits behind those that do not go now is asked again.

        :param domains: of what does not go now
        :param but: ids of the mailings that do not go now
        """
        self.env["crm.outbox"]._write_beside_workers(
            SQL(
                # in the order in which workers lock them
                """
                UPDATE crm_sending_limit SET queue_at = NULL
                 WHERE id IN (SELECT id FROM crm_sending_limit
                               WHERE queue_at IS NOT NULL
                                 AND (kind = 'server' OR domain = ANY(%s))
                            ORDER BY id
                                 FOR NO KEY UPDATE)
                """,
                list(domains),
            )
        )
        self.invalidate_model(["queue_at"])
        # sudo: whoever stops a mailing need not see limits
        has_server = bool(self.sudo().search_count([("kind", "=", "server")], limit=1))
        self._ask_again(domains, has_server, but=but)

    def _clean(self, vals):
        vals = dict(vals)
        if isinstance(vals.get("domain"), str):
            domain = vals["domain"].strip().rpartition("@")[2]
            vals["domain"] = consent_lib.normalize_domain(domain)
        if not ASKED_FIELDS.isdisjoint(vals):
            # whoever waits is asked again
            vals["queue_at"] = False
        return vals
