import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

import { CrmTimeline } from "./timeline";

/**
 * `<widget name="crm_timeline"/>` on the form of a contact, and with the name of a many2one to a
 * contact, `<widget name="crm_timeline" options="{'partner_field': 'partner_id'}"/>`, on other forms.
 */
export class CrmTimelineWidget extends Component {
    static template = "crm_suite.TimelineWidget";
    static components = { CrmTimeline };
    static props = { ...standardWidgetProps, partnerField: { type: String, optional: true } };

    get partnerId() {
        const { record, partnerField } = this.props;
        return (partnerField ? record.data[partnerField]?.id : record.resId) || false;
    }

    /** An interaction that was logged with the button of the form changes the count. */
    get revision() {
        return this.props.record.data.interaction_count;
    }
}

registry.category("view_widgets").add("crm_timeline", {
    component: CrmTimelineWidget,
    extractProps: ({ options }) => ({ partnerField: options.partner_field }),
    fieldDependencies: [{ name: "interaction_count", type: "integer" }],
});
