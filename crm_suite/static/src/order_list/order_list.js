import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/** The quotations of an opportunity: a click opens one as a page, where it can be worked on. */
export class OrderListField extends X2ManyField {
    setup() {
        super.setup();
        this.action = useService("action");
    }

    async openRecord(record) {
        if (await this.props.record.save()) {
            await this.action.doAction({
                type: "ir.actions.act_window",
                res_model: record.resModel,
                res_id: record.resId,
                views: [[false, "form"]],
            });
        }
    }
}

export const orderListField = { ...x2ManyField, component: OrderListField };

registry.category("fields").add("crm_order_list", orderListField);
