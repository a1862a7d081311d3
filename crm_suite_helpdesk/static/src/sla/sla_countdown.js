import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, onMounted, onWillUnmount, useEffect, useState } from "@odoo/owl";

import { isCounting, leftAt, opensAt, statusAt } from "./countdown";
import { formatFullMoment, formatMoment, formatWork } from "./sla_format";

// Only what has to be seen is filled with colour
export const LOOKS = {
    on_track: { look: "border border-success text-success", icon: "fa-clock-o" },
    at_risk: { look: "text-bg-warning", icon: "fa-exclamation-circle" },
    overdue: { look: "text-bg-danger", icon: "fa-exclamation-triangle" },
    paused: { look: "border border-info text-info-emphasis", icon: "fa-pause" },
    met: { look: "border border-success text-success", icon: "fa-check" },
    missed: { look: "border border-danger text-danger", icon: "fa-times" },
    forgiven: { look: "border text-muted", icon: "fa-handshake-o" },
    cancelled: { look: "border text-muted", icon: "fa-ban" },
};

export const LABELS = {
    on_track: _t("On track"),
    at_risk: _t("At risk"),
    overdue: _t("Overdue"),
    paused: _t("Paused"),
    met: _t("Met"),
    missed: _t("Missed"),
    forgiven: _t("Forgiven"),
    cancelled: _t("Cancelled"),
};

// Short enough for a card; the icon says that it stands still
const PAUSED_FOR = {
    customer: _t("Customer"),
    third: _t("Third party"),
    internal: _t("Held"),
};

export const PAUSES = {
    customer: _t("Waiting for the customer"),
    third: _t("Waiting for a third party"),
    internal: _t("Held by us"),
};

/** What to show of a promise at one instant; see `countdown.js` for what is known of it. */
export function describe(live, present) {
    const status = statusAt(live, present);
    const left = leftAt(live, present);
    const label = LABELS[status];
    const shown = { status, ...LOOKS[status], label, text: label, notes: [] };
    if (live.state === "running" && left !== null) {
        const late = status === "overdue" || left < 0;
        const amount = formatWork(left);
        shown.text = late ? _t("%s late", amount) : _t("%s left", amount);
    }
    if (live.metric) {
        shown.notes.push(live.metric);
    }
    if (live.state === "running") {
        if (live.deadline !== null) {
            const at = formatFullMoment(live.deadline);
            shown.notes.push(status === "overdue" ? _t("was due on %s", at) : _t("due on %s", at));
        }
        if (!isCounting(live, present)) {
            const opens = opensAt(live, present);
            shown.icon = status === "overdue" ? shown.icon : "fa-moon-o";
            shown.notes.push(
                opens === null
                    ? _t("outside of the working hours")
                    : _t("outside of the working hours, goes on %s", formatMoment(opens, present))
            );
        }
    } else if (live.state === "paused") {
        const moment = formatMoment(live.since, present);
        const cause = PAUSED_FOR[live.cause] || LABELS.paused;
        shown.text = _t("%(cause)s since %(moment)s", { cause, moment });
        if (PAUSES[live.cause]) {
            shown.notes.push(PAUSES[live.cause]);
        }
        if (left !== null) {
            const amount = formatWork(left);
            shown.notes.push(left < 0 ? _t("%s late", amount) : _t("%s left", amount));
        }
    }
    return shown;
}

/**
 * What is left of a promise, in working time, true as long as the page is open.
 *
 * `live` is what the server said (see `countdown.js`) about the record, a ticket or a clock. Written out
 * when `full`; else the rest is a tooltip.
 */
export class SlaCountdown extends Component {
    static template = "crm_suite_helpdesk.SlaCountdown";
    static props = {
        resModel: String,
        resId: { type: [Number, Boolean], optional: true },
        live: { type: [Object, Boolean], optional: true },
        full: { type: Boolean, optional: true },
    };

    setup() {
        this.clock = useService("crm_sla_clock");
        this.state = useState({ refreshed: 0, heard: null });
        const countdown = this;
        this.member = {
            get resModel() {
                return countdown.props.resModel;
            },
            get resId() {
                return countdown.props.resId;
            },
            get live() {
                return countdown.live;
            },
            refresh() {
                countdown.state.refreshed++;
            },
            receive(live) {
                countdown.state.heard = live;
            },
        };
        onMounted(() => this.clock.join(this.member));
        onWillUnmount(() => this.clock.leave(this.member));
        // The record was read again
        useEffect(
            () => {
                this.clock.schedule();
            },
            () => [this.props.resId, this.props.live]
        );
    }

    /** The latest that the server said, with the record or when it was asked again. */
    get live() {
        const read = this.props.live || null;
        const { heard } = this.state;
        return heard && heard.id === this.props.resId && (!read || heard.now > read.now)
            ? heard
            : read;
    }

    getShown() {
        const live = this.live;
        if (!live || !live.state || this.state.refreshed < 0) {
            return null;
        }
        this.clock.hear(live);
        return describe(live, this.clock.present);
    }
}
