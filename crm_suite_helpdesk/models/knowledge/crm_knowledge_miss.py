from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

from odoo.addons.crm_suite.lib.arabic import normalize

from ...lib.knowledge import get_terms, leave_out_personal

MAX_TERM = 100
# From one address, and from all, within an hour: more is no search for help
MAX_OF_ADDRESS = 20
MAX_NEW = 300
DAYS_KEPT = 400


class CrmKnowledgeMiss(models.Model):
    """What readers of the help centre looked for and found nothing.

    One row for each thing that was looked for, in a language; who did is not kept. Rows are
    written by the system: by SQL, because searching must never wait for being counted.
    """

    _name = "crm.knowledge.miss"
    _description = "Search in Vain"
    _order = "count desc, last_at desc, id desc"
    _rec_name = "term"

    term = fields.Char("Looked For", readonly=True, required=True)
    key = fields.Char(readonly=True, required=True, groups="base.group_system")
    lang = fields.Char("Language", readonly=True, required=True)
    count = fields.Integer("Times", readonly=True, required=True)
    first_at = fields.Datetime("First on", readonly=True, required=True)
    last_at = fields.Datetime("Last on", readonly=True, required=True)
    company_id = fields.Many2one("res.company", readonly=True, required=True, ondelete="cascade")
    visitor = fields.Char(readonly=True, groups="base.group_system")
    address_hash = fields.Char(readonly=True, groups="base.group_system")

    _once = models.UniqueIndex("(key, lang, company_id)")
    _address_idx = models.Index("(address_hash, last_at)")
    _first_idx = models.Index("(first_at)")
    _last_idx = models.Index("(last_at)")

    # ------------------------------------------------------------------ actions

    def action_write_article(self):
        """Begin an article that will be found by what was looked for."""
        self.ensure_one()
        language = self.env["res.lang"]._get_data(code=self.lang)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.knowledge.article",
            "views": [(False, "form")],
            "context": {
                "default_name": self.term,
                "default_keywords": self.term,
                "default_lang_id": language.id,
                "default_company_id": self.company_id.id,
            },
        }

    # ------------------------------------------------------------------ business

    @api.model
    def _record(self, typed, visitor, address_hash):
        """Write down that somebody found nothing; once an hour for one reader in a row.

        :param typed: what he looked for, as one line
        :param visitor, address_hash: see `crm.knowledge.visit._hash_visitor`
        """
        term = leave_out_personal(typed)[:MAX_TERM].strip()
        key = normalize(term)
        if not get_terms(key) or self._is_flooded(address_hash):
            return
        now = self.env["crm.ticket"]._now()
        values = {
            "term": term,
            "key": key,
            "lang": self.env.lang or "en_US",
            "count": 1,
            "first_at": now,
            "last_at": now,
            "company_id": self.env.company.id,
            "visitor": visitor,
            "address_hash": address_hash,
            **dict.fromkeys(("create_uid", "write_uid"), self.env.uid),
            **dict.fromkeys(("create_date", "write_date"), now),
        }
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_knowledge_miss AS miss (%(names)s) VALUES %(values)s
                ON CONFLICT (key, lang, company_id) DO UPDATE
                   SET count = miss.count + 1, last_at = EXCLUDED.last_at,
                       visitor = EXCLUDED.visitor, address_hash = EXCLUDED.address_hash
                 WHERE miss.visitor IS DISTINCT FROM EXCLUDED.visitor
                    OR miss.last_at < EXCLUDED.last_at - %(hour)s
             RETURNING id
                """,
                names=SQL(", ").join(map(SQL.identifier, values)),
                values=tuple(values.values()),
                hour=timedelta(hours=1),
            )
        )
        self.invalidate_model()

    @api.model
    def _is_flooded(self, address_hash):
        since = self.env["crm.ticket"]._now() - timedelta(hours=1)
        of_address = [("address_hash", "=", address_hash), ("last_at", ">", since)]
        return (
            self.search_count(of_address, limit=MAX_OF_ADDRESS) >= MAX_OF_ADDRESS
            or self.search_count([("first_at", ">", since)], limit=MAX_NEW) >= MAX_NEW
        )

    # ------------------------------------------------------------------ cron

    @api.autovacuum
    def _gc_misses(self):
        limit = self.env["crm.ticket"]._now() - timedelta(days=DAYS_KEPT)
        old = self.search([("last_at", "<", limit)], limit=GC_UNLINK_LIMIT)
        old.unlink()
        return len(old), len(old) == GC_UNLINK_LIMIT
