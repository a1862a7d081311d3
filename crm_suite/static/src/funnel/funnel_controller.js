import { Component, useRef } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { formatCurrency } from "@web/core/currency";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { useModel } from "@web/model/model";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { useSetupAction } from "@web/search/action_hook";
import { ActionHelper } from "@web/views/action_helper";
import { standardViewProps } from "@web/views/standard_view_props";

/**
 * The sales funnel as a table whose bars tell how many opportunities reached each stage. A bar
 * opens its opportunities.
 */
export class FunnelController extends Component {
    static template = "crm_suite.FunnelView";
    static components = { ActionHelper, CogMenu, Layout, SearchBar };
    static props = { ...standardViewProps, Model: Function };

    setup() {
        this.action = useService("action");
        this.model = useModel(this.props.Model, { resModel: this.props.resModel });
        this.searchBarToggler = useSearchBarToggler();
        useSetupAction({ rootRef: useRef("root") });
    }

    formatCount(value) {
        return formatInteger(value || 0);
    }

    formatPercent(value) {
        return typeof value === "number" ? `${formatFloat(value, { digits: [16, 0] })}%` : "";
    }

    formatDays(value) {
        return typeof value === "number" ? formatFloat(value, { digits: [16, 1] }) : "–";
    }

    formatAmount(stage) {
        return formatCurrency(stage.amount || 0, user.activeCompany.currency_id, {
            digits: [16, 0],
            humanReadable: Math.abs(stage.amount) >= 1e6,
        });
    }

    getNote(stage) {
        const values = {
            share: this.formatPercent(stage.share),
            skipped: this.formatCount(stage.skipped),
        };
        return stage.skipped
            ? _t("%(share)s of all, %(skipped)s skipped it", values)
            : _t("%(share)s of all", values);
    }

    getTitle(funnel) {
        return funnel.title || _t("None");
    }

    /**
     * Opens the opportunities of a stage.
     *
     * @param {Object} stage
     * @param {Array} [domain] which of them
     */
    openStage(stage, domain = []) {
        const views = Object.fromEntries(
            (this.env.config.views || []).map(([id, type]) => [type, id])
        );
        this.action.doAction({
            type: "ir.actions.act_window",
            name: stage.name,
            res_model: this.props.resModel,
            domain: [...stage.domain, ...domain],
            views: [
                [views.list || false, "list"],
                [views.pivot || false, "pivot"],
                [views.graph || false, "graph"],
                [views.form || false, "form"],
            ],
            search_view_id: [views.search || false, "search"],
            context: {},
        });
    }
}
