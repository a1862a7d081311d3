import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

import { SuggestionList } from "./suggestion_list";

/**
 * `<widget name="crm_product_suggestions" options="{'lines_field': 'order_line'}"/>` on a form with a
 * customer and lines of products. A click adds a line to the form, which is saved or discarded with it.
 */
export class SuggestionWidget extends Component {
    static template = "crm_suite.SuggestionWidget";
    static components = { SuggestionList };
    static props = { ...standardWidgetProps, linesField: String };

    get lines() {
        return this.props.record.data[this.props.linesField];
    }

    get partnerId() {
        return this.props.record.data.partner_id?.id || false;
    }

    get companyId() {
        return this.props.record.data.company_id?.id || false;
    }

    get productIds() {
        return this.lines.records.map((line) => line.data.product_id?.id).filter(Boolean);
    }

    get onAdd() {
        const { record, readonly } = this.props;
        return readonly || !record.isInEdition ? undefined : this.add.bind(this);
    }

    async add(suggestion) {
        // a line that is being entered comes first
        if (await this.lines.leaveEditMode()) {
            await this.lines.addNewRecord({
                position: "bottom",
                mode: "readonly",
                context: { default_product_id: suggestion.product_id },
            });
        }
    }
}

registry.category("view_widgets").add("crm_product_suggestions", {
    component: SuggestionWidget,
    extractProps: ({ options }) => ({ linesField: options.lines_field }),
    fieldDependencies: [
        { name: "partner_id", type: "many2one", relation: "res.partner" },
        { name: "company_id", type: "many2one", relation: "res.company" },
    ],
});
