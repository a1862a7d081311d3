from odoo import models
from odoo.tools.misc import hmac


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        info = super().session_info()
        if shapes := self.env["crm.customization"]._get_shapeable():
            info["crm_shapes"] = shapes
        if "registry_hash" in info:
            # Browsers keep views on disk as long as this stays the same. Rules, tabs and places
            # change views without a change of the registry.
            # sudo: the secret of the database signs it, as core signs its own
            info["registry_hash"] = hmac(
                self.env(su=True),
                "crm-suite-views",
                (info["registry_hash"], self.env.registry.cache_sequences.get("templates")),
            )
        return info
