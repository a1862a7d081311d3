import { _t } from "@web/core/l10n/translation";
import { ColorList } from "@web/core/colorlist/colorlist";
import { DomainSelectorDialog } from "@web/core/domain_selector_dialog/domain_selector_dialog";
import { MultiRecordSelector } from "@web/core/record_selectors/multi_record_selector";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

import { Component, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { ConditionDialog } from "./condition/condition_field";

const ICONS = {
    char: "fa-font",
    text: "fa-align-left",
    html: "fa-code",
    integer: "fa-hashtag",
    float: "fa-percent",
    monetary: "fa-money",
    boolean: "fa-check-square-o",
    date: "fa-calendar",
    datetime: "fa-clock-o",
    selection: "fa-list-ul",
    many2one: "fa-link",
    many2many: "fa-tags",
    binary: "fa-paperclip",
    image: "fa-picture-o",
};
const NEVER_REQUIRED = ["boolean", "integer", "float", "monetary"];
const RELATIONAL = ["many2one", "many2many"];
const MOST_COLORS = 12;

/** A text in each language that people use. */
export class ShapeTexts extends Component {
    static template = "crm_suite.ShapeTexts";
    static props = {
        languages: Array,
        texts: Object,
        name: String,
        label: String,
        update: Function,
    };

    get isSeveral() {
        return this.props.languages.length > 1;
    }
}

/** What stands beside a form in shape mode: what was pointed at, and what is not published. */
export class ShapePanel extends Component {
    static template = "crm_suite.ShapePanel";
    static components = { ColorList, MultiRecordSelector, ShapeTexts };
    static props = { shape: Object };

    setup() {
        this.shape = useState(this.props.shape);
        this.state = useState({ descriptions: {} });
        this.dialog = useService("dialog");
        this.action = useService("action");
        this.treeProcessor = useService("tree_processor");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.drawSoon = useDebounced(() => this.shape.isActive && this.shape.draw(), 250);
        // who just pointed at a place wants to name what comes there
        useEffect(
            (key) => {
                if (key) {
                    this.root.el.querySelector("input[name=label]")?.focus();
                }
            },
            () => [this.shape.selected?.key]
        );
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
    }

    get selected() {
        return this.shape.selected || { type: "form" };
    }

    get ghost() {
        return this.shape.getGhost(this.selected.key);
    }

    get tab() {
        return this.shape.draft.tabs.find((tab) => tab.key === this.selected.key);
    }

    get field() {
        return this.shape.getFieldById(this.selected.id);
    }

    get anchor() {
        return this.shape.getAnchor(this.selected.name);
    }

    get colors() {
        return [...Array(MOST_COLORS).keys()];
    }

    get formOutlet() {
        return { name: "form", label: _t("Form") };
    }

    get switches() {
        return [
            { name: "is_tracked", label: _t("Log changes") },
            { name: "is_indexed", label: _t("Searched often") },
            { name: "is_copied", label: _t("Copied with the record") },
        ];
    }

    outletLabel(name) {
        return [this.formOutlet, ...this.shape.shape.outlets].find((outlet) => outlet.name === name)
            .label;
    }

    icon(kind) {
        return ICONS[kind];
    }

    isRelational(ghost) {
        return RELATIONAL.includes(ghost.kind);
    }

    canBeRequired(ghost) {
        return !NEVER_REQUIRED.includes(ghost.kind);
    }

    kindLabel(kind) {
        return this.shape.shape.kinds.find(([value]) => value === kind)[1];
    }

    outletsOf(kind) {
        return this.shape.shape.outlets.filter(({ kinds }) => kinds.includes(kind));
    }

    comodel(ghost) {
        return this.shape.shape.comodels.find(({ id }) => id === ghost.comodel_id);
    }

    rulesOf(name) {
        return this.shape.shape.rules[name] || 0;
    }

    /** All places of the form, for those who choose from a list. */
    get placeGroups() {
        const fields = this.shape.anchorFields.filter(({ name }) => name !== this.selected.name);
        const name = ({ label, page_label }) => (page_label ? `${label} (${page_label})` : label);
        return [
            {
                label: _t("After"),
                places: fields.map((field) => ({
                    value: `after ${field.name}`,
                    label: _t("After %s", name(field)),
                })),
            },
            {
                label: _t("Before"),
                places: fields.map((field) => ({
                    value: `before ${field.name}`,
                    label: _t("Before %s", name(field)),
                })),
            },
            {
                label: _t("In the tab"),
                places: this.shape.pages.map((page) => ({
                    value: `inside ${page.name}`,
                    label: _t("In the tab %s", page.label),
                })),
            },
        ];
    }

    /** The place of something as one value of a list: `after phone`, `inside x_cs_tab_3`. */
    placeValue(place) {
        if (!place) {
            return "";
        }
        if (place.position !== "inside") {
            return `${place.position} ${place.anchor}`;
        }
        const page = this.shape.pages.find(
            (page) =>
                (page.place.tab || false) === (place.tab || false) &&
                (page.place.anchor || false) === (place.anchor || false)
        );
        return page ? `inside ${page.name}` : "";
    }

    // ------------------------------------------------------------------
    // A field that is not there yet
    // ------------------------------------------------------------------

    change(step, values) {
        this.shape.remember(`${this.selected.key} ${step}`);
        Object.assign(this.ghost, values);
    }

    async setKind(kind) {
        const ghost = this.ghost;
        this.shape.remember();
        ghost.kind = kind;
        ghost.outlets = ghost.outlets.filter((outlet) =>
            this.outletsOf(kind).some(({ name }) => name === outlet)
        );
        if (kind === "selection" && !ghost.options.length) {
            this.pushOption();
        }
        if (!this.canBeRequired(ghost)) {
            ghost.required = "never";
        }
        await this.shape.draw();
    }

    /**
     * Typing in one field is one step: `name` says in which. `texts` are those that were drawn: the
     * panel may still show one place when another one was just chosen.
     */
    setText(name, texts, code, value) {
        this.shape.remember(`${this.selected.key} ${name} ${code}`);
        texts[code] = value;
    }

    setTabLabel(texts, code, value) {
        this.setText("label", texts, code, value);
        this.drawSoon();
    }

    pushOption() {
        const color = this.ghost.options.length % MOST_COLORS;
        this.ghost.options.push({ key: this.shape.makeKey("o"), labels: {}, color });
    }

    addOption() {
        this.shape.remember();
        this.pushOption();
    }

    removeOption(index) {
        this.shape.remember();
        this.ghost.options.splice(index, 1);
    }

    moveOption(index, step) {
        this.shape.remember();
        const { options } = this.ghost;
        const [option] = options.splice(index, 1);
        options.splice(index + step, 0, option);
    }

    setColor(option, color) {
        this.shape.remember();
        option.color = color;
    }

    toggleGhostOutlet(outlet) {
        const { outlets } = this.ghost;
        const others = outlets.filter((name) => name !== outlet);
        this.change("outlets", {
            outlets: outlets.includes(outlet) ? others : [...others, outlet],
        });
    }

    setComodel(value) {
        this.shape.remember();
        Object.assign(this.ghost, { comodel_id: Number(value) || false, domain: "[]" });
    }

    async setRequired(required) {
        this.change("required", { required });
        if (required === "when" && this.ghost.condition === "[]") {
            this.editCondition();
        }
    }

    editCondition() {
        const ghost = this.ghost;
        this.dialog.add(ConditionDialog, {
            resModel: this.shape.resModel,
            domain: ghost.condition,
            title: _t("“%s” is required when", this.shape.label(ghost)),
            className: "o_crm_shape_condition",
            onConfirm: async (domain) => {
                const problem = await this.shape.checkCondition(domain);
                if (problem) {
                    this.notification.add(problem, { type: "danger", sticky: true });
                    return;
                }
                this.shape.remember();
                ghost.condition = domain;
                await this.describe(this.shape.resModel, domain);
            },
        });
    }

    editFilter() {
        const ghost = this.ghost;
        const { model, label } = this.comodel(ghost);
        this.dialog.add(DomainSelectorDialog, {
            resModel: model,
            domain: ghost.domain,
            title: _t("Which of %s can be chosen", label),
            onConfirm: async (domain) => {
                this.shape.remember();
                ghost.domain = domain;
                await this.describe(model, domain);
            },
        });
    }

    /** Say a domain in words. */
    async describe(resModel, domain) {
        const tree = await this.treeProcessor.treeFromDomain(resModel, domain);
        this.state.descriptions[`${resModel} ${domain}`] =
            await this.treeProcessor.getDomainTreeDescription(resModel, tree);
    }

    description(resModel, domain) {
        return this.state.descriptions[`${resModel} ${domain}`] || domain;
    }

    // ------------------------------------------------------------------
    // Places
    // ------------------------------------------------------------------

    startMoving() {
        const { selected } = this.shape;
        this.shape.moving = this.shape.moving ? null : selected;
    }

    /** The same by the keyboard: choose the place from a list. */
    async choosePlace(value) {
        const [position, name] = value.split(" ");
        const page = this.shape.pages.find((page) => page.name === name);
        const place = position === "inside" ? page.place : { anchor: name, position, tab: false };
        this.shape.moving = this.selected;
        await this.shape.put({ ...place });
    }

    async addFieldHere(position) {
        const anchor = this.selected.name;
        await this.shape.put({ anchor, position, tab: false });
    }

    // ------------------------------------------------------------------
    // What is there already
    // ------------------------------------------------------------------

    selectField(field) {
        this.shape.select({ type: "field", id: field.id, name: field.name });
    }

    selectGhost(ghost) {
        this.shape.select({ type: "ghost", key: ghost.key });
    }

    /** A rule has to speak of a real field, so it is made at once. */
    async addRule(name) {
        const context = await this.shape.prepareRule(name);
        this.dialog.add(FormViewDialog, {
            resModel: "crm.form.rule",
            title: _t("New Rule"),
            context,
            onRecordSaved: () => this.refresh(),
        });
    }

    async refresh() {
        await this.shape.load();
        await this.shape.draw();
    }

    openRules(name) {
        return this.open({
            name: _t("Form Rules"),
            res_model: "crm.form.rule",
            domain: [
                ["model_name", "=", this.shape.resModel],
                ...(name ? [["target_field_ids.name", "=", name]] : []),
            ],
        });
    }

    openFields() {
        return this.open({
            name: _t("Custom Fields"),
            res_model: "crm.custom.field",
            domain: [["model_name", "=", this.shape.resModel]],
        });
    }

    openTabs() {
        return this.open({
            name: _t("Form Tabs"),
            res_model: "crm.form.tab",
            domain: [["model_name", "=", this.shape.resModel]],
        });
    }

    openField(field) {
        return this.open({
            name: field.label,
            res_model: "crm.custom.field",
            res_id: field.id,
            views: [[false, "form"]],
        });
    }

    open(action) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            ...action,
        });
    }

    onKeydown(ev) {
        const isInDialog = document.querySelector(".modal.show, .o_dialog");
        if (isInDialog || ev.defaultPrevented) {
            return;
        }
        if (ev.key === "Escape" && (this.shape.moving || this.shape.selected)) {
            ev.preventDefault();
            this.shape.select(null);
        } else if (ev.key.toLowerCase() === "z" && (ev.ctrlKey || ev.metaKey) && !ev.shiftKey) {
            // within a text the browser takes back what was typed
            if (!ev.target.matches("input, textarea")) {
                ev.preventDefault();
                this.shape.undo();
            }
        }
    }
}
