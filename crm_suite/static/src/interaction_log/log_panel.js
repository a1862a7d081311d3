import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dialog } from "@web/core/dialog/dialog";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import {
    deserializeDate,
    deserializeDateTime,
    serializeDate,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { useService } from "@web/core/utils/hooks";

import { Component, markRaw, onWillStart, useState } from "@odoo/owl";

import { QUICK_CHANNELS } from "./channels";
import { parseMinutes } from "./minutes_field";

/** What a new interaction starts with, whatever was logged before. */
const BLANK = {
    partner_id: false,
    channel: "phone",
    direction: "out",
    outcome_id: false,
    minutes: "",
    name: "",
    next_step: "",
    next_step_type_id: false,
};

/**
 * The window that logs an interaction from anywhere: whom, by what, what came of it, what is next. Beside
 * it, the calls that are due and what was logged last.
 */
export class LogPanel extends Component {
    static template = "crm_suite.LogPanel";
    static components = { DateTimeInput, Dialog, RecordSelector };
    static props = {
        close: Function,
        resModel: { type: [String, Boolean], optional: true },
        resId: { type: [Number, Boolean], optional: true },
    };

    channels = QUICK_CHANNELS;

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({
            values: { ...BLANK },
            // most next steps are for tomorrow
            due: markRaw(luxon.DateTime.local().plus({ days: 1 }).startOf("day")),
            links: {},
            panel: null,
            call: false,
        });
        onWillStart(async () => {
            await this.load();
            this.fill(this.state.panel.defaults);
        });
        useHotkey("control+enter", () => this.log(), { bypassEditableProtection: true });
    }

    async load() {
        this.state.panel = await this.orm.call("crm.interaction", "get_log_panel", [
            this.props.resModel || null,
            this.props.resId || null,
        ]);
    }

    // ------------------------------------------------------------------
    // Form
    // ------------------------------------------------------------------

    get values() {
        return this.state.values;
    }

    get canLog() {
        return Boolean(
            (this.values.partner_id || Object.values(this.state.links).some(Boolean)) &&
            (!this.values.next_step || this.state.due)
        );
    }

    /** Take over the values of a record or a call: what the form shows, and the links behind it. */
    fill(defaults) {
        const { partner_id, channel, name, ...links } = defaults;
        Object.assign(this.values, {
            partner_id: partner_id || false,
            channel: channel || BLANK.channel,
            name: name || "",
        });
        this.state.links = links;
    }

    reset() {
        this.state.values = { ...BLANK };
        this.state.links = {};
        this.state.call = false;
    }

    selectContact(partnerId) {
        this.values.partner_id = partnerId;
        // what was on the screen is that of another customer
        this.state.links = {};
        this.state.call = false;
    }

    setDue(due) {
        this.state.due = due ? markRaw(due) : false;
    }

    toggleOutcome(outcomeId) {
        this.values.outcome_id = this.values.outcome_id === outcomeId ? false : outcomeId;
    }

    prepareValues() {
        const { minutes, next_step, next_step_type_id, ...values } = this.values;
        const prepared = { ...this.state.links, ...values, duration: parseMinutes(minutes) };
        if (next_step) {
            Object.assign(prepared, {
                next_step,
                next_step_date: serializeDate(this.state.due),
            });
            if (next_step_type_id) {
                prepared.next_step_type_id = next_step_type_id;
            }
        }
        return prepared;
    }

    async log(again = false) {
        if (!this.canLog) {
            this.notification.add(
                _t("Choose the contact; a next step needs what is to be done, and by when."),
                { type: "warning" }
            );
            return;
        }
        let values;
        try {
            values = this.prepareValues();
        } catch {
            this.notification.add(_t("The duration is a number of minutes, or hours like 1:30."), {
                type: "warning",
            });
            return;
        }
        const [id] = await this.orm.create("crm.interaction", [values]);
        const [{ display_name }] = await this.orm.read("crm.interaction", [id], ["display_name"]);
        this.notification.add(_t("Logged: %s", display_name), { type: "success" });
        if (again) {
            this.reset();
            await this.load();
            return;
        }
        this.props.close();
        // the record on the screen shows what was logged, unless somebody is editing it
        if (!document.querySelector(".o_form_status_indicator_buttons:not(.invisible)")) {
            await this.action.doAction("soft_reload");
        }
    }

    /** The same with all fields: notes, files, another date. */
    async openForm() {
        let values;
        try {
            values = this.prepareValues();
        } catch {
            values = {};
        }
        const action = await this.orm.call("crm.interaction", "action_log", [], {});
        for (const [name, value] of Object.entries(values)) {
            action.context[`default_${name}`] = value;
        }
        this.props.close();
        await this.action.doAction(action);
    }

    // ------------------------------------------------------------------
    // At a glance
    // ------------------------------------------------------------------

    async selectCall(call) {
        const action = await this.orm.call("crm.call", "action_log_interaction", [[call.id]]);
        const defaults = {};
        for (const [name, value] of Object.entries(action.context)) {
            if (name.startsWith("default_")) {
                defaults[name.slice("default_".length)] = value;
            }
        }
        this.reset();
        this.fill(defaults);
        this.state.call = call.id;
    }

    isLate(call) {
        return deserializeDate(call.date_deadline) < luxon.DateTime.local().startOf("day");
    }

    formatDay(call) {
        return toLocaleDateString(deserializeDate(call.date_deadline));
    }

    formatMoment(interaction) {
        return toLocaleDateTimeString(deserializeDateTime(interaction.date), {
            showSeconds: false,
        });
    }

    async openCalls() {
        this.props.close();
        await this.action.doAction("crm_suite.crm_call_action");
    }

    async openInteraction(interaction) {
        this.props.close();
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.interaction",
            res_id: interaction.id,
            views: [[false, "form"]],
        });
    }
}
