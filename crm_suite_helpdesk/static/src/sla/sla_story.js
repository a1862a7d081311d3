import { _t } from "@web/core/l10n/translation";
import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

import { splitByDay, statusAt } from "./countdown";
import { LABELS, LOOKS, PAUSES, SlaCountdown } from "./sla_countdown";
import {
    digits,
    endOfDay,
    formatDay,
    formatExact,
    formatFullMoment,
    formatTime,
    formatWork,
} from "./sla_format";

/**
 * Why the deadlines of a ticket are when they are: for each promise, every span of its ledger with what
 * ended it, the sum, and the working time from the present span to the deadline, day by day.
 */
export class SlaStoryDialog extends Component {
    static template = "crm_suite_helpdesk.SlaStoryDialog";
    static components = { Dialog, SlaCountdown };
    static props = {
        ticketId: Number,
        clockId: { type: [Number, Boolean], optional: true },
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.slaClock = useService("crm_sla_clock");
        this.state = useState({ story: null, clockId: this.props.clockId || null });
        this.exact = formatExact;
        this.words = formatWork;
        this.moment = formatFullMoment;
        this.time = formatTime;
        this.day = formatDay;
        onWillStart(() => this.load());
    }

    async load() {
        const story = await this.orm.call("crm.ticket", "get_sla_story", [this.props.ticketId]);
        this.slaClock.hear(story);
        const [first] = story.clocks;
        if (!story.clocks.some((clock) => clock.id === this.state.clockId)) {
            this.state.clockId = first ? first.id : null;
        }
        this.state.story = story;
    }

    get title() {
        return _t("Why this deadline? %s", this.state.story.ticket);
    }

    /** The promise that is looked at. */
    get told() {
        return this.state.story.clocks.find((clock) => clock.id === this.state.clockId);
    }

    show(clock) {
        this.state.clockId = clock.id;
    }

    name(clock) {
        const parts = [clock.metric];
        if (clock.team) {
            parts.push(clock.team);
        }
        if (clock.cycle > 1) {
            parts.push(_t("cycle %s", clock.cycle));
        }
        return parts.join(" · ");
    }

    look(clock) {
        const status = statusAt(clock.live, this.slaClock.present);
        return { ...LOOKS[status], label: LABELS[status], status };
    }

    spanTitle(span) {
        if (span.state === "running") {
            return span.late ? _t("Counted, over the target") : _t("Counted");
        }
        if (span.state === "paused") {
            return PAUSES[span.pause] || _t("Stood still");
        }
        return _t("Adjusted afterwards");
    }

    /** By what it was promised. */
    source(told) {
        const parts = [told.policy];
        if (told.revision) {
            parts.push(_t("revision %s", digits(told.revision)));
        }
        if (told.overridden) {
            parts.push(_t("changed by hand"));
        }
        return parts.join(" · ");
    }

    spanCause(span) {
        if (span.to === null) {
            return span.because ? _t("because: %s", span.because) : "";
        }
        return _t("until: %s", [span.cause, span.by].filter(Boolean).join(" · "));
    }

    spanBudget(span) {
        return _t("of %s promised then", formatExact(span.budget));
    }

    wayTitle(told) {
        return _t("%(amount)s of working time, counted from %(moment)s:", {
            amount: formatExact(told.way.left),
            moment: formatFullMoment(told.way.from),
        });
    }

    zoneNote(told) {
        return _t("Times are shown where you are; the working hours are those of %s.", told.zone);
    }

    spanLook(span) {
        return {
            running: span.late ? "o_crm_sla_late" : "o_crm_sla_run",
            paused: "o_crm_sla_pause",
        }[span.state];
    }

    /** From when to when, with the day only where it changes. */
    spanTime(span) {
        const from = formatFullMoment(span.from);
        if (span.to === null) {
            return _t("since %s", from);
        }
        const isSameDay = formatDay(span.from) === formatDay(span.to);
        return _t("%(from)s to %(to)s", {
            from,
            to: isSameDay ? formatTime(span.to) : formatFullMoment(span.to),
        });
    }

    /** Carried over and all spans, as a sum that can be checked. */
    sum(told) {
        const parts = told.spans.filter((span) => span.worked).map((span) => span.worked);
        if (told.carried) {
            parts.unshift(told.carried);
        }
        if (parts.length < 2) {
            return "";
        }
        return parts
            .map(
                (part, i) =>
                    (i ? (part < 0 ? " − " : " + ") : "") + formatExact(i ? Math.abs(part) : part)
            )
            .join("");
    }

    /** In one sentence how it ends. */
    sentence(told) {
        const amount = formatWork(told.left);
        if (told.state === "paused") {
            return _t(
                "It stands still: what is left is not spent. When it goes on, the deadline is counted from then."
            );
        }
        if (told.state === "cancelled") {
            return _t("It does not hold any more since %s.", formatFullMoment(told.since));
        }
        if (told.state === "stopped") {
            const moment = formatFullMoment(told.stopped);
            return told.left < 0 || told.result === "missed"
                ? _t("It ended on %(moment)s, after the deadline.", { moment })
                : _t("It ended on %(moment)s with %(amount)s left.", { moment, amount });
        }
        if (told.deadline === null) {
            return _t("Nobody can say when: the working hours end before.");
        }
        if (!told.way && told.breached !== null && told.breached < told.since) {
            return _t(
                "It was missed on %s. What happened later does not change that.",
                formatFullMoment(told.breached)
            );
        }
        if (!told.way) {
            return _t(
                "All of the target was spent when it was set on %s, so it counts as missed from then.",
                formatFullMoment(told.deadline)
            );
        }
        return told.left < 0
            ? _t("The deadline was on %s.", formatFullMoment(told.deadline))
            : _t("%(amount)s of working time from now on end on %(moment)s.", {
                  amount,
                  moment: formatFullMoment(told.deadline),
              });
    }

    /** The working time until the deadline, one row for each day of the reader. */
    way(told) {
        let left = told.way.left;
        return splitByDay(told.way.hours, endOfDay).map(({ spans, worked }) => {
            left -= worked;
            return { day: formatDay(spans[0][0]), spans, worked, left };
        });
    }
}

registry.category("actions").add("crm_sla_story", (env, action) => {
    const { ticket_id, clock_id } = action.params || {};
    env.services.dialog.add(SlaStoryDialog, { ticketId: ticket_id, clockId: clock_id || false });
});
