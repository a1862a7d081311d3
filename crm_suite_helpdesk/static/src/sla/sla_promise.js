import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { SlaCountdown } from "./sla_countdown";
import { digits, formatExact, formatShare } from "./sla_format";

/**
 * `<widget name="crm_sla_promise"/>` on a page of the notebook of a contact: what is promised to the
 * customer, how it was kept, what is due next. Nothing is read before the page is opened.
 */
export class SlaPromise extends Component {
    static template = "crm_suite_helpdesk.SlaPromise";
    static components = { SlaCountdown };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.clock = useService("crm_sla_clock");
        this.digits = digits;
        this.state = useState({ promise: null });
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((props) => this.load(props.record.resId));
    }

    async load(partnerId) {
        const promise = partnerId
            ? await this.orm.call("res.partner", "get_sla_promise", [partnerId])
            : null;
        if (promise) {
            this.clock.hear(promise);
        }
        this.state.promise = promise;
    }

    get title() {
        return _t("Promised to %s", this.state.promise.customer);
    }

    get keptTitle() {
        return _t("Kept in the last %s days", digits(this.state.promise.days));
    }

    get keptText() {
        const { kept } = this.state.promise;
        const [met, missed, forgiven] = [kept.met, kept.missed, kept.forgiven].map((n) =>
            digits(n)
        );
        return kept.forgiven
            ? _t("%(met)s kept, %(missed)s missed, %(forgiven)s forgiven", {
                  met,
                  missed,
                  forgiven,
              })
            : _t("%(met)s kept, %(missed)s missed", { met, missed });
    }

    get overdueText() {
        return _t("%s overdue", digits(this.state.promise.overdue));
    }

    get hasLimits() {
        return this.state.promise.policies.length > 1;
    }

    get hasCompanies() {
        return new Set(this.state.promise.policies.map((policy) => policy.company)).size > 1;
    }

    formatTarget(seconds) {
        return seconds ? formatExact(seconds) : "–";
    }

    get share() {
        const { share } = this.state.promise.kept;
        return share === null ? null : formatShare(share);
    }

    openTicket(ticket) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.ticket",
            res_id: ticket.id,
            views: [[false, "form"]],
        });
    }

    openPolicy(policy) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.sla.policy",
            res_id: policy.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("crm_sla_promise", { component: SlaPromise });
