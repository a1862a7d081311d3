import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { formatDateTime, deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useExternalListener,
    useState,
} from "@odoo/owl";

import { EventsChart } from "./events_chart";

// While something is being sent, the cheap part is read every few seconds
const PERIOD = 5000;
// and all of it now and then: people answer meanwhile
const PERIOD_OF_ALL = 60000;
// but the more it costs, the less often: at most this part of the time
const SHARE = 1 / 20;

/** How far a campaign, or one mailing, is and what came of it. Each number opens its records. */
export class CampaignPage extends Component {
    static template = "crm_suite_marketing.CampaignPage";
    static components = { EventsChart };
    static props = {
        campaignId: { type: [Number, Boolean], optional: true },
        mailingId: { type: [Number, Boolean], optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({ page: null, error: "", withPrograms: false, busy: false });
        this.costs = { get_page: 0, get_progress: 0 };
        onWillStart(() => this.load());
        onWillUpdateProps((next) => {
            if (
                next.campaignId !== this.props.campaignId ||
                next.mailingId !== this.props.mailingId
            ) {
                return this.load(next);
            }
        });
        onMounted(() => this.watch());
        useExternalListener(document, "visibilitychange", () => this.watch());
        onWillUnmount(() => {
            this.isGone = true;
            browser.clearTimeout(this.timer);
        });
    }

    // ------------------------------------------------------------------ reading

    get scope() {
        return this.getScope(this.props);
    }

    getScope(props) {
        return {
            campaign_id: props.campaignId || false,
            mailing_id: props.mailingId || false,
        };
    }

    async read(method, props) {
        const began = performance.now();
        const result = await this.orm.silent.call("crm.campaign.page", method, [], {
            ...this.getScope(props),
            context: user.context,
        });
        this.costs[method] = performance.now() - began;
        return result;
    }

    async load(props = this.props) {
        try {
            const page = await this.read("get_page", props);
            this.loadedAt = performance.now();
            if (!this.page) {
                this.state.withPrograms = page.count_programs;
            }
            Object.assign(this.state, { page, error: "" });
        } catch (error) {
            this.state.error = error.data?.message || _t("The figures cannot be read just now.");
        }
    }

    /** Looks again as long as something is being sent and somebody sees it. */
    watch() {
        browser.clearTimeout(this.timer);
        if (!this.isGone && this.page?.running.length && !document.hidden) {
            const pause = Math.max(PERIOD, this.costs.get_progress / SHARE);
            this.timer = browser.setTimeout(() => this.look(), pause);
        }
    }

    async look() {
        const age = performance.now() - (this.loadedAt || 0);
        if (age >= Math.max(PERIOD_OF_ALL, this.costs.get_page / SHARE)) {
            await this.load();
        } else {
            try {
                const before = this.page.running.length;
                Object.assign(this.state.page, await this.read("get_progress", this.props));
                if (this.page.running.length < before) {
                    await this.load();
                }
            } catch (error) {
                this.state.error =
                    error.data?.message || _t("The figures cannot be read just now.");
                return;
            }
        }
        this.watch();
    }

    async refresh() {
        this.state.busy = true;
        await this.load();
        this.state.busy = false;
        this.watch();
    }

    get page() {
        return this.state.page;
    }

    // ------------------------------------------------------------------ what is shown

    formatCount(value) {
        return formatInteger(value || 0);
    }

    formatShare(value, whole) {
        return whole
            ? `${formatFloat((100 * value) / whole, { digits: [16, 1], trailingZeros: false })}%`
            : "";
    }

    formatMoment(value) {
        return value ? formatDateTime(deserializeDateTime(value), { condensed: true }) : "";
    }

    get counts() {
        return this.page.deliveries.counts;
    }

    getReasons(part) {
        return this.page.deliveries.reasons.filter((reason) => reason.part === part);
    }

    getReaction(name, figures = this.page.figures) {
        return figures[this.state.withPrograms ? `all_${name}` : name] || 0;
    }

    getDelivered(figures, sent) {
        return Math.max(sent - figures.returned, 0);
    }

    /** Numbers about messages, each with what it is a part of. */
    get tiles() {
        const { figures } = this.page;
        const sent = this.counts.sent;
        const delivered = this.getDelivered(figures, sent);
        const tile = (key, label, value, whole, note = "") => ({ key, label, value, whole, note });
        const programs = (name) => {
            const count = figures[`all_${name}`] - figures[name];
            return count && !this.state.withPrograms
                ? _t("and %s by programs only", this.formatCount(count))
                : "";
        };
        return [
            tile("sent", _t("Sent"), sent, this.page.deliveries.targeted),
            tile(
                "delivered",
                _t("Delivered"),
                delivered,
                sent,
                // receipts of text messages and of other tools, and calls that were made
                figures.confirmed
                    ? _t("%s by receipt or call", this.formatCount(figures.confirmed))
                    : ""
            ),
            tile("opened", _t("Opened"), this.getReaction("opened"), delivered, programs("opened")),
            tile(
                "clicked",
                _t("Clicked"),
                this.getReaction("clicked"),
                delivered,
                programs("clicked")
            ),
            tile(
                "replied",
                _t("Replied"),
                figures.replied,
                delivered,
                figures.auto_replied
                    ? _t("and %s by itself", this.formatCount(figures.auto_replied))
                    : ""
            ),
            tile("bounced_hard", _t("Bounced for Good"), figures.bounced_hard, sent),
            tile("bounced_soft", _t("Bounced for Now"), figures.bounced_soft, sent),
            tile("complained", _t("Reported as Spam"), figures.complained, sent),
            tile("unsubscribed", _t("Unsubscribed"), figures.unsubscribed, sent),
        ];
    }

    /** What it brought and what it cost, as far as the reader may know. */
    get businessTiles() {
        const { business } = this.page;
        const tiles = [
            {
                key: "leads",
                label: _t("Leads"),
                text: this.formatCount(business.leads),
                locked: !business.may_open_leads,
            },
            {
                key: "orders",
                label: _t("Orders"),
                text: this.formatCount(business.orders),
                locked: !business.may_open_orders,
            },
        ];
        if ("revenue" in business) {
            tiles.push({
                key: "revenue",
                label: _t("Revenue"),
                text: business.revenue,
                note: business.model,
            });
        }
        if ("paid" in business) {
            tiles.push({ key: "paid", label: _t("Paid Invoices"), text: business.paid });
        }
        if ("cost" in business) {
            // the marks keep sign, number and % together in Arabic
            const roi =
                business.roi !== undefined &&
                `\u2066${formatFloat(business.roi, { digits: [16, 1] })}%\u2069`;
            tiles.push({
                key: "cost",
                label: _t("Cost"),
                text: business.cost,
                note: roi ? _t("ROI %s", roi) : "",
            });
        }
        return tiles;
    }

    get hasRevenue() {
        return "revenue" in this.page.business;
    }

    /** Whom it was meant for, as a sum that has to come out. */
    get parts() {
        const labels = {
            sent: _t("sent"),
            uncertain: _t("uncertain"),
            failed: _t("failed"),
            waiting: _t("still to send"),
            held: _t("held"),
        };
        const parts = Object.entries(labels).map(([key, label]) => ({
            key,
            label,
            count: this.counts[key],
            reasons: key === "sent" ? [] : this.getReasons(key),
        }));
        const leftOut = this.getReasons("suppressed").map((reason) => ({
            key: "suppressed",
            reason: reason.reason,
            label: reason.label,
            count: reason.count,
            reasons: [],
        }));
        const named = leftOut.reduce((sum, part) => sum + part.count, 0);
        if (named < this.counts.suppressed) {
            leftOut.push({
                key: "suppressed",
                label: _t("left out"),
                count: this.counts.suppressed - named,
                reasons: [],
            });
        }
        return [...parts, ...leftOut].filter((part) => part.count || part.key === "sent");
    }

    describePart(part) {
        return `${this.formatCount(part.count)} ${part.label}`;
    }

    describeTargeted() {
        return _t("%s targeted", this.formatCount(this.page.deliveries.targeted));
    }

    describeProgress(mailing) {
        const parts = [
            _t("%(done)s of %(total)s", {
                done: this.formatCount(mailing.done),
                total: this.formatCount(mailing.total),
            }),
        ];
        if (mailing.per_minute) {
            parts.push(_t("%s a minute", this.formatCount(mailing.per_minute)));
        }
        if (mailing.ends_at) {
            parts.push(_t("ends about %s", this.formatMoment(mailing.ends_at)));
        }
        if (mailing.held) {
            parts.push(_t("%s held", this.formatCount(mailing.held)));
        }
        return parts.join(" · ");
    }

    // ------------------------------------------------------------------ opening

    async open(key, choice = {}) {
        const { mailing, ...rest } = choice;
        const scope = mailing ? { campaign_id: false, mailing_id: mailing } : this.scope;
        const action = await this.orm.call("crm.campaign.page.record", "open_records", [key], {
            ...scope,
            with_programs: this.state.withPrograms,
            ...rest,
            context: user.context,
        });
        return this.action.doAction(action);
    }

    openMailing(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "mailing.mailing",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openMailings() {
        return this.action.doAction("mass_mailing.action_view_mass_mailings_from_campaign", {
            additionalContext: { active_id: this.props.campaignId },
        });
    }

    createMailing() {
        return this.action.doAction("mass_mailing.action_create_mass_mailings_from_campaign", {
            additionalContext: { active_id: this.props.campaignId },
        });
    }

    async compare() {
        const action = await this.orm.call("utm.campaign", "action_view_ab_test", [
            [this.props.campaignId],
        ]);
        return this.action.doAction(action);
    }

    // ------------------------------------------------------------------ acting

    /** Presses a button of the mailing: some of them ask in a dialog. */
    act(mailing, method) {
        return this.action.doActionButton({
            type: "object",
            name: method,
            resModel: "mailing.mailing",
            resId: mailing.id,
            onClose: () => this.refresh(),
        });
    }

    cancelRest(mailing) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Cancel the Rest"),
            body: _t("What has not gone yet will not go. Cancel it?"),
            confirmLabel: _t("Cancel the Rest"),
            confirm: () => this.act(mailing, "action_cancel_rest"),
            cancelLabel: _t("Go On Sending"),
            cancel: () => {},
        });
    }
}

/** The page as a tab of the campaign. */
export class CampaignPageWidget extends Component {
    static template = "crm_suite_marketing.CampaignPageWidget";
    static components = { CampaignPage };
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("crm_campaign_page", { component: CampaignPageWidget });

/** The page of one mailing, with an address that can be kept. */
export class CampaignPageAction extends Component {
    static template = "crm_suite_marketing.CampaignPageAction";
    static components = { CampaignPage, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.mailingId = this.props.action.context.active_id || false;
        onWillStart(async () => {
            if (this.mailingId) {
                const [mailing] = await this.orm.read(
                    "mailing.mailing",
                    [this.mailingId],
                    ["subject"]
                );
                this.env.config.setDisplayName(
                    mailing ? _t("Live: %s", mailing.subject) : _t("Live")
                );
            }
        });
    }
}

registry.category("actions").add("crm_suite_marketing.campaign_page", CampaignPageAction);
