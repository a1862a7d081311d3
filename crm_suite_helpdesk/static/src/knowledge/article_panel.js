import { Component, markup, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

const PAUSE = 300;

/**
 * Articles that may answer a ticket, beside the conversation: what the ticket is about, or what the
 * agent looks for. Their link or their text goes into the answer; those for colleagues do not.
 */
export class ArticlePanel extends Component {
    static template = "crm_suite_helpdesk.ArticlePanel";
    static props = { ticketId: [Number, Boolean], insert: Function, "*": true };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ articles: [], typed: "", isReady: false });
        this.search = useDebounced(() => this.load(), PAUSE);
        onWillStart(() => this.load());
        onWillUpdateProps((props) => {
            if (props.ticketId !== this.props.ticketId) {
                this.state.typed = "";
                return this.load(props.ticketId);
            }
        });
    }

    async load(ticketId = this.props.ticketId) {
        this.state.articles = ticketId
            ? await this.keepLast.add(
                  this.orm.call("crm.ticket", "get_articles", [[ticketId], this.state.typed])
              )
            : [];
        this.state.isReady = true;
    }

    onInput(ev) {
        this.state.typed = ev.target.value;
        this.search();
    }

    async use(article, kind) {
        const content = await this.orm.call("crm.ticket", "use_article", [
            [this.props.ticketId],
            article.id,
            kind,
        ]);
        // cleaned when it was stored
        await this.props.insert(markup(content));
    }
}

registry.category("crm_suite_helpdesk.assistant").add("articles", {
    Component: ArticlePanel,
    label: () => _t("Articles"),
    sequence: 30,
    groups: ["crm_suite_helpdesk.group_agent"],
});
