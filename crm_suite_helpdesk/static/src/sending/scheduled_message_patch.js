import { ScheduledMessage } from "@mail/chatter/web/scheduled_message_model";
import { patch } from "@web/core/utils/patch";

import { getNewerMessages, NewerMessageDialog } from "./newer_message_dialog";

patch(ScheduledMessage.prototype, {
    setup() {
        super.setup(...arguments);
        /** @type {string|false} */
        this.ticket_held_at = undefined;
        /** @type {boolean} */
        this.ticket_overtaken = undefined;
    },

    async send() {
        if (this.thread?.model !== "crm.ticket") {
            return super.send();
        }
        const { orm, dialog } = this.store.env.services;
        const post = (context) =>
            orm.call("mail.scheduled.message", "post_message", [[this.id]], { context });
        try {
            await post({});
        } catch (error) {
            const newer = getNewerMessages(error);
            if (newer) {
                await new Promise((resolve) =>
                    dialog.add(
                        NewerMessageDialog,
                        {
                            newer,
                            onSend: () => post({ crm_send_anyway: true }).finally(resolve),
                            onRead: resolve,
                        },
                        { onClose: () => resolve() }
                    )
                );
            }
            // Otherwise it was sent already, by somebody else or by the server
        }
    },
});
