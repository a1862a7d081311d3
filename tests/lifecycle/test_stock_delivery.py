"""Where stock is installed, the strip of an opportunity tells what the warehouse has delivered."""

import json

from tests.conftest import SUITE_TEMPLATE, odoo_modules, odoo_shell

DELIVER = """
import json
from odoo.fields import Command

user = env["res.users"].create(
    {
        "name": "Seller",
        "login": "seller_with_stock",
        "group_ids": [Command.link(env.ref("sales_team.group_sale_salesman").id)],
    }
)
goods, service = env["product.product"].create(
    [
        {"name": "Shelf", "type": "consu", "is_storable": True, "list_price": 100.0},
        {"name": "Assembly", "type": "service", "list_price": 50.0},
    ]
)
(goods | service).write({"taxes_id": False, "invoice_policy": "delivery"})
location = env["stock.warehouse"].search([("company_id", "=", env.company.id)]).lot_stock_id[:1]
env["stock.quant"]._update_available_quantity(goods, location, 20)
partner = env["res.partner"].create({"name": "Customer with a warehouse"})
lead = env["crm.lead"].create(
    {
        "name": "Shelves",
        "type": "opportunity",
        "partner_id": partner.id,
        "user_id": user.id,
        "line_ids": [Command.create({"product_id": goods.id, "quantity": 10})],
    }
)
lead = lead.with_user(user)
steps = []


def note(step):
    env.flush_all()
    env.invalidate_all()
    action = lead.action_view_delivered()
    found = env[action["res_model"]].with_user(user).search(action["domain"])
    steps.append([step, lead.ordered_amount, lead.delivered_amount, found._name, len(found)])


def validate(picking, quantity):
    picking.action_assign()
    picking.move_ids.write({"quantity": quantity, "picked": True})
    picking.with_context(skip_backorder=True, cancel_backorder=False)._action_done()


lead.action_new_order()
order = lead.order_ids.sudo()
note("ordered")
validate(order.picking_ids, 4)
note("delivered in part")
done = order.picking_ids.filtered(lambda picking: picking.state == "done")
wizard = env["stock.return.picking"].with_context(active_model="stock.picking", active_id=done.id)
wizard = wizard.create({})
wizard.product_return_moves.write({"quantity": 1, "to_refund": True})
back = env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
validate(back, 1)
note("one returned")
rest = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
validate(rest, 6)
note("the rest delivered")
order.order_line = [Command.create({"product_id": service.id, "product_uom_qty": 2})]
order.order_line[-1].qty_delivered = 2
note("a service, too")
invoice = order._create_invoices()
invoice.action_post()
env.flush_all()
env.invalidate_all()
steps.append(["invoiced", lead.invoiced_amount])
print("STEPS" + json.dumps(steps))
"""


def test_deliveries_and_returns_move_the_strip(database):
    db = database(SUITE_TEMPLATE)
    odoo_modules(db, "-i", "sale_stock", "--skip-auto-install")
    output = odoo_shell(db, DELIVER)
    steps = json.loads(output.rpartition("STEPS")[2].splitlines()[0])
    assert steps == [
        ["ordered", 1000.0, 0.0, "sale.order", 0],
        ["delivered in part", 1000.0, 400.0, "stock.picking", 1],
        ["one returned", 1000.0, 300.0, "stock.picking", 2],
        ["the rest delivered", 1000.0, 900.0, "stock.picking", 3],
        ["a service, too", 1100.0, 1000.0, "sale.order", 1],
        ["invoiced", 1000.0],
    ]
