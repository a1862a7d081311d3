import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

import { CrmTimeline } from "./timeline";

/**
 * `<widget name="crm_timeline"/>` on a page of the notebook of a form: only when the page is opened,
 * something is read. `options="{'partner_field': 'partner_id'}"` names the contact for whom the history
 * can be opened as a page of its own.
 */
export class CrmTimelineWidget extends Component {
    static template = "crm_suite.TimelineWidget";
    static components = { CrmTimeline };
    static props = { ...standardWidgetProps, partnerField: { type: String, optional: true } };

    get resId() {
        return this.props.record.resId || false;
    }

    get partnerId() {
        const { record, partnerField } = this.props;
        return (partnerField ? record.data[partnerField]?.id : record.resId) || false;
    }

    /** The form was saved or read again. */
    get revision() {
        const { record } = this.props;
        return [record.id, record.data.write_date?.toMillis()].join();
    }
}

registry.category("view_widgets").add("crm_timeline", {
    component: CrmTimelineWidget,
    extractProps: ({ options }) => ({ partnerField: options.partner_field }),
    fieldDependencies: [{ name: "write_date", type: "datetime" }],
});
