import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, useState } from "@odoo/owl";

/** The switch with which an agent says whether he gets tickets. */
export class DeskAvailability extends Component {
    static template = "crm_suite_helpdesk.DeskAvailability";
    static props = { availability: Object, reload: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ busy: false });
    }

    get text() {
        const { presence, text, open, capacity } = this.props.availability;
        switch (presence) {
            case "here":
                return _t("You get tickets.");
            case "full":
                return _t("You have %(open)s open tickets, your limit is %(capacity)s.", {
                    open,
                    capacity,
                });
            case "off":
                return _t("Off duty until %(text)s.", { text });
            case "away":
                return text ? _t("Away until %(text)s.", { text }) : _t("Away.");
            default:
                return _t("You get no tickets.");
        }
    }

    async set(accepts, awayUntil) {
        this.state.busy = true;
        try {
            await this.orm.call("crm.ticket.desk", "set_availability", [accepts, awayUntil]);
            await this.props.reload();
        } finally {
            this.state.busy = false;
        }
    }

    onSwitch(ev) {
        return this.set(ev.target.checked, this.props.availability.away_until);
    }

    onComeBack() {
        return this.set(true, false);
    }
}
