import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

import { QUICK_CHANNELS } from "./channels";

/**
 * `<widget name="crm_log_buttons"/>` in the button box of a form: the channel is chosen with the click
 * that opens the small form, so that anything is logged in two clicks.
 */
export class LogButtons extends Component {
    static template = "crm_suite.LogButtons";
    static props = { ...standardWidgetProps };

    channels = QUICK_CHANNELS;

    async log(channel) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        // straight from the environment: the menu that holds these buttons on narrow screens closes
        const { action, orm } = this.env.services;
        const args = [[record.resId], channel];
        const description = await orm.call(record.resModel, "action_log_interaction", args, {
            context: record.context,
        });
        await action.doAction(description, { onClose: () => record.load() });
    }
}

registry.category("view_widgets").add("crm_log_buttons", { component: LogButtons });
