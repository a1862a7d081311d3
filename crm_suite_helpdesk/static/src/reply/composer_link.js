import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { createDocumentFragmentFromContent, isMarkup } from "@web/core/utils/html";
import { Deferred } from "@web/core/utils/concurrency";

import { markup } from "@odoo/owl";

const BLOCKS = new Set(["P", "DIV", "H1", "H2", "H3", "H4", "H5", "H6", "UL", "OL", "TR", "PRE"]);
// How long a conversation may take to open, in milliseconds
const PATIENCE = 3000;

/** The text of a piece of HTML as a person would write it: lines, dashes, addresses of links. */
export function toPlainText(content) {
    const fragment = createDocumentFragmentFromContent(content).body;
    const text = readNode(fragment);
    return text
        .replace(/[ \t]+\n/g, "\n")
        .replace(/\n{3,}/g, "\n\n")
        .trim();
}

function readNode(node) {
    let text = "";
    for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) {
            text += child.textContent.replace(/\s+/g, " ");
        } else if (child.nodeName === "BR") {
            text += "\n";
        } else if (child.nodeName === "LI") {
            text += `\n- ${readNode(child).trim()}`;
        } else if (child.nodeName === "A") {
            text += readLink(child);
        } else if (child.nodeType === Node.ELEMENT_NODE) {
            const inner = readNode(child);
            text += BLOCKS.has(child.nodeName) ? `\n${inner.trim()}\n` : inner;
        }
    }
    return text;
}

function readLink(link) {
    const words = readNode(link).trim();
    const address = link.getAttribute("href") || "";
    if (!/^(https?:|mailto:)/i.test(address) || words === address) {
        return words || address;
    }
    return words ? `${words} (${address})` : address;
}

/**
 * What stands beside the conversation of a ticket can open its composer and put text into it.
 *
 * Chatters and composers of tickets join while they are on the screen.
 */
export class ComposerLink {
    constructor(notification) {
        this.notification = notification;
        this.chatters = new Set();
        this.composers = new Map();
        this.waiting = new Map();
    }

    joinChatter(chatter) {
        this.chatters.add(chatter);
        return () => this.chatters.delete(chatter);
    }

    joinComposer(ticketId, composer) {
        this.composers.set(ticketId, composer);
        this.waiting.get(ticketId)?.resolve(composer);
        this.waiting.delete(ticketId);
        return () => {
            if (this.composers.get(ticketId) === composer) {
                this.composers.delete(ticketId);
            }
        };
    }

    findChatter(ticketId) {
        return [...this.chatters].find((chatter) => chatter.props.threadId === ticketId);
    }

    /** The composer of a ticket, opened for a message to the customer when none is open. */
    async open(ticketId) {
        const composer = this.composers.get(ticketId);
        if (composer) {
            return composer;
        }
        const chatter = this.findChatter(ticketId);
        if (!chatter || !chatter.state.thread?.canPostMessage) {
            return null;
        }
        const opened = new Deferred();
        this.waiting.set(ticketId, opened);
        chatter.toggleComposer("message", { force: true });
        const late = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE));
        return Promise.race([opened, late]);
    }

    /**
     * Put something into the composer of a ticket, where the cursor is.
     *
     * @param {number} ticketId
     * @param {string|ReturnType<markup>} content HTML when it is markup, else plain text
     * @returns {Promise<boolean>} whether there was a composer
     */
    async insert(ticketId, content) {
        const composer = await this.open(ticketId);
        if (!composer) {
            this.notification.add(_t("Open the conversation of this ticket first."), {
                type: "warning",
            });
            return false;
        }
        if (composer.composerService.htmlEnabled && composer.editor) {
            this.insertHtml(composer, content);
        } else {
            this.insertText(composer, content);
        }
        composer.props.composer.autofocus++;
        return true;
    }

    /** A canned reply is in the message: sending it counts as a use. */
    noteReply(ticketId, { id, source, text }) {
        const composer = this.composers.get(ticketId);
        if (composer) {
            const model = composer.props.composer;
            model.cannedResponses.push({ id, source, substitution: text });
        }
    }

    insertText(composer, content) {
        const model = composer.props.composer;
        const text = isMarkup(content) ? toPlainText(content) : content.trim();
        const before = model.composerText;
        const position = before ? Math.min(model.selection.end ?? before.length, before.length) : 0;
        const isLineStart = !position || before[position - 1] === "\n";
        model.insertText((isLineStart ? "" : "\n") + text, position);
        model.isDirty = true;
    }

    insertHtml(composer, content) {
        const { shared } = composer.editor;
        const html = isMarkup(content) ? content : textToHtml(content);
        const fragment = document.createDocumentFragment();
        // Parsed apart from the page, where nothing is loaded or run
        fragment.append(...createDocumentFragmentFromContent(html).body.childNodes);
        shared.selection.focusEditable();
        shared.dom.insert(fragment);
        shared.history.addStep();
    }
}

/** Lines of plain text as paragraphs. */
function textToHtml(text) {
    const holder = document.createElement("div");
    for (const line of text.split("\n")) {
        const paragraph = document.createElement("div");
        paragraph.append(line || document.createElement("br"));
        holder.append(paragraph);
    }
    return markup(holder.innerHTML);
}

export const composerLinkService = {
    dependencies: ["notification"],
    start(env, { notification }) {
        return new ComposerLink(notification);
    },
};

registry.category("services").add("crm_composer_link", composerLinkService);
