import { _t } from "@web/core/l10n/translation";

import { rpcBus } from "@web/core/network/rpc";
import { deepCopy } from "@web/core/utils/objects";

const NOTHING = { tabs: [], fields: [], moves: [], outlets: [] };
// what a field is shown in when nothing else is said
const USUAL_OUTLETS = ["list", "search", "group"];
const MOST_UNDOS = 100;

/**
 * What a configurator arranges in a form before he publishes it: new fields and tabs, fields that
 * move, where they are shown. Nothing is stored before `publish`.
 *
 * `redraw` is called with the arch of the form as it would be whenever that changes.
 */
export class ShapeModel {
    constructor({ orm, resModel, viewId, redraw }) {
        this.orm = orm;
        this.resModel = resModel;
        this.viewId = viewId;
        this.redraw = redraw;
        this.isActive = false;
        this.shape = null;
        this.draft = deepCopy(NOTHING);
        this.undos = [];
        // what the panel speaks of: {type: ghost, field, anchor or tab, and its key, id or name}
        this.selected = null;
        // what waits for a place: the same, or null
        this.moving = null;
        this.problem = "";
        this.isBusy = false;
        // the tab of the form that is open, by name
        this.page = null;
        this.lastKeys = {};
        this.drawing = 0;
    }

    /** The languages that people of this database use, that of the configurator first. */
    get languages() {
        return this.shape.languages;
    }

    get changeCount() {
        return Object.values(this.draft).reduce((sum, changes) => sum + changes.length, 0);
    }

    get isComplete() {
        return this.draft.fields.every((field) => this.getProblems(field).length === 0);
    }

    async load() {
        this.shape = await this.orm.call("crm.customization", "get_shape", [
            this.resModel,
            this.viewId,
        ]);
        this.isActive = true;
    }

    /** What was known of the form stays: the panel may be drawn once more before it goes. */
    close() {
        this.isActive = false;
        this.draft = deepCopy(NOTHING);
        this.undos = [];
        this.selected = null;
        this.moving = null;
        this.problem = "";
    }

    // ------------------------------------------------------------------
    // Looking up
    // ------------------------------------------------------------------

    getGhost(key) {
        return this.draft.fields.find((field) => field.key === key);
    }

    getField(name) {
        return this.shape.fields.find((field) => field.name === name);
    }

    getFieldById(id) {
        return this.shape.fields.find((field) => field.id === id);
    }

    getAnchor(name) {
        return this.anchorFields.find((anchor) => anchor.name === name);
    }

    get anchorFields() {
        return this.shape.anchors.filter((anchor) => anchor.kind === "field");
    }

    /** Tabs of the form, and those that are not published yet. */
    get pages() {
        const pages = this.shape.anchors.filter((anchor) => anchor.kind === "page");
        return [
            ...pages.map(({ name, label }) => ({ name, label, place: this.pagePlace(name) })),
            ...this.draft.tabs.map((tab) => ({
                name: tab.key,
                label: this.text(tab.labels),
                place: { anchor: false, position: "inside", tab: tab.key },
            })),
        ];
    }

    /** The place in a tab of the form: our own tabs are known by their id. */
    pagePlace(name) {
        const tab = this.shape.tabs.find((tab) => tab.name === name);
        return { anchor: tab ? false : name, position: "inside", tab: tab ? tab.id : false };
    }

    /** A text in the language of the configurator, or in whatever language there is. */
    text(texts) {
        for (const { code } of this.languages) {
            if (texts[code]) {
                return texts[code];
            }
        }
        return "";
    }

    label(ghost) {
        return this.text(ghost.labels) || _t("New field");
    }

    /** Where a field is, in words. */
    describePlace({ anchor, position, tab }) {
        const page = this.pages.find(
            (page) =>
                (page.place.tab || false) === (tab || false) &&
                (page.place.anchor || false) === (anchor || false)
        );
        if (position === "inside") {
            return _t("In the tab %s", page ? page.label : anchor || "");
        }
        const label = this.getAnchor(anchor)?.label || this.getField(anchor)?.label || anchor;
        return position === "before" ? _t("Before %s", label) : _t("After %s", label);
    }

