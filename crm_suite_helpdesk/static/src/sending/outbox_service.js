import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { markup } from "@odoo/owl";

import { toPlainText } from "../reply/composer_link";
import { getNewerMessages, NewerMessageDialog } from "./newer_message_dialog";

const SCHEDULED = "mail.scheduled.message";

/**
 * Replies that wait a few seconds, so that they can be taken back. What the browser does not send in
 * time, because it was closed, the server sends.
 */
export class Outbox {
    constructor(services) {
        Object.assign(this, services);
        this.entries = new Map();
    }

    get store() {
        return this.getStore();
    }

    /**
     * @param {{ id: number, seconds: number }} later what the server keeps
     * @param {number} ticketId
     * @param {{ onUndo: Function, message: string }} [options] `onUndo` takes back instead of us
     */
    hold(later, ticketId, { onUndo, message } = {}) {
        const entry = { ...later, ticketId };
        const delay = later.seconds * 1000;
        entry.close = this.notification.add(
            message || _t("Your reply goes out in %s seconds.", later.seconds),
            {
                type: "info",
                autocloseDelay: delay,
                className: "o_crm_outbox",
                buttons: [
                    {
                        name: _t("Undo"),
                        primary: true,
                        onClick: () => (onUndo ? this.drop(entry, onUndo) : this.undo(entry)),
                    },
                ],
            }
        );
        entry.timer = browser.setTimeout(() => this.send(entry), delay);
        this.entries.set(later.id, entry);
    }

    forget(entry) {
        browser.clearTimeout(entry.timer);
        entry.close();
        this.entries.delete(entry.id);
    }

    async drop(entry, onUndo) {
        this.forget(entry);
        await onUndo();
    }

    async send(entry, context = {}) {
        this.forget(entry);
        try {
            await this.orm.silent.call(SCHEDULED, "post_message", [[entry.id]], { context });
        } catch (error) {
            const newer = getNewerMessages(error);
            if (newer) {
                this.dialog.add(NewerMessageDialog, {
                    newer,
                    onSend: () => this.send(entry, { crm_send_anyway: true }),
                    onRead: () => this.undo(entry),
                });
                return;
            }
            // The server has sent it already, or will
        }
        await this.refresh(entry.ticketId);
    }

    async undo(entry) {
        this.forget(entry);
        const taken = await this.orm.call(SCHEDULED, "take_back", [[entry.id]]);
        if (!taken) {
            this.notification.add(_t("It is too late: the reply has left."), { type: "warning" });
        } else {
            await this.restore(entry.ticketId, taken);
        }
        await this.refresh(entry.ticketId);
    }

    /** What was taken back stands in the composer again. */
    async restore(ticketId, { body, attachments }) {
        const thread = this.store.Thread.insert({ model: "crm.ticket", id: ticketId });
        const composer = thread.composer;
        const text = toPlainText(markup(body));
        composer.composerText = [text, composer.composerText].filter(Boolean).join("\n");
        for (const file of attachments) {
            composer.attachments.add(this.store["ir.attachment"].insert({ ...file, thread }));
        }
        await this.link.open(ticketId);
    }

    /** Show on the form what has changed. */
    async refresh(ticketId) {
        const chatter = this.link.findChatter(ticketId);
        const thread = chatter?.state.thread;
        if (thread) {
            await Promise.all([
                thread.fetchNewMessages(),
                thread.fetchThreadData(["scheduledMessages"]),
            ]);
            await chatter.props.record?.load();
        }
    }
}

export const outboxService = {
    dependencies: ["orm", "notification", "dialog", "crm_composer_link"],
    start(env, { orm, notification, dialog, crm_composer_link: link }) {
        const getStore = () => env.services["mail.store"];
        return new Outbox({ orm, notification, dialog, link, getStore });
    },
};

registry.category("services").add("crm_outbox", outboxService);
