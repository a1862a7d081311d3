from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

INVOICE_TYPES = ("out_invoice", "out_refund")


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # Stored, because hardly any line is ever credited: reports over all orders would otherwise
    # have to look for the invoices of each line.
    returned_quantity = fields.Float(
        string="Credited Quantity",
        compute="_compute_returned",
        store=True,
        digits="Product Unit",
        help="What credit notes took back and no other invoice charged again, in the unit of the "
        "line.",
    )
    credited_amount = fields.Monetary(
        compute="_compute_returned",
        store=True,
        help="Without taxes: what credit notes gave back and no other invoice charged again.",
    )

    def _auto_init(self):
        cr = self.env.cr
        if not column_exists(cr, self._table, "returned_quantity"):
            # empty for all, so that a database with many orders need not compute each line
            create_column(cr, self._table, "returned_quantity", "numeric")
            create_column(cr, self._table, "credited_amount", "numeric")
            self.pool.post_init(self._fill_returned)
        return super()._auto_init()

    def _fill_returned(self):
        """Compute the lines that were credited before the columns were there."""
        refunded = self.search(
            [
                ("invoice_lines.move_id.move_type", "=", "out_refund"),
                ("invoice_lines.move_id.state", "=", "posted"),
            ]
        )
        for name in ("returned_quantity", "credited_amount"):
            self.env.add_to_compute(self._fields[name], refunded)

    @api.depends(
        "invoice_lines.move_id.state",
        "invoice_lines.move_id.move_type",
        "invoice_lines.quantity",
        "invoice_lines.price_subtotal",
        "product_uom_qty",
        "price_subtotal",
        "qty_delivered",
        "untaxed_amount_invoiced",
        "untaxed_amount_to_invoice",
    )
    def _compute_returned(self):
        """What came back is what was credited, less what was invoiced beyond the order.

        An invoice that is credited and made again (a wrong address, another date) takes nothing
        back: the second invoice exceeds what was ordered by what the credit note took. Neither does
        the credit note that a line below zero asks for itself.
        """
        for line in self:
            quantity, amount = dict.fromkeys(INVOICE_TYPES, 0.0), dict.fromkeys(INVOICE_TYPES, 0.0)
            for item in line.invoice_lines:
                move = item.move_id
                if move.state != "posted" or move.move_type not in INVOICE_TYPES:
                    continue
                quantity[move.move_type] += item.product_uom_id._compute_quantity(
                    item.quantity, line.product_uom_id, round=False, raise_if_failure=False
                )
                amount[move.move_type] += item.currency_id._convert(
                    item.price_subtotal,
                    line.currency_id,
                    move.company_id,
                    move.invoice_date or move.date,
                    round=False,
                )
            line.returned_quantity = line._get_taken_back(
                quantity, line.product_uom_qty or line.qty_delivered
            )
            ordered = line.price_subtotal
            if not line.product_uom_qty:
                # delivered without being ordered
                ordered = line.untaxed_amount_invoiced + line.untaxed_amount_to_invoice
            line.credited_amount = line._get_taken_back(amount, ordered)

    @api.model
    def _get_taken_back(self, invoiced, ordered):
        """Return the credited part of what was ordered.

        :param dict invoiced: sum of the invoices and of the credit notes by type of move
        """
        charged, credited = (invoiced[move_type] for move_type in INVOICE_TYPES)
        charged_again = max(0.0, charged - max(0.0, ordered))
        return max(0.0, credited - charged_again - max(0.0, -ordered))
