// The cluster as the instance that responds knows it; or that there is only this one.
import { useState } from "preact/hooks";
import type { ClusterInstance } from "../../client/src/operator";
import { Problem } from "../../client/src/problem";
import { formatMoment, formatNumber, formatRough } from "../format";
import { Card, Facts, Table, ViewTitle } from "../parts/blocks";
import { LoadCurves } from "../parts/history_curves";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { useSession } from "../session";
import { words } from "../words";

const w = words.cluster;
const t = w.table;

const milliseconds = (value: number): string => `${formatNumber(value)} ms`;

/** What is wrong; empty if all is well. */
export function faultsOf(cluster: ClusterInstance): string[] {
  const { slots, store, links, state } = cluster;
  return [
    state !== "ready" && w.why.state(w.state[state] ?? state),
    slots.lonely > 0 && w.why.lonely(slots.lonely),
    slots.awaited > 0 && w.why.awaited(slots.awaited),
    store.leaseMs <= 0 && w.why.store,
    ...links.filter(({ up }) => !up).map(({ name }) => w.why.linkDown(name)),
  ].filter((fault): fault is string => typeof fault === "string");
}

function Health({ cluster }: { cluster: ClusterInstance }) {
  const faults = faultsOf(cluster);
  return (
    <Card>
      <p><span class={"pill " + (faults.length ? "paused" : "open")}>{faults.length ? w.notWell : w.well}</span> <strong>{w.instance(cluster.instance, cluster.cluster)}</strong></p>
      {faults.length > 0 && <ul>{faults.map((fault) => <li key={fault}>{fault}</li>)}</ul>}
      <p class="soft">{w.asSeen}</p>
    </Card>
  );
}

function Tables({ cluster }: { cluster: ClusterInstance }) {
  const { slots, store } = cluster;
  return (
    <>
      <div class="tiles">
        <Card title={w.slots}>
          <Facts facts={[
            [w.owned, formatNumber(slots.owned)], [w.serving, formatNumber(slots.serving)], [w.awaited, formatNumber(slots.awaited)],
            [w.lonely, formatNumber(slots.lonely)], [w.taken, formatNumber(slots.taken)], [w.given, formatNumber(slots.given)],
            [w.takeovers, formatNumber(cluster.takeovers)],
          ]} />
        </Card>
        <Card title={w.log}>
          <Facts facts={[
            [w.groups, formatNumber(cluster.groups)], [w.synced, formatNumber(cluster.syncedGroups)],
            [w.tail, `${formatNumber(store.tailGroups)} (${formatNumber(store.tailBytes)} B)`],
          ]} />
        </Card>
        <Card title={w.store}>
          <Facts facts={[
            [w.lease, milliseconds(store.leaseMs)], [w.beat, store.beatAgeMs < 0 ? words.unknown : milliseconds(store.beatAgeMs)],
            [w.unanswered, milliseconds(store.unansweredMs)], [w.keys, cluster.tokenKeys.join(", ")],
          ]} />
        </Card>
      </div>
      <Card>
        <Table
          caption={w.links} rows={cluster.links} of={({ instance }) => instance}
          columns={[
            { title: t.instance, cell: ({ name }) => name },
            { title: t.up, cell: ({ up }) => <span class={"pill " + (up ? "open" : "paused")}>{up ? words.yes : words.no}</span> },
            { title: t.address, cell: ({ address }) => address },
            { title: t.trip, number: true, cell: ({ roundTripMs }) => (roundTripMs === null ? "" : `${formatRough(roundTripMs)} ms`) },
            { title: t.outstanding, number: true, cell: ({ outstanding }) => formatNumber(outstanding) },
            { title: t.unknown, number: true, cell: ({ outcomesUnknown }) => formatNumber(outcomesUnknown) },
            { title: t.since, cell: ({ since }) => (since ? formatMoment(since) : "") },
            { title: t.refusal, cell: ({ lastRefusal }) => lastRefusal ?? "" },
          ]}
        />
      </Card>
      <Card>
        <Table
          caption={w.followers} rows={cluster.followers} of={({ instance }) => instance}
          columns={[
            { title: t.instance, cell: ({ instance }) => instance },
            { title: t.sent, number: true, cell: ({ sent }) => formatNumber(sent) },
            { title: t.synced, number: true, cell: ({ synced }) => formatNumber(synced) },
            { title: t.behind, number: true, cell: ({ synced }) => formatNumber(Math.max(cluster.groups - synced, 0)) },
            { title: t.snapshots, number: true, cell: ({ snapshotsLeft }) => formatNumber(snapshotsLeft) },
          ]}
        />
      </Card>
      <Card>
        <Table
          caption={w.follows} rows={cluster.follows} of={({ stream }) => stream}
          columns={[
            { title: t.stream, cell: ({ stream }) => <code>{stream}</code> },
            { title: t.instance, cell: ({ instance }) => instance ?? words.unknown },
            { title: t.newest, number: true, cell: ({ newest }) => formatNumber(newest) },
            { title: t.synced, number: true, cell: ({ synced }) => formatNumber(synced) },
            { title: t.slots, number: true, cell: ({ slots: count }) => formatNumber(count) },
            { title: t.warm, number: true, cell: ({ warm, slots: count }) => `${formatNumber(warm)} / ${formatNumber(count)}` },
          ]}
        />
      </Card>
    </>
  );
}

export function ClusterView() {
  const { client } = useSession();
  const [single, setSingle] = useState(false);
  const cluster = usePolled(single ? 0 : 2000, "cluster", async (signal) => {
    try {
      return single ? null : await client.readCluster(signal);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
      setSingle(true);
      return null;
    }
  });
  return (
    <>
      <ViewTitle of="cluster">{w.title}</ViewTitle>
      {single
        ? <Card><p><strong>{w.single}</strong></p><p>{w.singleText}</p></Card>
        : <StaleNote problem={cluster.problem} hasValue={cluster.value !== undefined} />}
      {cluster.value && <><Health cluster={cluster.value} /><Tables cluster={cluster.value} /></>}
      {cluster.value === undefined && !cluster.problem && <p class="soft">{words.loading}</p>}
      <LoadCurves />
    </>
  );
}
