import { KeepLast } from "@web/core/utils/concurrency";
import { Model } from "@web/model/model";

const AGGREGATES = [
    "reached:sum",
    "skipped:sum",
    "still_here:sum",
    "lost_here:sum",
    "won:sum",
    "move_rate:avg",
    "win_rate:avg",
    "days:avg",
    "days_median:avg",
    "amount:sum",
];

/**
 * Reads the funnel: its stages, or those of each group if the search groups. One request, one
 * query on the server, however many opportunities there are.
 */
export class FunnelModel extends Model {
    setup(params) {
        this.resModel = params.resModel;
        this.keepLast = new KeepLast();
        this.funnels = [];
        this.searchParams = null;
    }

    async load(searchParams) {
        const groupBy = (searchParams.groupBy || []).filter((each) => each !== "stage_id");
        const groups = await this.keepLast.add(
            this.orm.formattedReadGroup(
                this.resModel,
                searchParams.domain,
                [...groupBy.slice(0, 1), "stage_id"],
                AGGREGATES,
                { context: searchParams.context }
            )
        );
        this.searchParams = searchParams;
        this.funnels = this._readFunnels(groups, groupBy[0]);
        this.notify();
    }

    hasData() {
        return this.funnels.length > 0;
    }

    _readFunnels(groups, groupBy) {
        const funnels = new Map();
        for (const group of groups) {
            if (!group.stage_id) {
                continue;
            }
            const value = groupBy ? group[groupBy] : null;
            const key = JSON.stringify(value);
            if (!funnels.has(key)) {
                funnels.set(key, {
                    key,
                    title: this._getTitle(value),
                    isGrouped: !!groupBy,
                    stages: [],
                });
            }
            funnels.get(key).stages.push(this._readStage(group));
        }
        for (const funnel of funnels.values()) {
            const widest = Math.max(...funnel.stages.map((stage) => stage.reached));
            for (const stage of funnel.stages) {
                stage.width = Math.max((stage.reached / widest) * 100, 2);
                stage.share = (stage.reached / widest) * 100;
            }
        }
        return [...funnels.values()];
    }

    _readStage(group) {
        const [id, name] = group.stage_id;
        return {
            id,
            name,
            reached: group["reached:sum"],
            skipped: group["skipped:sum"],
            stillHere: group["still_here:sum"],
            lostHere: group["lost_here:sum"],
            moveRate: group["move_rate:avg"],
            winRate: group["win_rate:avg"],
            days: group["days:avg"],
            daysMedian: group["days_median:avg"],
            amount: group["amount:sum"],
            domain: group.__domain,
        };
    }

    _getTitle(value) {
        if (Array.isArray(value)) {
            return value[1];
        }
        return value || "";
    }
}