    /** What is missing before a new field can be published, in words. */
    getProblems(ghost) {
        const problems = [];
        if (!this.text(ghost.labels)) {
            problems.push(_t("A label"));
        }
        if (ghost.kind === "selection" && !ghost.options.some(({ labels }) => this.text(labels))) {
            problems.push(_t("At least one option"));
        }
        if (["many2one", "many2many"].includes(ghost.kind) && !ghost.comodel_id) {
            problems.push(_t("What it links to"));
        }
        if (ghost.required === "when" && ["", "[]"].includes(ghost.condition)) {
            problems.push(_t("When it is required"));
        }
        return problems;
    }

    /** Where a field is shown, with what is not published yet. */
    isShown(field, outlet) {
        const change = this.draft.outlets.find(
            (change) => change.field_id === field.id && change.outlet === outlet
        );
        return change ? change.shown : field.places.some((place) => place.outlet === outlet);
    }

    getPlace(field) {
        const move = this.draft.moves.find((move) => move.field_id === field.id);
        return move || field.places.find((place) => place.outlet === "form");
    }

    // ------------------------------------------------------------------
    // Changing the draft
    // ------------------------------------------------------------------

    /** Remember the draft, so that `undo` comes back to it. Typing in one place is one step. */
    remember(step = "") {
        if (step && this.lastStep === step) {
            return;
        }
        this.lastStep = step;
        this.undos.push(deepCopy(this.draft));
        if (this.undos.length > MOST_UNDOS) {
            this.undos.shift();
        }
        this.problem = "";
    }

    undo() {
        if (this.undos.length) {
            this.draft = this.undos.pop();
            this.lastStep = "";
            this.moving = null;
            this.problem = "";
            if (this.selected?.key && !this.isKnown(this.selected.key)) {
                this.selected = null;
            }
            return this.draw();
        }
    }

    isKnown(key) {
        return [...this.draft.fields, ...this.draft.tabs].some((item) => item.key === key);
    }

    makeKey(prefix) {
        this.lastKeys[prefix] = (this.lastKeys[prefix] || 0) + 1;
        return `${prefix}${this.lastKeys[prefix]}`;
    }

    /** Somebody pointed at a place: what is moving goes there, else a new field does. */
    put(place) {
        const index = () => this.findIndex(place);
        return this.putAt(place, index);
    }

    /** The same beside a field that is not there yet: it shares the anchor of that. */
    putBeside(key, side) {
        const { anchor, position, tab } = this.getGhost(key);
        const index = () =>
            this.draft.fields.findIndex((field) => field.key === key) + (side === "after" ? 1 : 0);
        return this.putAt({ anchor, position, tab }, index);
    }

    putAt(place, getIndex) {
        const moving = this.moving;
        this.moving = null;
        this.remember();
        if (moving?.type === "field") {
            this.moveField(moving.id, place);
            this.selected = moving;
        } else {
            const ghost = moving ? this.takeGhost(moving.key) : this.makeGhost();
            Object.assign(ghost, place);
            this.draft.fields.splice(getIndex(), 0, ghost);
            this.selected = { type: "ghost", key: ghost.key };
        }
        return this.draw();
    }

    /** Fields at one place come in their order: what is put right after an anchor is the first. */
    findIndex({ anchor, position }) {
        const index = this.draft.fields.findIndex(
            (field) =>
                position === "after" && field.position === position && field.anchor === anchor
        );
        return index < 0 ? this.draft.fields.length : index;
    }

    takeGhost(key) {
        const ghost = this.getGhost(key);
        this.draft.fields = this.draft.fields.filter((field) => field.key !== key);
        return ghost;
    }

    makeGhost() {
        return {
            key: this.makeKey("f"),
            kind: "char",
            labels: {},
            help: {},
            options: [],
            comodel_id: false,
            domain: "[]",
            required: "never",
            condition: "[]",
            is_tracked: false,
            is_indexed: false,
            is_copied: true,
            group_ids: [],
            outlets: [...USUAL_OUTLETS],
        };
    }

