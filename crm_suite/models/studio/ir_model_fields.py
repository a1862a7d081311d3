from odoo import api, models, tools
from odoo.tools import SQL, sql

from ...lib.slug import FILE_NAME_PREFIX, PREFIX

TEXTS = frozenset(["char", "html", "text"])


class IrModelFields(models.Model):
    _name = "ir.model.fields"
    _inherit = ["ir.model.fields"]

    def _instanciate_attrs(self, field_data):
        attrs = super()._instanciate_attrs(field_data)
        if not attrs or not field_data["name"].startswith((PREFIX, FILE_NAME_PREFIX)):
            return attrs
        # a B-tree refuses long texts, and finds no part of one
        if attrs["index"] and field_data["ttype"] in TEXTS:
            attrs["index"] = "trigram"
        groups = self._get_custom_field_groups().get(field_data["id"])
        if groups:
            attrs["groups"] = groups
        return attrs

    @api.model
    @tools.ormcache(cache="stable")
    def _get_custom_field_groups(self):
        """Return who may read and write the custom fields that not everybody may.

        :return: {id of the field: external ids of groups, joined by commas}
        """
        # read while the registry is set up, also by the update that makes the table
        if not sql.table_exists(self.env.cr, "crm_custom_field_group_rel"):
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT m.id,
                           COALESCE(
                               string_agg(d.module || '.' || d.name, ',' ORDER BY d.id), %(nobody)s
                           )
                      FROM crm_custom_field f
                      JOIN ir_model_fields m ON m.model_id = f.model_id AND m.state = 'manual'
                           AND m.name IN (
                               f.technical_name, %(file)s || substr(f.technical_name, %(start)s)
                           )
                      JOIN crm_custom_field_group_rel r ON r.custom_field_id = f.id
                      LEFT JOIN LATERAL (
                               SELECT id, module, name
                                 FROM ir_model_data
                                WHERE model = 'res.groups' AND res_id = r.group_id
                                ORDER BY id
                                LIMIT 1
                           ) d ON TRUE
                     GROUP BY m.id
                    """,
                    file=FILE_NAME_PREFIX,
                    start=len(PREFIX) + 1,
                    # somebody deleted the external ids: closed, not open to everybody
                    nobody="base.group_system",
                )
            )
        )
