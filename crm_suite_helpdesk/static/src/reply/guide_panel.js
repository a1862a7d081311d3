import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloatTime } from "@web/views/fields/formatters";

import { Component, markup, onWillStart, useState } from "@odoo/owl";

const STATES = { decided: "success", approved: "success", asked: "warning", refused: "danger" };
const LOOKS = { agent: "success", leader: "warning", manager: "warning", nobody: "danger" };

/** How this ticket is answered: within what time, in which steps, in what tone, and who decides what. */
export class GuidePanel extends Component {
    static template = "crm_suite_helpdesk.GuidePanel";
    static props = {
        ticketId: Number,
        partnerId: { type: [Number, Boolean], optional: true },
        record: Object,
        insert: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.outbox = useService("crm_outbox");
        this.state = useState({ guides: [], answers: [], decisions: [], canEdit: false });
        this.looks = LOOKS;
        this.states = STATES;
        onWillStart(() => this.load());
    }

    async load() {
        const found = await this.orm.call("crm.ticket", "get_guide", [this.props.ticketId]);
        for (const guide of found.guides) {
            // A sanitized HTML field
            guide.tone = guide.tone && markup(guide.tone);
        }
        Object.assign(this.state, found);
    }

    hours(value) {
        return _t("%s working hours", formatFloatTime(value));
    }

    /** The standard answer time of the guides, where no service level promises one. */
    get standard() {
        const times = this.state.guides.map((guide) => guide.answer_hours).filter(Boolean);
        const promised = this.state.answers.some(({ metric }) => metric !== "resolution");
        return promised || !times.length ? 0 : Math.min(...times);
    }

    progress(guide) {
        const done = guide.steps.filter((step) => step.done).length;
        return _t("%(done)s of %(all)s", { done, all: guide.steps.length });
    }

    limit(authority) {
        return authority.limit
            ? _t("up to %(limit)s; beyond that: %(decider)s", {
                  limit: authority.limit,
                  decider: authority.beyond,
              })
            : "";
    }

    async tick(step) {
        const wasDone = step.done;
        step.done = !wasDone;
        try {
            step.by = await this.orm.call("crm.ticket", "tick_guide_step", [
                this.props.ticketId,
                step.id,
                step.done,
            ]);
        } catch (error) {
            step.done = wasDone;
            throw error;
        }
    }

    /** Record a decision, or ask whoever may decide. */
    decide(authority) {
        return this.action.doAction("crm_suite_helpdesk.crm_ticket_decide_action", {
            additionalContext: {
                default_ticket_id: this.props.ticketId,
                default_authority_id: authority.id,
            },
            onClose: async () => {
                await this.load();
                await this.outbox.refresh(this.props.ticketId);
            },
        });
    }

    openDecision(decision) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.ticket.decision",
            res_id: decision.id,
            views: [[false, "form"]],
        });
    }

    open(guide) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.ticket.guide",
            res_id: guide.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("crm_suite_helpdesk.assistant").add("guide", {
    Component: GuidePanel,
    label: _t("Guide"),
    sequence: 10,
    groups: ["crm_suite_helpdesk.group_agent"],
});
