import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, useState } from "@odoo/owl";

const LAST_PANEL = "crm_suite_helpdesk.assistant.panel";

/**
 * What helps an agent to answer, beside the conversation of a ticket.
 *
 * Panels are entries of the registry category "crm_suite_helpdesk.assistant":
 * `{ Component, label, sequence, groups }`. `label` may be a function, for what is translated late;
 * `groups` is a list of XML ids, one of which the reader must have. Only the panel that is looked at
 * is there; its props are
 * - `ticketId`, `partnerId`: ids, `partnerId` is false without customer
 * - `record`: the record of the form
 * - `insert(content)`: puts markup, or plain text, into the composer and opens it; resolves to
 *   whether it could
 */
export class TicketAssistant extends Component {
    static template = "crm_suite_helpdesk.TicketAssistant";
    static props = { ...standardWidgetProps };

    setup() {
        this.link = useService("crm_composer_link");
        this.insert = this.insert.bind(this);
        this.panels = [];
        this.state = useState({ key: null });
        onWillStart(() => this.choosePanels());
    }

    async choosePanels() {
        const entries = registry.category("crm_suite_helpdesk.assistant").getEntries();
        const isFor = await Promise.all(
            entries.map(async ([, { groups }]) => {
                const has = await Promise.all((groups || []).map((name) => user.hasGroup(name)));
                return !has.length || has.some(Boolean);
            })
        );
        this.panels = entries
            .filter((_entry, i) => isFor[i])
            .map(([key, panel]) => ({ key, ...panel }))
            .sort((a, b) => (a.sequence ?? 50) - (b.sequence ?? 50));
        const last = browser.localStorage.getItem(LAST_PANEL);
        const panel = this.panels.find(({ key }) => key === last) || this.panels[0];
        this.state.key = panel ? panel.key : null;
    }

    get panel() {
        return this.panels.find(({ key }) => key === this.state.key);
    }

    get panelProps() {
        const { record } = this.props;
        return {
            ticketId: record.resId,
            partnerId: record.data.partner_id?.id || false,
            record,
            insert: this.insert,
        };
    }

    label(panel) {
        return typeof panel.label === "function" ? panel.label() : String(panel.label);
    }

    show(panel) {
        this.state.key = panel.key;
        browser.localStorage.setItem(LAST_PANEL, panel.key);
    }

    insert(content) {
        return this.link.insert(this.props.record.resId, content);
    }
}

export const ticketAssistant = {
    component: TicketAssistant,
    fieldDependencies: [{ name: "partner_id", type: "many2one", relation: "res.partner" }],
};

registry.category("view_widgets").add("crm_ticket_assistant", ticketAssistant);
