import io

import xlsxwriter

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class LeadImportController(http.Controller):
    @http.route("/crm/leads/import-template.xlsx", type="http", auth="user", methods=["GET"])
    def lead_import_template(self):
        """The template of the import, with the headings of the user's language."""
        Lead = request.env["crm.lead"]
        Lead.check_access("create")
        return self._make_sheet("leads", Lead._get_import_template())

    @http.route(
        "/crm/import-template/<string:model_name>.xlsx", type="http", auth="user", methods=["GET"]
    )
    def custom_import_template(self, model_name, move_type="out_invoice"):
        """The template of a form that has custom fields."""
        if model_name not in request.env["crm.custom.field"]._get_customizable_models():
            raise request.not_found()
        records = request.env[model_name].with_context(default_move_type=move_type)
        records.check_access("create")
        if not records._get_custom_import_columns():
            raise request.not_found()
        return self._make_sheet(model_name, records._get_custom_import_template())

    def _make_sheet(self, name, rows):
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as workbook:
            bold = workbook.add_format({"bold": True, "bg_color": "#EEEEEE"})
            sheet = workbook.add_worksheet("Import")
            if request.env["res.lang"]._get_data(code=request.env.lang).direction == "rtl":
                sheet.right_to_left()
            sheet.freeze_panes(1, 0)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    # no formulas, links or numbers: what is written is what is read
                    sheet.write_string(row, column, str(cell), bold if not row else None)
            sheet.set_column(0, len(cells) - 1, 22)
        return request.make_response(
            output.getvalue(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
            ],
        )
