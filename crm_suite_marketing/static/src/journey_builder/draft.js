import { COLUMN, ROW, findFree } from "./geometry";

/** What the buttons of the canvas ask the server to change, as operations of one change. */

export const newUid = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) =>
        byte.toString(16).padStart(2, "0")
    ).join("");

const getWay = (graph, source, port) =>
    graph.edges.find((edge) => edge.source === source && edge.port === port);

export const getOpenPorts = (graph, node) =>
    node.ports.filter((port) => !getWay(graph, node.uid, port.key));

// The way by which people go on after a new node, where it is not `next`
const FIRST_PORTS = {
    condition: "yes",
    branch: "yes",
    split: "a",
    ab: "a",
    // its way `next` is the jump
    jump: "enough",
    exit: null,
};

/** A new node at a way out; what the way led to comes after the new node. */
export function addAfter(graph, kind, source, port) {
    const uid = newUid();
    const way = getWay(graph, source.uid, port);
    const place = source.ports.findIndex((one) => one.key === port);
    const side = place - (source.ports.length - 1) / 2;
    const operations = [];
    let spot = { x: source.x + side * COLUMN, y: source.y + ROW };
    if (way) {
        const target = graph.nodes.find((node) => node.uid === way.target);
        if (target.y > source.y) {
            spot.x = source.ports.length > 1 ? target.x : source.x;
            const missing = spot.y + ROW - target.y;
            const places = {};
            for (const node of graph.nodes) {
                if (missing > 0 && node.y >= target.y) {
                    places[node.uid] = [node.x, node.y + missing];
                }
            }
            if (missing > 0) {
                operations.push({ op: "move", places });
            }
        } else {
            spot = findFree(graph.nodes, spot.x, spot.y);
        }
    } else {
        spot = findFree(graph.nodes, spot.x, spot.y);
    }
    operations.push(
        { op: "add", uid, kind, x: Math.round(spot.x), y: Math.round(spot.y) },
        { op: "connect", source: source.uid, port, target: uid }
    );
    const first = kind in FIRST_PORTS ? FIRST_PORTS[kind] : "next";
    if (way && first) {
        operations.push({ op: "connect", source: uid, port: first, target: way.target });
    }
    return { uid, operations };
}

/** A new node that nothing leads to yet. */
export function addAlone(graph, kind, x, y) {
    const uid = newUid();
    const spot = findFree(graph.nodes, Math.round(x), Math.round(y));
    return { uid, operations: [{ op: "add", uid, kind, ...spot }] };
}

/** Remove nodes; where there was one way through a node, the gap is closed. */
export function remove(graph, uids) {
    const gone = new Set(uids);
    const operations = uids.map((uid) => ({ op: "remove", uid }));
    for (const edge of graph.edges) {
        if (!gone.has(edge.target) || gone.has(edge.source)) {
            continue;
        }
        let target = edge.target;
        const seen = new Set();
        while (target && gone.has(target) && !seen.has(target)) {
            seen.add(target);
            const node = graph.nodes.find((one) => one.uid === target);
            target = node.ports.length === 1 && getWay(graph, target, node.ports[0].key)?.target;
        }
        if (target && !gone.has(target) && target !== edge.source) {
            operations.push({ op: "connect", source: edge.source, port: edge.port, target });
        }
    }
    return operations;
}

export function duplicate(graph, uids) {
    const copies = uids.map((uid) => {
        const node = graph.nodes.find((one) => one.uid === uid);
        const spot = findFree(graph.nodes, node.x + COLUMN, node.y);
        return { op: "copy", uid, new_uid: newUid(), ...spot };
    });
    return { uids: copies.map((copy) => copy.new_uid), operations: copies };
}
