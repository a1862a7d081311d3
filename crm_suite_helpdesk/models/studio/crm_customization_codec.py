from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite.lib.pack_record import SOURCE_LANGUAGE

# By what a policy may be limited that is known in one database only
LIMITS = ("partner_ids", "product_ids", "order_ids", "domain")


class CrmCustomizationCodec(models.AbstractModel):
    _name = "crm.customization.codec"
    _inherit = ["crm.customization.codec"]

    @api.model
    def _read_values(self, kind, records, keys=None):
        if kind.key == "sla_policy":
            # sudo: the further conditions of a policy are shown to managers only
            if any(policy[name] for policy in records.sudo() for name in LIMITS):
                raise UserError(
                    self.env._(
                        "it is limited to customers, products, orders or further conditions, which"
                        " other databases do not have."
                    )
                )
        elif kind.key == "ticket_macro" and records.user_id:
            raise UserError(self.env._("it assigns tickets to a user of this database."))
        return super()._read_values(kind, records, keys)

    @api.model
    def _get_identity(self, kind, record):
        if kind.key == "ticket_category":
            # sudo: names only
            return record.sudo().with_context(lang=SOURCE_LANGUAGE).complete_name[:400]
        return super()._get_identity(kind, record)

    @api.model
    def _get_identity_of_values(self, kind, values, key):
        if kind.key == "ticket_category" and values.get("parent"):
            parent = values["parent"].partition(":")[2]
            return f"{parent} / {values['name'][SOURCE_LANGUAGE]}"
        return super()._get_identity_of_values(kind, values, key)

    @api.model
    def _find_all(self, kind, identity):
        if kind.key != "ticket_category":
            return super()._find_all(kind, identity)
        # sudo: whether there is a category of this name; rights decide what is done with it
        categories = (
            self.env["crm.ticket.category"]
            .sudo()
            .with_context(active_test=False, lang=SOURCE_LANGUAGE)
        )
        found = categories.browse()
        for name in identity.split(" / "):
            found = categories.search(
                [("name", "=", name), ("parent_id", "=", found.id)],
                order="active DESC, id",
                limit=1,
            )
            if not found:
                break
        return self.env[kind.model].browse(found.ids)
