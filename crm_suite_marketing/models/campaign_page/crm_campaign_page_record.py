from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from . import queries
from .crm_campaign_page import SERIES, WAITING

# So many leads or orders are opened at most
MOST_RECORDS = 10_000
STATE_KEYS = {
    "targeted": None,
    "sent": ("sent",),
    "uncertain": ("uncertain",),
    "failed": ("failed",),
    "waiting": WAITING,
    "held": ("held",),
    "suppressed": ("suppressed",),
}


class CrmCampaignPageRecord(models.AbstractModel):
    """The records behind each number of the page, for whom the page is there."""

    _name = "crm.campaign.page.record"
    _inherit = "crm.campaign.page"
    _description = "Records behind the Live Page of a Campaign"

    @api.model
    def open_records(self, key, campaign_id=False, mailing_id=False, **choice):
        """Return the action that shows what a number of the page counts.

        :param str key: which number
        :param choice: ``reason`` of the deliveries; ``with_programs``: what programs opened counts
            as well; ``date_from`` and ``date_to`` (UTC) for what happened in between
        :raise AccessError: for who may not read these records
        """
        campaign, mailings = self._get_scope(campaign_id, mailing_id)
        if key in STATE_KEYS:
            return self._open_deliveries(key, mailings, choice)
        if key in ("leads", "orders"):
            return self._open_business(key, campaign, mailings)
        if key in ("revenue", "paid"):
            return self._open_shares(key, campaign, mailings)
        if key == "cost" and campaign:
            return campaign.action_view_costs()
        if key == "unsubscribed" or choice.get("date_from"):
            return self._open_events(key, mailings, choice)
        return self._open_reactions(key, mailings, choice)

    @api.model
    def _get_action(self, xmlid, domain, name=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_suite_marketing.{xmlid}")
        action |= {"domain": list(domain), "context": {"create": False}}
        return action | ({"name": name, "display_name": name} if name else {})

    @api.model
    def _describe_unknown(self):
        return self.env._("There is nothing to open.")

    @api.model
    def _get_reaction_domain(self, key, mailings, with_programs=False):
        """:return: the domain of deliveries for which this came about"""
        of_mailings = Domain("mailing_id", "in", mailings.ids)
        person = Domain.TRUE if with_programs else Domain("actor", "!=", "bot")
        hard = Domain("kind", "=", "bounce_hard")
        kinds = {
            "opened": Domain("kind", "in", queries.OPENING) & person,
            "clicked": Domain("kind", "=", "click") & person,
            "replied": Domain("kind", "=", "reply"),
            "auto_replied": Domain("kind", "=", "auto_reply"),
            "complained": Domain("kind", "=", "complaint"),
            "bounced_hard": hard,
            "bounced_soft": Domain("kind", "=", "bounce_soft"),
            "delivered": Domain("kind", "in", queries.BOUNCES),
        }
        if key not in kinds:
            raise UserError(self._describe_unknown())

        def came_about(domain, operator="any"):
            return Domain("engagement_ids", operator, of_mailings & domain)

        opened = Domain("kind", "in", queries.OPENING) & Domain("actor", "!=", "bot")
        found = came_about(kinds[key])
        if key == "delivered":
            found = Domain("state", "=", "sent") & (
                came_about(kinds[key], "not any") | came_about(opened)
            )
        elif key in ("bounced_hard", "bounced_soft"):
            found &= came_about(opened, "not any")
            if key == "bounced_soft":
                found &= came_about(hard, "not any")
        return of_mailings & found

    @api.model
    def _open_reactions(self, key, mailings, choice):
        domain = self._get_reaction_domain(key, mailings, bool(choice.get("with_programs")))
        return self._get_action("crm_outbox_action", domain)

    @api.model
    def _open_deliveries(self, key, mailings, choice):
        domain = Domain("mailing_id", "in", mailings.ids)
        if choice.get("date_from"):
            return self._get_action(
                "crm_outbox_action", domain & self._get_period("sent_at", choice)
            )
        if STATE_KEYS[key]:
            domain &= Domain("state", "in", STATE_KEYS[key])
        reason = choice.get("reason")
        if reason:
            domain &= Domain("reason", "=", str(reason))
        return self._get_action("crm_outbox_action", domain)

    @api.model
    def _get_period(self, name, choice):
        try:
            start = fields.Datetime.to_datetime(choice["date_from"])
            end = fields.Datetime.to_datetime(choice.get("date_to")) or start + timedelta(hours=1)
        except (TypeError, ValueError) as error:
            raise UserError(self._describe_unknown()) from error
        return Domain(name, ">=", start) & Domain(name, "<", end)

    @api.model
    def _open_events(self, key, mailings, choice):
        domain = Domain("mailing_id", "in", mailings.ids)
        if not choice.get("date_from"):
            domain &= Domain("kind", "=", "unsubscribe")
            return self._get_action("crm_engagement_action", domain)
        domain &= self._get_period("ts", choice)
        is_program = Domain("actor", "=", "bot") & Domain("kind", "in", ("open", "click"))
        if key in ("program_open", "program_click"):
            kinds = [key.removeprefix("program_")]
            domain &= is_program
        else:
            kinds = [kind for kind, name in SERIES.items() if name == key]
            domain &= ~is_program
        if not kinds:
            raise UserError(self._describe_unknown())
        domain &= Domain("kind", "in", kinds)
        return self._get_action("crm_engagement_action", domain)

    # ------------------------------------------------------------------
    # Leads, orders, money
    # ------------------------------------------------------------------

    @api.model
    def _open_business(self, key, campaign, mailings):
        model, conversion = {"leads": ("crm.lead", "lead"), "orders": ("sale.order", "order")}[key]
        self.env[model].check_access("read")
        records, _may_open = self._get_visible(model)
        column = f"{conversion}_id"
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT %s FROM crm_attribution WHERE %s LIMIT %s",
                SQL.identifier(column),
                queries.select_touched(
                    conversion,
                    column,
                    self._get_touch_condition(campaign, mailings),
                    self.env.companies.ids,
                    records,
                ),
                MOST_RECORDS,
            )
        )
        names = {"leads": self.env._("Leads"), "orders": self.env._("Orders")}
        return {
            "type": "ir.actions.act_window",
            "name": names[key],
            "res_model": model,
            "domain": [("id", "in", [row[0] for row in rows])],
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False, "active_test": False},
        }

    @api.model
    def _open_shares(self, key, campaign, mailings):
        """Amounts open the shares that they are the sum of."""
        if not self.env["crm.attribution"].has_access("read"):
            raise AccessError(self.env._("You may not see amounts of orders."))
        conversion = "order" if key == "revenue" else "payment"
        domain = Domain("conversion", "=", conversion)
        if campaign:
            domain &= Domain("campaign_id", "=", campaign.id)
        else:
            domain &= Domain("mailing_id", "in", mailings.ids)
        action = self._get_action("crm_attribution_action", domain)
        return action | {"view_mode": "list,pivot,graph,form", "views": self._order_views(action)}

    @api.model
    def _order_views(self, action):
        """:return: the views of the action, with the list first"""
        return sorted(action["views"], key=lambda view: view[1] != "list")
