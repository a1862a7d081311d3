import { Composer } from "@mail/core/common/composer";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

import { useEffect } from "@odoo/owl";

import { getNewerMessages, NewerMessageDialog } from "./newer_message_dialog";

const TICKET = "crm.ticket";
const PLACEHOLDER = /\{\{\s*[a-z][a-z_]*\s*(?:\|[^{}|]*)?\}\}/;
const POST_KEYS = [
    "body",
    "partner_ids",
    "partner_emails",
    "attachment_ids",
    "email_add_signature",
];

/** Answers to the customer of a ticket leave with care; everything else is core's. */
patch(Composer.prototype, {
    setup() {
        super.setup(...arguments);
        if (this.props.composer.thread?.model !== TICKET) {
            return;
        }
        useEffect(
            (isWriting) => this.crmNoteSeen(isWriting),
            () => [Boolean(this.props.composer.composerText)]
        );
        this.crmFillCannedReplies();
    },

    get crmIsReply() {
        const { composer, type } = this.props;
        return (
            composer.thread?.model === TICKET &&
            Boolean(this.env.inChatter) &&
            !composer.message &&
            type !== "note"
        );
    },

    /** What the agent has read is what was there when he began to write. */
    crmNoteSeen(isWriting) {
        const { composer } = this.props;
        if (!isWriting) {
            composer.crmSeenId = undefined;
        } else if (composer.crmSeenId === undefined) {
            composer.crmSeenId = this.crmNewestId;
        }
    },

    get crmNewestId() {
        return this.props.composer.thread.newestPersistentMessage?.id || 0;
    },

    get crmContext() {
        const { composer } = this.props;
        return {
            crm_seen_message_id: composer.crmSeenId ?? this.crmNewestId,
            crm_reply_ids: composer.cannedResponses.map(({ id }) => id),
        };
    },

    /** A canned reply that is typed as ::shortcut says what the ticket says. */
    crmFillCannedReplies() {
        const insert = this.suggestion.insert.bind(this.suggestion);
        this.suggestion.insert = async (option) => {
            const reply = option.cannedResponse;
            if (reply && PLACEHOLDER.test(option.label)) {
                const label = await this.env.services.orm.call("crm.ticket", "fill_canned_reply", [
                    this.props.composer.thread.id,
                    reply.id,
                ]);
                return insert({ ...option, label: label || option.label });
            }
            return insert(option);
        };
    },

    get fullComposerAdditionalContext() {
        const context = super.fullComposerAdditionalContext;
        return this.crmIsReply ? { ...context, ...this.crmContext } : context;
    },

    async processMessage(cb) {
        if (!this.crmIsReply) {
            return super.processMessage(cb);
        }
        const open = PLACEHOLDER.exec(this.props.composer.composerText);
        if (open) {
            this.env.services.notification.add(
                _t("The reply still says %s. Fill it in first.", open[0]),
                { type: "warning" }
            );
            return;
        }
        try {
            await super.processMessage(cb);
        } catch (error) {
            this.state.active = true;
            const newer = getNewerMessages(error);
            if (!newer) {
                throw error;
            }
            this.crmShowNewer(newer, cb);
        }
    },

    crmShowNewer(newer, cb) {
        const { composer } = this.props;
        const onRead = () => {
            composer.crmSeenId = newer.id;
            composer.thread.fetchNewMessages();
            composer.autofocus++;
        };
        const onSend = () => {
            composer.crmSeenId = newer.id;
            return this.processMessage(cb);
        };
        this.env.services.dialog.add(NewerMessageDialog, { newer, onRead, onSend });
    },

    async _sendMessage(value, postData, extraData) {
        if (!this.crmIsReply) {
            return super._sendMessage(...arguments);
        }
        const later = await this.crmPostLater(value, postData);
        if (later) {
            this.env.services.crm_outbox.hold(later, this.props.composer.thread.id);
            this.suggestion?.clearRawMentions();
            this.suggestion?.clearCannedResponses();
            this.props.composer.emailAddSignature = true;
            this.props.composer.thread.additionalRecipients = [];
            return;
        }
        const context = { ...extraData?.context, ...this.crmContext };
        return super._sendMessage(value, postData, { ...extraData, context });
    },

    /** Keep the reply for as long as it can be taken back, where the team wants that. */
    async crmPostLater(body, postData) {
        const { thread } = this.props.composer;
        const undo = this.env.services.crm_presence?.getUndoSeconds(thread.id);
        if (!undo || postData.parentId || postData.mentionedRoles.length) {
            return false;
        }
        const params = await this.store.getMessagePostParams({ body, postData, thread });
        const data = Object.fromEntries(
            POST_KEYS.filter((key) => key in params.post_data).map((key) => [
                key,
                params.post_data[key],
            ])
        );
        data.body = data.body.toString();
        const { crm_seen_message_id, crm_reply_ids } = this.crmContext;
        return this.env.services.orm.call("crm.ticket", "post_reply_later", [
            thread.id,
            data,
            crm_seen_message_id,
            crm_reply_ids,
        ]);
    },
});
