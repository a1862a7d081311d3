import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { QUICK_CHANNELS } from "./channels";

/**
 * The channel as buttons, the rare ones in a list: one click, and the arrow keys as in any group of
 * radio buttons.
 */
export class ChannelField extends Component {
    static template = "crm_suite.ChannelField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get buttons() {
        const labels = Object.fromEntries(this.selection);
        return QUICK_CHANNELS.filter((channel) => channel.value in labels);
    }

    get others() {
        const quick = new Set(QUICK_CHANNELS.map((channel) => channel.value));
        // e-mails are on the timeline already; one that has an outcome keeps its channel
        return this.selection.filter(
            ([value]) => !quick.has(value) && (value !== "email" || value === this.value)
        );
    }

    get isOther() {
        return this.others.some(([value]) => value === this.value);
    }

    get selection() {
        return this.props.record.fields[this.props.name].selection;
    }

    get groupName() {
        return `crm_channel_${this.props.record.id}`;
    }

    select(value) {
        if (value) {
            this.props.record.update({ [this.props.name]: value });
        }
    }
}

registry.category("fields").add("crm_channel", {
    component: ChannelField,
    displayName: _t("Channel Buttons"),
    supportedTypes: ["selection"],
    isEmpty: () => false,
});
