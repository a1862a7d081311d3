from odoo import api, models

from odoo.addons.crm_suite.lib.pack_record import Kind

TEXT = "translated"
ADDON = "crm_suite_helpdesk"


class CrmCustomizationRegistry(models.AbstractModel):
    _name = "crm.customization.registry"
    _inherit = ["crm.customization.registry"]

    @api.model
    def _get_kinds(self):
        kinds = super()._get_kinds()
        # forms come last: their rules may name what is here
        first = next(number for number, kind in enumerate(kinds) if kind.section == "forms")
        return [
            *kinds[:first],
            *self._get_ticket_kinds(),
            *self._get_promise_kinds(),
            *self._get_answer_kinds(),
            *kinds[first:],
        ]

    @api.model
    def _get_sections(self):
        return [*super()._get_sections(), ("service", self.env._("Service"))]

    @api.model
    def _get_pack_groups(self):
        return (
            *super()._get_pack_groups(),
            "crm_suite_helpdesk.group_agent",
            "crm_suite_helpdesk.group_manager",
        )

    @api.model
    def _get_named_kinds(self):
        return [
            *super()._get_named_kinds(),
            Kind("ticket_team", "crm.ticket.team", is_carried=False),
            Kind("calendar", "resource.calendar", is_carried=False),
        ]

    @api.model
    def _make_service_kind(self, key, model, label, attributes, **more):
        return self._make_kind(key, model, label, attributes, "service", ADDON, **more)

    @api.model
    def _get_teams_attribute(self):
        return self._attribute("teams", "references", "team_ids", kinds=("ticket_team",))

    @api.model
    def _get_ticket_kinds(self):
        return [
            self._make_service_kind(
                "ticket_stage",
                "crm.ticket.stage",
                self.env._("Stages of Tickets"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._choice("crm.ticket.stage", "type", required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("fold", "boolean"),
                    self._attribute("active", "boolean"),
                    self._attribute("description", TEXT),
                    self._attribute("portal_name", TEXT),
                    self._get_teams_attribute(),
                ],
            ),
            self._make_service_kind(
                "ticket_tag",
                "crm.ticket.tag",
                self.env._("Tags of Tickets"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("color", "integer"),
                    self._attribute("active", "boolean"),
                ],
            ),
            self._make_service_kind(
                "ticket_category",
                "crm.ticket.category",
                self.env._("Ticket Categories"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("parent", "reference", "parent_id", kinds=("ticket_category",)),
                    self._attribute("sequence", "integer"),
                    self._attribute("active", "boolean"),
                    self._attribute("description", TEXT),
                    self._get_teams_attribute(),
                ],
            ),
            self._make_service_kind(
                "customer_tier",
                "crm.customer.tier",
                self.env._("Customer Tiers"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("sequence", "integer"),
                    self._attribute("active", "boolean"),
                    self._attribute("color", "integer"),
                    self._attribute("is_vip", "boolean"),
                    self._attribute("description", TEXT),
                ],
            ),
        ]

    @api.model
    def _get_promise_kinds(self):
        policy, target = "crm.sla.policy", "crm.sla.target"
        return [
            self._make_service_kind(
                "sla_policy",
                policy,
                self.env._("SLA Policies"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("active", "boolean"),
                    self._attribute("sequence", "integer"),
                    self._get_teams_attribute(),
                    self._attribute("tiers", "references", "tier_ids", kinds=("customer_tier",)),
                    self._attribute(
                        "categories", "references", "category_ids", kinds=("ticket_category",)
                    ),
                    self._attribute("tags", "references", "tag_ids", kinds=("ticket_tag",)),
                    self._choice(policy, "tag_match"),
                    self._attribute(
                        "product_categories",
                        "references",
                        "product_categ_ids",
                        kinds=("product_category",),
                    ),
                    self._attribute("date_from", "date"),
                    self._attribute("date_to", "date"),
                    self._choice(policy, "stack"),
                    self._choice(policy, "on_reopen"),
                    self._attribute("reopen_days", "integer"),
                    self._choice(policy, "mode", required=True),
                    self._attribute("calendar", "reference", "calendar_id", kinds=("calendar",)),
                    self._attribute(
                        "targets",
                        "records",
                        "target_ids",
                        required=True,
                        identity=("metric", "priority"),
                        attributes=(
                            self._choice(target, "metric", required=True),
                            self._choice(target, "priority"),
                            self._attribute("budget_s", "integer", required=True),
                            self._attribute("pause_customer", "boolean"),
                            self._attribute("pause_third", "boolean"),
                            self._attribute("pause_internal", "boolean"),
                            self._attribute("risk_share", "integer"),
                        ),
                    ),
                ],
            )
        ]

    @api.model
    def _get_answer_kinds(self):
        macro, tag = "crm.ticket.macro", ("ticket_tag",)
        category = ("ticket_category",)
        return [
            self._make_service_kind(
                "ticket_macro",
                macro,
                self.env._("Macros"),
                [
                    self._attribute("name", TEXT, required=True),
                    self._attribute("active", "boolean"),
                    self._attribute("sequence", "integer"),
                    self._attribute("description", TEXT),
                    self._attribute("own_company", "boolean", "company_id"),
                    self._get_teams_attribute(),
                    self._attribute("categories", "references", "category_ids", kinds=category),
                    self._attribute("body", "long_translated"),
                    self._attribute("is_note", "boolean"),
                    self._attribute("stage", "reference", "stage_id", kinds=("ticket_stage",)),
                    self._choice(macro, "assign"),
                    self._attribute("team", "reference", "team_id", kinds=("ticket_team",)),
                    self._attribute("category", "reference", "category_id", kinds=category),
                    self._choice(macro, "priority"),
                    self._attribute("tags", "references", "tag_ids", kinds=tag),
                    self._attribute("untags", "references", "untag_ids", kinds=tag),
                ],
            ),
            self._make_service_kind(
                "canned_reply",
                "mail.canned.response",
                self.env._("Canned Replies"),
                [
                    self._attribute("source", "text", required=True),
                    self._attribute("substitution", "text", required=True),
                    self._attribute("lang", "language", "ticket_lang"),
                    self._attribute("groups", "group_names", "group_ids"),
                    self._attribute(
                        "teams", "references", "ticket_team_ids", kinds=("ticket_team",)
                    ),
                    self._attribute(
                        "categories", "references", "ticket_category_ids", kinds=category
                    ),
                ],
                identity=["source"],
                domain=[("is_shared", "=", True)],
            ),
        ]
