import { _t } from "@web/core/l10n/translation";
import { deserializeDate, deserializeDateTime } from "@web/core/l10n/dates";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

const { DateTime } = luxon;

const PAGE_SIZE = 30;

/**
 * The history of a customer, newest first, grouped by day. Reads `crm.timeline` page by page.
 *
 * Props:
 * - partnerId: any contact of the customer, false for none
 * - revision: whatever changes when the history has to be read again
 */
export class CrmTimeline extends Component {
    static template = "crm_suite.Timeline";
    static props = {
        partnerId: { type: [Number, Boolean] },
        revision: { optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({
            status: "loading",
            isLoadingMore: false,
            rows: [],
            cursor: null,
            sources: [],
            active: [],
        });
        // the frame is shown at once, the first page when it is here
        onWillStart(() => {
            this.load();
        });
        onWillUpdateProps((nextProps) => {
            if (
                nextProps.partnerId !== this.props.partnerId ||
                nextProps.revision !== this.props.revision
            ) {
                this.load(nextProps.partnerId);
            }
        });
    }

    // ------------------------------------------------------------------
    // Data
    // ------------------------------------------------------------------

    async load(partnerId = this.props.partnerId) {
        if (!partnerId) {
            Object.assign(this.state, { status: "ready", rows: [], cursor: null });
            return;
        }
        if (!this.state.rows.length) {
            this.state.status = "loading";
        }
        try {
            const [sources, page] = await this.keepLast.add(
                Promise.all([
                    this.state.sources.length
                        ? this.state.sources
                        : this.orm.silent.call("crm.timeline", "get_sources", [
                              "res.partner",
                              partnerId,
                          ]),
                    this.fetchPage(partnerId, null),
                ])
            );
            Object.assign(this.state, { status: "ready", sources, ...page });
        } catch {
            this.state.status = "error";
        }
    }

    async loadMore() {
        this.state.isLoadingMore = true;
        try {
            const page = await this.keepLast.add(
                this.fetchPage(this.props.partnerId, this.state.cursor)
            );
            this.state.rows.push(...page.rows);
            this.state.cursor = page.cursor;
        } catch {
            this.state.status = "error";
        } finally {
            this.state.isLoadingMore = false;
        }
    }

    fetchPage(partnerId, cursor) {
        return this.orm.silent.call("crm.timeline", "get_page", ["res.partner", partnerId], {
            cursor,
            limit: PAGE_SIZE,
            sources: this.state.active.length ? [...this.state.active] : null,
        });
    }

    /** The filter buttons: [{ label, icon, keys }]; sources with the same chip share one. */
    get chips() {
        const chips = new Map();
        for (const { key, icon, chip } of this.state.sources) {
            if (!chips.has(chip)) {
                chips.set(chip, { label: chip, icon, keys: [] });
            }
            chips.get(chip).keys.push(key);
        }
        return [...chips.values()];
    }

    isActive(chip) {
        return this.state.active.includes(chip.keys[0]);
    }

    /** The rows under the days on which they happened: [{ key, label, rows }] */
    get days() {
        const days = [];
        for (const row of this.state.rows) {
            const date = row.date_only
                ? deserializeDate(row.date.slice(0, 10))
                : deserializeDateTime(row.date);
            const key = date.toISODate();
            if (days.at(-1)?.key !== key) {
                days.push({ key, label: this.getDayLabel(date), rows: [] });
            }
            days.at(-1).rows.push({
                ...row,
                time: row.date_only ? "" : date.toLocaleString(DateTime.TIME_SIMPLE),
                isPlanned: !row.date_only && date > DateTime.now(),
            });
        }
        return days;
    }

    getDayLabel(date) {
        const today = DateTime.now();
        if (date.hasSame(today, "day")) {
            return _t("Today");
        }
        if (date.hasSame(today.minus({ days: 1 }), "day")) {
            return _t("Yesterday");
        }
        return date.toLocaleString(DateTime.DATE_FULL);
    }

    // ------------------------------------------------------------------
    // Actions
    // ------------------------------------------------------------------

    toggleChip(chip) {
        const others = this.state.active.filter((key) => !chip.keys.includes(key));
        this.state.active = this.isActive(chip) ? others : [...others, ...chip.keys];
        this.state.rows = [];
        this.load();
    }

    showAll() {
        this.state.active = [];
        this.state.rows = [];
        this.load();
    }

    openRow(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.res_model,
            res_id: row.res_id,
            views: [[false, "form"]],
        });
    }

    async logInteraction() {
        const action = await this.orm.call("res.partner", "action_log_interaction", [
            this.props.partnerId,
        ]);
        await this.action.doAction(action, { onClose: () => this.load() });
    }
}
