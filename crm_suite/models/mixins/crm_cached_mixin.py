from odoo import api, models


class CrmCachedMixin(models.AbstractModel):
    """Settings that are read so often that they are cached: whoever changes them empties the
    cache.
    """

    _name = "crm.cached.mixin"
    _description = "Cached Settings"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._get_cached_fields() & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _get_cached_fields(self):
        """Return the names of the fields that the cache depends on."""
        return set(self._fields)
