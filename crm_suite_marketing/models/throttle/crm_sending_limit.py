from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import consent as consent_lib
from ...lib import throttle as lib

UNITS = [("minute", "A Minute"), ("hour", "An Hour"), ("day", "A Day")]
KINDS = [("domain", "Domain of the Recipients"), ("server", "Mail Server")]
MOST_FULL = 10_000_000


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
        return super().write(self._clean(vals))

    def _clean(self, vals):
        vals = dict(vals)
        if isinstance(vals.get("domain"), str):
            domain = vals["domain"].strip().rpartition("@")[2]
            vals["domain"] = consent_lib.normalize_domain(domain)
        if {"rate", "unit", "has_warmup"} & vals.keys():
            # whoever waits is asked again
            vals["queue_at"] = False
        return vals
