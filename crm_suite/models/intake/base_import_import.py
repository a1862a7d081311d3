from odoo import models

from odoo.addons.base_import.models.base_import import ImportValidationError


class BaseImportImport(models.TransientModel):
    """A number or date that is none is told like all other errors: with its row, and not alone."""

    _inherit = "base_import.import"

    def _parse_float_from_data(self, data, index, name, options):
        if self.res_model != "crm.lead":
            return super()._parse_float_from_data(data, index, name, options)
        return self._parse_rows(super()._parse_float_from_data, data, index, name, options)

    def _parse_date_from_data(self, data, index, name, field_type, options):
        if self.res_model != "crm.lead":
            return super()._parse_date_from_data(data, index, name, field_type, options)
        return self._parse_rows(
            super()._parse_date_from_data, data, index, name, field_type, options
        )

    def _parse_rows(self, parse, data, index, *arguments):
        """Parse a column row by row; leave what cannot be parsed as it is, for the import itself to
        refuse.
        """
        for line in data:
            original = line[index]
            try:
                parse([line], index, *arguments)
            except ImportValidationError:
                if self._is_number(original):
                    # the import would take "nan" and "inf" for numbers
                    raise
                line[index] = original

    @staticmethod
    def _is_number(text):
        try:
            float(text)
        except ValueError:
            return False
        return True
