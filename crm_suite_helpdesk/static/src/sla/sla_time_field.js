import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { SlaCountdown } from "./sla_countdown";

/**
 * The countdown to the nearest deadline of a ticket, or to that of a clock.
 *
 * Put it on the deadline, by which a list can be sorted. `options="{'full': true}"` writes out what else
 * is a tooltip.
 */
export class SlaTimeField extends Component {
    static template = "crm_suite_helpdesk.SlaTimeField";
    static components = { SlaCountdown };
    static props = { ...standardFieldProps, full: { type: Boolean, optional: true } };
}

export const slaTimeField = {
    component: SlaTimeField,
    displayName: _t("Time Left"),
    supportedTypes: ["datetime", "float"],
    supportedOptions: [{ label: _t("Written out"), name: "full", type: "boolean" }],
    fieldDependencies: [{ name: "sla_live", type: "json", readonly: true }],
    extractProps: ({ options }) => ({ full: Boolean(options.full) }),
};

registry.category("fields").add("crm_sla_time", slaTimeField);
