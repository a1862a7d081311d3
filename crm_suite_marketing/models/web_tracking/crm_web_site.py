import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.crm_suite.lib import lead_form

from ...lib import bot_filter, delivery_token
from ...lib import web_tracking as lib

COUNTED_DAYS = 30
FORM_PATH = "/crm_suite/form/"


class CrmWebSite(models.Model):
    """A web site of ours, made with whatever program, whose pages tell of their visitors.

    The key in its snippet is no secret: it says for which site something is told. What is told is
    taken from pages of the allowed origins only, and changes nothing but visits.
    """

    _name = "crm.web.site"
    _description = "Tracked Website"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    allowed_origins = fields.Text(
        "Addresses of the Site",
        required=True,
        tracking=True,
        help="One a line, such as https://www.example.com. https://*.example.com stands for every "
        "host below example.com. Pages of other addresses are not heard.",
    )
    key = fields.Char(
        "Public Key",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(16),
    )
    consent_mode = fields.Selection(
        [
            ("none", "Nothing until the Visitor Agrees"),
            ("count", "Only Count until the Visitor Agrees"),
        ],
        "Before Consent",
        required=True,
        default="none",
        tracking=True,
        help="Counting keeps the number of pages of a day, and nothing of who looked at them.",
    )
    consent_cookie = fields.Char(
        "Cookie of the Consent Banner",
        help="Name and value of the cookie that your banner sets when visitors agree, such as "
        "cookie_consent=yes. Empty: your page calls crmSuite.consent(true).",
    )
    consent_global = fields.Char(
        "Flag of the Consent Banner",
        help="Name of the value in the page that is true when visitors have agreed, such as "
        "Cookiebot.consent.marketing.",
    )
    keep_days = fields.Integer(
        "Keep Visits of Strangers (Days)",
        default=90,
        required=True,
        help="Visits of people who were not identified by then are deleted.",
    )
    most_calls = fields.Integer(
        "Calls per Minute and Visitor",
        default=120,
        required=True,
        help="What one internet address tells beyond that is not heard.",
    )
    snippet = fields.Text(
        compute="_compute_snippet",
        help="Paste this into the head of every page.",
    )
    visitor_count = fields.Integer("Visitors", compute="_compute_counts")
    visit_count = fields.Integer(
        "Page Visits", compute="_compute_counts", help="By people, in the last 30 days."
    )
    anonymous_count = fields.Integer(
        "Anonymous Page Views",
        compute="_compute_counts",
        help="In the last 30 days, by visitors who have not agreed to more.",
    )
    last_seen = fields.Datetime(compute="_compute_counts")

    _key_unique = models.UniqueIndex("(key)")
    _check_keep_days = models.Constraint(
        "CHECK(keep_days BETWEEN 1 AND 1095)", "Visits are kept from 1 to 1095 days."
    )
    _check_most_calls = models.Constraint(
        "CHECK(most_calls BETWEEN 1 AND 6000)", "From 1 to 6000 calls per minute."
    )

    @api.constrains("allowed_origins")
    def _check_allowed_origins(self):
        for site in self:
            try:
                origins = lead_form.parse_origins(site.allowed_origins)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” is no site. Write it as https://www.example.com, without a page.",
                        str(error),
                    )
                ) from error
            if not origins:
                raise ValidationError(self.env._("Enter at least one address of the site."))

    @api.constrains("consent_cookie", "consent_global")
    def _check_consent_signal(self):
        for site in self:
            name, equals, _value = (site.consent_cookie or "a=b").partition("=")
            if not name.strip() or not equals or ";" in (site.consent_cookie or ""):
                raise ValidationError(self.env._("Write the cookie of the banner as name=value."))
            parts = (site.consent_global or "a").split(".")
            if not all(part.isidentifier() for part in parts):
                raise ValidationError(
                    self.env._("“%s” is no name of a value in a page.", site.consent_global)
                )

    @api.depends("key", "consent_cookie", "consent_global")
    def _compute_snippet(self):
        for site in self:
            extra = Markup("").join(
                Markup(' {}="{}"').format(Markup(name), value)
                for name, value in (
                    ("data-consent-cookie", site.consent_cookie),
                    ("data-consent-global", site.consent_global),
                )
                if value
            )
            site.snippet = Markup(
                '<script async src="{base}/crm_suite/track.js?site={key}"{extra}></script>'
            ).format(base=site.get_base_url(), key=site.key, extra=extra)

    def _compute_counts(self):
        since = fields.Datetime.now() - timedelta(days=COUNTED_DAYS)
        mine = [("site_id", "in", self.ids)]
        visits = self._group(
            "crm.web.visit",
            [*mine, ("ts", ">", since), ("actor", "!=", "bot"), ("kind", "=", "visit")],
            ["__count"],
        )
        days = self._group("crm.web.day", [*mine, ("date", ">=", since.date())], ["count:sum"])
        seen = self._group("crm.web.day", mine, ["last_at:max"])
        visitors = self._group("crm.web.visitor", mine, ["__count", "last_seen:max"])
        for site in self:
            [site.visit_count] = visits.get(site.id, [0])
            [site.anonymous_count] = days.get(site.id, [0])
            site.visitor_count, last = visitors.get(site.id, (0, False))
            [last_day] = seen.get(site.id, [False])
            site.last_seen = max(filter(None, (last, last_day)), default=False)

    def _group(self, model, domain, aggregates):
        # sudo: numbers only, of sites that the user reads
        rows = self.env[model].sudo()._read_group(domain, ["site_id"], aggregates)
        return {site.id: values for site, *values in rows}

    def write(self, vals):
        if "company_id" in vals:
            moved = self.filtered(lambda site: site.company_id.id != vals["company_id"])
            # sudo: visits that the user does not see count all the same
            known = self.env["crm.web.visitor"].sudo()
            if known.search_count([("site_id", "in", moved.ids)], limit=1):
                raise UserError(
                    self.env._("A site that had visitors stays with its company. Make a new one.")
                )
        return super().write(vals)

    def copy_data(self, default=None):
        return [
            values | {"name": self.env._("%s (copy)", site.name)}
            for site, values in zip(self, super().copy_data(default), strict=True)
        ]

    def action_view_visits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_web_visit_action"
        )
        return action | {"domain": [("site_id", "=", self.id)]}

    def action_view_visitors(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_web_visitor_action"
        )
        return action | {"domain": [("site_id", "=", self.id)]}

    def action_view_days(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_web_day_action"
        )
        return action | {"domain": [("site_id", "=", self.id)]}

    # ------------------------------------------------------------------
    # What pages tell
    # ------------------------------------------------------------------

    def _get_origins(self):
        return [origin for site in self for origin in lead_form.parse_origins(site.allowed_origins)]

    @api.model
    def _find_by_key(self, key):
        """Return the active site of a key; call it with the rights of the system."""
        if not lib.SITE_KEY.fullmatch(key or ""):
            return self.browse()
        return self.search([("key", "=", key)], limit=1)

    def _hears(self, origin):
        """Say whether a page of this origin may tell something."""
        return bool(self) and lib.is_allowed(lib.get_origin(origin or ""), self._get_origins())

    def _hash(self, scope, text):
        key = self.env["crm.consent"]._get_key()
        return lib.hash_key(key, f"web-{scope}", f"{self.id}:{text}")

    def _is_flooded(self, address, is_count=False):
        """Count a call of an address; and a page view, where nothing else is told.

        :return: whether there were too many
        """
        address_hash = self._hash("address", address)[:32]
        with self.env["crm.outbox"]._get_sending_cursor() as cr:
            if not is_count:
                # calls that a crash of the server forgets harm nobody: no wait for the disk
                cr.execute("SET LOCAL synchronous_commit TO off")
            calls = self.env["crm.web.call"]._count(cr, self, address_hash)
            if is_count and calls <= self.most_calls:
                self.env["crm.web.day"]._count(cr, self)
        return calls > self.most_calls

    def _take(self, call, visit):
        """Note what a page has told.

        :param call: `lib.web_tracking.Call` with a visitor
        :param visit: what is known of the request, as `describe_visit` returns it
        :return: the new visits
        """
        self.ensure_one()
        visitors = self.env["crm.web.visitor"]
        if call.is_farewell:
            visitors._forget(self, call.visitor)
            return self.env["crm.web.visit"]
        visitor = visitors._meet(self, call)
        if call.token:
            visitor._identify_by_link(call.token)
        return self.env["crm.web.visit"]._add(visitor, call.events, self._judge(visit))

    def _judge(self, visit):
        """:return: who looks at pages, and why we think so"""
        # a page that tells has been loaded, whatever the method says of this call
        seen = bot_filter.Visit(
            0, "visit", fields.Datetime.now(), agent=visit["agent"], is_prefetch=visit["prefetch"]
        )
        return bot_filter.classify([seen])[0]

    # ------------------------------------------------------------------
    # Links in mails
    # ------------------------------------------------------------------

    @api.model
    def _mark_link(self, target, delivery):
        """Return where a link of a message leads, with a mark that names the message to the page
        for a few minutes. Only pages of our own sites get one.
        """
        if not delivery.partner_id or not delivery.company_id:
            return target
        origin = lib.get_origin(target)
        is_form = origin == lib.get_origin(self.get_base_url()) and urlsplit(
            target
        ).path.startswith(FORM_PATH)
        if not is_form:
            # sudo: whoever followed the link has no rights
            sites = self.sudo().search([("company_id", "=", delivery.company_id.id)], limit=200)
            if not lib.is_allowed(origin, sites._get_origins()):
                return target
        return lib.add_parameter(target, lib.TOKEN_PARAMETER, self._make_token(delivery))

    @api.model
    def _make_token(self, delivery):
        expires = lib.count_seconds(fields.Datetime.now()) + 60 * lib.TOKEN_MINUTES
        return delivery_token.make_token(
            self.env["crm.consent"]._get_key(), "web", delivery.id, expires, secrets.randbits(63)
        )

    @api.model
    def _read_token(self, token):
        """Return the message whose link was followed just now; or none."""
        numbers = delivery_token.read_token(self.env["crm.consent"]._get_key(), "web", token)
        deliveries = self.env["crm.outbox"]
        if not numbers or len(numbers) != 3:
            return deliveries
        if numbers[1] < lib.count_seconds(fields.Datetime.now()):
            return deliveries
        return deliveries.browse(numbers[0]).exists()

    # ------------------------------------------------------------------
    # Forgetting
    # ------------------------------------------------------------------

    @api.model
    def _cron_forget_strangers(self):
        """Delete visits of those who were not identified in time, and visitors without any."""
        job = self.env["ir.cron"]
        for site in self.with_context(active_test=False).search([], order="id", limit=1000):
            limit = fields.Datetime.now() - timedelta(days=site.keep_days)
            for statement in (FORGET_VISITS, FORGET_VISITORS):
                count = BATCH
                while count == BATCH:
                    self.env.cr.execute(SQL(statement, site=site.id, limit=limit, batch=BATCH))
                    count = self.env.cr.rowcount
                    self.env.invalidate_all()
                    if not job._commit_progress(count, remaining=0):
                        return


BATCH = 10_000
FORGET_VISITS = """
    DELETE FROM crm_web_visit
     WHERE id IN (SELECT id FROM crm_web_visit
                   WHERE site_id = %(site)s AND ts < %(limit)s AND partner_id IS NULL
                   LIMIT %(batch)s)
"""
FORGET_VISITORS = """
    DELETE FROM crm_web_visitor
     WHERE id IN (SELECT visitor.id FROM crm_web_visitor AS visitor
                   WHERE visitor.site_id = %(site)s
                     AND visitor.last_seen < %(limit)s
                     AND visitor.partner_id IS NULL
                   LIMIT %(batch)s)
"""
