import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * Tickets of the same customer that may be about the same: shown while a ticket is entered, and on
 * the ticket until somebody has merged it or said that it is about something else.
 */
export class DuplicateHint extends Component {
    static template = "crm_suite_helpdesk.DuplicateHint";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get tickets() {
        return this.props.record.data[this.props.name] || [];
    }

    get isSaved() {
        return Boolean(this.props.record.resId);
    }

    facts(ticket) {
        const opened = formatDate(deserializeDateTime(ticket.opened_at));
        return [ticket.stage, opened, ticket.agent || _t("unassigned")].join(" · ");
    }

    href(ticket) {
        return `/odoo/tickets/${ticket.id}`;
    }

    async merge(ticket) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        const args = [[record.resId], ticket.id];
        const action = await this.orm.call("crm.ticket", "action_merge_duplicate", args);
        await this.action.doAction(action, { onClose: () => record.load() });
    }

    async dismiss() {
        const { record } = this.props;
        if (!this.isSaved) {
            await record.update({ is_no_duplicate: true });
        } else if (await record.save()) {
            await this.orm.call("crm.ticket", "action_no_duplicate", [[record.resId]]);
            await record.load();
        }
    }
}

export const duplicateHint = {
    component: DuplicateHint,
    supportedTypes: ["json"],
};

registry.category("fields").add("crm_ticket_duplicates", duplicateHint);
