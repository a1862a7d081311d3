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
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as workbook:
            bold = workbook.add_format({"bold": True, "bg_color": "#EEEEEE"})
            sheet = workbook.add_worksheet("Leads")
            if request.env["res.lang"]._get_data(code=request.env.lang).direction == "rtl":
                sheet.right_to_left()
            sheet.freeze_panes(1, 0)
            for row, cells in enumerate(Lead._get_import_template()):
                for column, cell in enumerate(cells):
                    # no formulas, links or numbers: what is written is what is read
                    sheet.write_string(row, column, str(cell), bold if not row else None)
            sheet.set_column(0, len(cells) - 1, 22)
        return request.make_response(
            output.getvalue(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition("leads.xlsx")),
            ],
        )
