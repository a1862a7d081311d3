import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { DeskAvailability } from "../assignment/availability";
import { SlaCountdown } from "../sla/sla_countdown";

import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";

/** Deadlines pass while the page is open */
const REFRESH_MS = 60000;

const TODAY = { hour: "numeric", minute: "2-digit" };
const ANOTHER_DAY = { weekday: "short", day: "numeric", month: "short", ...TODAY };

const VIEWS = {
    "crm.ticket": ["list", "kanban", "form"],
    "crm.sla.clock": ["list", "form"],
};

/** The home of an agent: what he has, what to do next, and for leaders the load of their teams. */
export class HelpdeskDesk extends Component {
    static template = "crm_suite_helpdesk.Desk";
    static components = { DeskAvailability, Layout, SlaCountdown };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({ desk: null });
        onWillStart(() => this.load());
        this.reload = () => this.load();
        this.timer = browser.setInterval(() => {
            if (document.visibilityState === "visible") {
                this.load();
            }
        }, REFRESH_MS);
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    get display() {
        return { controlPanel: {} };
    }

    async load() {
        this.state.desk = await this.orm.silent.call("crm.ticket.desk", "get_desk", []);
    }

    openList(name, domain, model = "crm.ticket") {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            views: VIEWS[model].map((view) => [false, view]),
            domain,
            context: {},
        });
    }

    openCounter(counter) {
        return this.openList(counter.label, counter.domain, counter.model);
    }

    openTicket(ticket) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.ticket",
            res_id: ticket.id,
            views: [[false, "form"]],
        });
    }

    openLoad(team, row, name) {
        const title = [team.name, row.name || _t("Nobody")].join(" - ");
        return this.openList(title, [...row.domain, ...team.filters[name]]);
    }

    createTicket() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("New Ticket"),
            res_model: "crm.ticket",
            views: [[false, "form"]],
        });
    }

    async take(ticket) {
        const isMine = await this.orm.call("crm.ticket.desk", "take", [ticket.id]);
        if (isMine) {
            this.notification.add(_t("%s is yours.", ticket.number), { type: "success" });
        } else {
            this.notification.add(_t("A colleague was faster."), { type: "warning" });
        }
        await this.load();
    }

    formatTime(text) {
        const moment = deserializeDateTime(text);
        const isToday = moment.hasSame(luxon.DateTime.local(), "day");
        return moment.toLocaleString(isToday ? TODAY : ANOTHER_DAY);
    }

    getReason(ticket) {
        const time = ticket.since && this.formatTime(ticket.since);
        const { metric } = ticket;
        switch (ticket.reason) {
            case "overdue":
                return metric
                    ? _t("%(metric)s was due %(time)s", { metric, time })
                    : _t("Was due %(time)s", { time });
            case "deadline":
                return metric
                    ? _t("%(metric)s due %(time)s", { metric, time })
                    : _t("Due %(time)s", { time });
            case "unanswered":
                return _t("The customer has waited for an answer since %(time)s", { time });
            case "priority":
                return _t("Urgent, open since %(time)s", { time });
            default:
                return _t("Open since %(time)s", { time });
        }
    }
}

registry.category("actions").add("crm_suite_helpdesk.desk", HelpdeskDesk);
