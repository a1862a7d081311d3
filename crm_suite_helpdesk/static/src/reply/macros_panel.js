import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { Component, markup, onWillStart, useState } from "@odoo/owl";

import { getNewerMessages, NewerMessageDialog } from "../sending/newer_message_dialog";

/** The macros of this ticket: what each would do, and one click to do it. */
export class MacrosPanel extends Component {
    static template = "crm_suite_helpdesk.MacrosPanel";
    static props = {
        ticketId: Number,
        partnerId: { type: [Number, Boolean], optional: true },
        record: Object,
        insert: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.dialog = useService("dialog");
        this.outbox = useService("crm_outbox");
        this.store = useService("mail.store");
        this.state = useState({ macros: [], openId: null, isBusy: false });
        onWillStart(() => this.load());
    }

    async load() {
        const macros = await this.orm.call("crm.ticket", "get_macros", [this.props.ticketId]);
        for (const macro of macros) {
            // A sanitized HTML field with escaped values
            macro.reply = macro.reply && markup(macro.reply);
        }
        this.state.macros = macros;
    }

    toggle(macro) {
        this.state.openId = this.state.openId === macro.id ? null : macro.id;
    }

    edit(macro) {
        return this.props.insert(macro.reply);
    }

    get seenId() {
        const thread = this.store.Thread.get({ model: "crm.ticket", id: this.props.ticketId });
        return thread?.isLoaded ? thread.newestPersistentMessage?.id || 0 : null;
    }

    async use(macro, seenId = this.seenId) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            if (await this.props.record.save()) {
                const done = await this.orm.call("crm.ticket.macro", "use", [
                    macro.id,
                    this.props.ticketId,
                    seenId,
                ]);
                this.tell(macro, done);
                await this.refresh();
            }
        } catch (error) {
            const newer = getNewerMessages(error);
            if (!newer) {
                throw error;
            }
            this.dialog.add(NewerMessageDialog, {
                newer,
                onRead: () => this.outbox.refresh(this.props.ticketId),
                onSend: () => this.use(macro, newer.id),
            });
        } finally {
            this.state.isBusy = false;
        }
    }

    tell(macro, { use, later }) {
        const onUndo = () => this.undo(use);
        if (later) {
            this.outbox.hold(later, this.props.ticketId, {
                onUndo,
                message: _t("%(macro)s: done. The reply goes out in %(seconds)s seconds.", {
                    macro: macro.name,
                    seconds: later.seconds,
                }),
            });
            return;
        }
        const close = this.notification.add(_t("%s: done.", macro.name), {
            type: "success",
            autocloseDelay: 10000,
            className: "o_crm_outbox",
            buttons: [
                {
                    name: _t("Undo"),
                    primary: true,
                    onClick: () => {
                        close();
                        return onUndo();
                    },
                },
            ],
        });
    }

    async undo(useId) {
        const { reply, kept } = await this.orm.call("crm.ticket.reply.use", "undo", [useId]);
        const told = [];
        if (reply === "sent") {
            told.push(_t("The reply had left already."));
        } else if (reply === "withdrawn") {
            told.push(_t("The reply was not sent."));
        }
        if (kept.length) {
            told.push(_t("Changed again by somebody, and kept: %s", kept.join(", ")));
        }
        this.notification.add([_t("Taken back."), ...told].join(" "), {
            type: reply === "sent" || kept.length ? "warning" : "success",
        });
        await this.refresh();
    }

    async refresh() {
        await this.outbox.refresh(this.props.ticketId);
        if (this.props.record.resId === this.props.ticketId) {
            await this.load();
        }
    }
}

registry.category("crm_suite_helpdesk.assistant").add("macros", {
    Component: MacrosPanel,
    label: _t("Macros"),
    sequence: 30,
    groups: ["crm_suite_helpdesk.group_agent"],
});

/** A macro was used on many tickets: say what came of it, and show the list again. */
registry.category("actions").add("crm_suite_helpdesk.macro_used", (env, { params }) => {
    // Made and escaped by the server
    env.services.notification.add(markup(params.message), {
        type: params.type,
        sticky: params.type !== "success",
    });
    return { type: "ir.actions.client", tag: "soft_reload" };
});
