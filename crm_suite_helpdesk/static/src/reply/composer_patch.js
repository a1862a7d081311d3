import { Chatter } from "@mail/chatter/web_portal/chatter";
import { Composer } from "@mail/core/common/composer";
import { patch } from "@web/core/utils/patch";

import { onMounted, onWillUnmount } from "@odoo/owl";

const TICKET = "crm.ticket";

patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        const link = this.env.services.crm_composer_link;
        if (this.props.threadModel === TICKET && link) {
            let leave = () => {};
            onMounted(() => (leave = link.joinChatter(this)));
            onWillUnmount(() => leave());
        }
    },
});

patch(Composer.prototype, {
    setup() {
        super.setup(...arguments);
        const link = this.env.services.crm_composer_link;
        const thread = this.props.composer.thread;
        // Not those that edit a message that is already there
        if (thread?.model === TICKET && this.env.inChatter && link) {
            let leave = () => {};
            // After what was not sent last time was put back
            onMounted(() => (leave = link.joinComposer(thread.id, this)));
            onWillUnmount(() => leave());
        }
    },
});
