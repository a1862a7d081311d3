import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

const FACES = { happy: "fa-smile-o", neutral: "fa-meh-o", unhappy: "fa-frown-o" };
const TONES = { happy: "success", neutral: "warning", unhappy: "danger" };

/** What is open with the customer: what he ordered, owes, asked, and what he thought of us. */
export class CustomerPanel extends Component {
    static template = "crm_suite_helpdesk.CustomerPanel";
    static props = {
        ticketId: [Number, Boolean],
        partnerId: { type: [Number, Boolean], optional: true },
        record: Object,
        insert: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ overview: {} });
        this.icons = FACES;
        this.tones = TONES;
        onWillStart(() => this.load(this.props.ticketId));
        onWillUpdateProps((next) => {
            if (next.ticketId !== this.props.ticketId || next.partnerId !== this.props.partnerId) {
                return this.load(next.ticketId);
            }
        });
    }

    async load(ticketId) {
        const call = ticketId
            ? this.orm.call("crm.ticket.overview", "get_overview", [ticketId])
            : Promise.resolve({});
        this.asked = call;
        const overview = await call;
        // An answer that was overtaken by another question is dropped
        if (this.asked === call) {
            this.state.overview = overview;
        }
    }

    get overview() {
        return this.state.overview;
    }

    open(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.model,
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    openTicket(id) {
        return this.open({ model: "crm.ticket", id });
    }

    openCustomer() {
        return this.open({ model: "res.partner", id: this.overview.customer.id });
    }

    openAll(name, model, part) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: `${name} - ${this.overview.customer.name}`,
            res_model: model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: part.domain,
            context: { create: false },
        });
    }

    openOrders() {
        return this.openAll(_t("Orders"), "sale.order", this.overview.orders);
    }

    openInvoices() {
        return this.openAll(_t("Open Invoices"), "account.move", this.overview.invoices);
    }

    openTimeline() {
        return this.action.doAction("crm_suite.crm_timeline_action", {
            additionalContext: { active_id: this.overview.customer.id },
        });
    }

    async linkOrder() {
        await this.orm.call("crm.ticket", "action_link_buyer_order", [[this.props.ticketId]]);
        await this.props.record.load();
        await this.load(this.props.ticketId);
    }
}

registry.category("crm_suite_helpdesk.assistant").add("customer", {
    Component: CustomerPanel,
    label: _t("Customer"),
    sequence: 5,
    groups: ["crm_suite_helpdesk.group_agent"],
});