    moveField(id, place) {
        this.draft.moves = this.draft.moves.filter((move) => move.field_id !== id);
        this.draft.moves.push({ field_id: id, ...place });
        this.draft.outlets = this.draft.outlets.filter(
            (change) => change.field_id !== id || change.outlet !== "form"
        );
    }

    removeGhost(key) {
        this.remember();
        this.draft.fields = this.draft.fields.filter((field) => field.key !== key);
        this.selected = null;
        this.moving = null;
        return this.draw();
    }

    /** Bring a field back to where it is. */
    removeMove(id) {
        this.remember();
        this.draft.moves = this.draft.moves.filter((move) => move.field_id !== id);
        return this.draw();
    }

    async toggleOutlet(field, outlet) {
        this.remember();
        const shown = !this.isShown(field, outlet);
        this.draft.outlets = this.draft.outlets.filter(
            (change) => change.field_id !== field.id || change.outlet !== outlet
        );
        if (shown !== field.places.some((place) => place.outlet === outlet)) {
            this.draft.outlets.push({ field_id: field.id, outlet, shown });
        }
        if (outlet === "form") {
            if (!shown) {
                this.draft.moves = this.draft.moves.filter((move) => move.field_id !== field.id);
            }
            return this.draw();
        }
    }

    addTab() {
        this.remember();
        const key = this.makeKey("t");
        const labels = { [this.languages[0].code]: _t("New tab") };
        this.draft.tabs.push({ key, labels });
        this.selected = { type: "tab", key };
        this.page = key;
        return this.draw();
    }

    /** Fields that were to be in the tab lose their place with it. */
    removeTab(key) {
        this.remember();
        this.draft.tabs = this.draft.tabs.filter((tab) => tab.key !== key);
        this.draft.fields = this.draft.fields.filter((field) => field.tab !== key);
        this.draft.moves = this.draft.moves.filter((move) => move.tab !== key);
        this.selected = null;
        return this.draw();
    }

    select(selected) {
        this.selected = selected;
        this.moving = null;
        this.lastStep = "";
    }

    // ------------------------------------------------------------------
    // The server
    // ------------------------------------------------------------------

    /** The draft as the server reads it: what is not named yet gets a name for the while. */
    getChanges({ isPreview } = {}) {
        const changes = deepCopy(this.draft);
        const here = this.languages[0].code;
        for (const field of changes.fields) {
            field.options = field.options
                .filter(({ labels }) => this.text(labels))
                .map(({ labels, color }) => ({ labels, color }));
            if (isPreview && !this.text(field.labels)) {
                field.labels = { [here]: _t("New field") };
            }
        }
        for (const tab of changes.tabs) {
            if (isPreview && !this.text(tab.labels)) {
                tab.labels = { [here]: _t("New tab") };
            }
        }
        return changes;
    }

    async draw() {
        const drawing = ++this.drawing;
        const arch = await this.orm.call("crm.customization", "preview", [
            this.resModel,
            this.viewId,
            this.getChanges({ isPreview: true }),
        ]);
        if (this.isActive && drawing === this.drawing) {
            await this.redraw(arch);
        }
    }

    async publish() {
        this.isBusy = true;
        this.problem = "";
        try {
            const result = await this.orm.call("crm.customization", "publish", [
                this.resModel,
                this.viewId,
                this.getChanges(),
            ]);
            // everything that the browser knows of the model, it knows no longer
            rpcBus.trigger("CLEAR-CACHES");
            return result;
        } catch (error) {
            if (!error.data?.message) {
                throw error;
            }
            this.problem = error.data.message;
            return null;
        } finally {
            this.isBusy = false;
        }
    }

    /** Return why a condition cannot be used, or nothing. */
    checkCondition(domain) {
        return this.orm.call("crm.customization", "check_condition", [this.resModel, domain]);
    }

    /** What the dialog of a new rule for a field begins with. */
    prepareRule(name) {
        return this.orm.call("crm.customization", "prepare_rule", [this.resModel, name]);
    }
}
