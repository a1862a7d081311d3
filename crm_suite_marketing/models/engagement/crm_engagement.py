from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [
    ("delivered", "Delivered"),
    ("open", "Opened"),
    ("click", "Clicked"),
    ("reply", "Replied"),
    ("auto_reply", "Answered by Itself"),
    ("bounce_hard", "Bounced for Good"),
    ("bounce_soft", "Bounced for Now"),
    ("complaint", "Reported as Spam"),
    ("unsubscribe", "Unsubscribed"),
]
ACTORS = [("human", "Person"), ("bot", "Program"), ("unknown", "Unknown")]
# What the database itself lets nobody do. Records that an event names may go (their number is
# taken out), and erasure takes out what tells of the person.
GUARD = """
    CREATE OR REPLACE FUNCTION crm_engagement_guard() RETURNS trigger AS $$
    DECLARE
        loose text[] := ARRAY[
            'outbox_id', 'mailing_id', 'campaign_id', 'trace_id', 'partner_id', 'link_id'];
        name text;
    BEGIN
        IF current_setting('crm_suite.consent_erasure', true) = 'on' THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - loose = to_jsonb(OLD) - loose THEN
            FOREACH name IN ARRAY loose LOOP
                IF to_jsonb(NEW) ->> name IS NOT NULL
                   AND to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name
                   AND name != 'partner_id'
                THEN
                    RAISE EXCEPTION 'The events of mailings are append-only';
                END IF;
            END LOOP;
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'The events of mailings are append-only';
    END
    $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS crm_engagement_guard ON crm_engagement;
    CREATE TRIGGER crm_engagement_guard BEFORE UPDATE OR DELETE ON crm_engagement
        FOR EACH ROW EXECUTE FUNCTION crm_engagement_guard();
    DROP TRIGGER IF EXISTS crm_engagement_guard_all ON crm_engagement;
    CREATE TRIGGER crm_engagement_guard_all BEFORE TRUNCATE ON crm_engagement
        FOR EACH STATEMENT EXECUTE FUNCTION crm_engagement_guard();
"""


class CrmEngagement(models.Model):
    """What people, and programs in their place, did with a message. Only ever added to."""

    _name = "crm.engagement"
    _description = "Engagement"
    _order = "ts desc, id desc"
    _rec_name = "kind"
    _log_access = False

    event_key = fields.Char("Key of the Event", required=True, readonly=True)
    ts = fields.Datetime("Time", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    outbox_id = fields.Many2one(
        "crm.outbox", "Delivery", readonly=True, ondelete="set null", index="btree_not_null"
    )
    mailing_id = fields.Many2one("mailing.mailing", readonly=True, ondelete="set null")
    campaign_id = fields.Many2one(
        "utm.campaign", readonly=True, ondelete="set null", index="btree_not_null"
    )
    trace_id = fields.Many2one(
        "mailing.trace",
        "Row of the Statistics",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    # contacts are merged: the event follows
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True, ondelete="set null")
    identity_key = fields.Char("Key of the Address", readonly=True)
    link_id = fields.Many2one(
        "link.tracker", "Link", readonly=True, ondelete="set null", index="btree_not_null"
    )
    actor = fields.Selection(ACTORS, required=True, readonly=True, default="unknown")
    evidence = fields.Json(readonly=True)

    _event_key_uniq = models.UniqueIndex("(event_key)")
    _ts_idx = models.Index("USING brin (ts)")
    _mailing_idx = models.Index("(mailing_id, kind, ts)")
    _partner_idx = models.Index("(partner_id, ts) WHERE partner_id IS NOT NULL")
    _identity_idx = models.Index("(identity_key, ts)")

    def init(self):
        self.env.cr.execute(SQL(GUARD))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What happened to a mailing is only ever added to."))
