import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** Who did not get which message of a ticket, and why. */
export class DeliveryFailuresField extends Component {
    static template = "crm_suite_helpdesk.DeliveryFailuresField";
    static props = { ...standardFieldProps };

    get failures() {
        return this.props.record.data[this.props.name] || [];
    }

    title(failure) {
        return _t("Message of %(date)s to %(email)s", { date: failure.date, email: failure.email });
    }
}

registry.category("fields").add("crm_delivery_failures", {
    component: DeliveryFailuresField,
    supportedTypes: ["json"],
});
