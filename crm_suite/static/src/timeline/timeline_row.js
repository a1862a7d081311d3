import { deserializeDate, deserializeDateTime } from "@web/core/l10n/dates";

import { Component } from "@odoo/owl";

import { splitMatches } from "./text_match";

const { DateTime } = luxon;

/** What colour the icon of a kind of event has; events of add-ons have that of the theme. */
const TONES = {
    mail: "info",
    move: "secondary",
    quotation: "success",
    order: "success",
    delivery: "success",
    payment: "success",
    invoice: "warning",
    promise: "warning",
    promise_broken: "danger",
    reminder: "danger",
};

/** The moment of a row, in the time zone of the reader; a day without a time stays that day. */
export function getRowDate(row) {
    return row.date_only ? deserializeDate(row.date.slice(0, 10)) : deserializeDateTime(row.date);
}

/** The address at which the record of a row opens in a new tab. */
export function getRowUrl(row) {
    const path = row.res_model.includes(".") ? row.res_model : `m-${row.res_model}`;
    return `/odoo/${path}/${row.res_id}`;
}

/** One event in the history of a customer. */
export class CrmTimelineRow extends Component {
    static template = "crm_suite.TimelineRow";
    static props = {
        row: Object,
        words: Array,
        canGiveOutcome: Boolean,
        open: Function,
        giveOutcome: Function,
    };

    get tone() {
        return `o_crm_timeline_tone_${TONES[this.props.row.source] || "primary"}`;
    }

    get url() {
        return getRowUrl(this.props.row);
    }

    get time() {
        const { row } = this.props;
        return row.date_only ? "" : getRowDate(row).toLocaleString(DateTime.TIME_SIMPLE);
    }

    get isPlanned() {
        const date = getRowDate(this.props.row);
        const now = DateTime.now();
        return this.props.row.date_only ? date.startOf("day") > now : date > now;
    }

    get nextStepDate() {
        const { next_step_date: date } = this.props.row;
        return date ? deserializeDate(date).toLocaleString(DateTime.DATE_MED) : "";
    }

    get isNextStepLate() {
        const { next_step_date: date, next_step_state: state } = this.props.row;
        return state === "overdue" || (!state && date && date < DateTime.now().toISODate());
    }

    split(text) {
        return splitMatches(text, this.props.words);
    }

    /** A click with a key pressed is the browser's: a new tab, a new window. */
    onOpen(ev) {
        if (ev.ctrlKey || ev.metaKey || ev.shiftKey || ev.button) {
            return;
        }
        ev.preventDefault();
        this.props.open(this.props.row);
    }
}
