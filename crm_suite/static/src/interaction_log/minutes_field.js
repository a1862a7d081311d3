import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { parseFloatTime, parseInteger } from "@web/views/fields/parsers";
import { useInputField } from "@web/views/fields/input_field_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const MINUTES = 60;

/** Read a duration as people type it: minutes, or hours and minutes with a colon. */
export function parseMinutes(text) {
    const typed = text.trim();
    if (!typed) {
        return 0;
    }
    return typed.includes(":") ? parseFloatTime(typed) : parseInteger(typed) / MINUTES;
}

/** A duration in hours, shown and typed in minutes, with the usual ones at hand. */
export class MinutesField extends Component {
    static template = "crm_suite.MinutesField";
    static props = { ...standardFieldProps };

    suggestions = [5, 15, 30, 60];

    setup() {
        useInputField({ getValue: () => this.formattedValue, parse: parseMinutes });
    }

    get minutes() {
        return Math.round((this.props.record.data[this.props.name] || 0) * MINUTES);
    }

    get formattedValue() {
        return this.minutes ? `${this.minutes}` : "";
    }

    suggest(minutes) {
        this.props.record.update({ [this.props.name]: minutes / MINUTES });
    }
}

registry.category("fields").add("crm_minutes", {
    component: MinutesField,
    displayName: _t("Minutes"),
    supportedTypes: ["float"],
    isEmpty: () => false,
});
