import { Component, onMounted, useRef } from "@odoo/owl";

import { ICONS, LED_TO } from "./palette";

/** What comes next: a new step of some kind, or one that is there already. */
export class StepMenu extends Component {
    static template = "crm_suite_marketing.JourneyStepMenu";
    static props = {
        labels: Object,
        onPick: Function,
        targets: { type: Array, optional: true },
        onTarget: { type: Function, optional: true },
        close: Function,
    };
    groups = LED_TO;
    icons = ICONS;

    setup() {
        this.root = useRef("root");
        onMounted(() => this.root.el.querySelector("button")?.focus());
    }

    onKeydown(ev) {
        const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[ev.key];
        if (step) {
            const items = [...this.root.el.querySelectorAll("button")];
            const place = items.indexOf(document.activeElement) + step;
            items[(place + items.length) % items.length].focus();
            ev.preventDefault();
        }
    }

    pick(kind) {
        this.props.close();
        this.props.onPick(kind);
    }

    pickTarget(uid) {
        this.props.close();
        this.props.onTarget(uid);
    }
}
