import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useCommand } from "@web/core/commands/command_hook";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart } from "@odoo/owl";

import { LogPanel } from "./log_panel";

/** The button in the bar on top of every screen that logs an interaction. */
export class LogSystray extends Component {
    static template = "crm_suite.LogSystray";
    static props = {};

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        onWillStart(async () => {
            this.mayLog = await user.hasGroup("sales_team.group_sale_salesman");
        });
        useCommand(_t("Log an interaction"), () => this.open(), {
            hotkey: "alt+shift+i",
            global: true,
            isAvailable: () => this.mayLog,
        });
    }

    open() {
        const { props, currentState } = this.action.currentController || {};
        this.dialog.add(LogPanel, {
            resModel: (currentState && currentState.resModel) || props?.resModel || false,
            resId: (currentState && currentState.resId) || props?.resId || false,
        });
    }
}

registry
    .category("systray")
    .add("crm_suite.log_interaction", { Component: LogSystray }, { sequence: 26 });
