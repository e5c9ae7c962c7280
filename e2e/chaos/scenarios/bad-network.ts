import { setTimeout as delay } from 'node:timers/promises';
import { openBus } from '@storefront/platform/bus/bus.ts';
import { startRelay } from '@storefront/platform/outbox/relay.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { createMetrics } from '@storefront/platform/telemetry/metrics.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { type FaultProxy, type ProxyFault, startFaultProxy } from '../world/fault-proxy.ts';
import { effectOf, MAILROOM_SCHEMA, mailroomQueue } from '../world/mailroom-tables.ts';
import { type Mailroom, openMailroom } from '../world/mailroom.ts';
import type { World } from '../world/world.ts';

const WELL_WITHIN_MS = 30_000;
const GIVEN_UP_AFTER_MS = 60_000;

interface Mishap {
  readonly on: 'broker' | 'database';
  readonly fault: ProxyFault | { readonly kind: 'reset' };
  readonly ms: number;
}

const mishaps: readonly Mishap[] = [
  { on: 'broker', fault: { kind: 'delay', ms: 150 }, ms: 1_500 },
  { on: 'broker', fault: { kind: 'reset' }, ms: 2_000 },
  { on: 'broker', fault: { kind: 'refuse' }, ms: 2_000 },
  { on: 'broker', fault: { kind: 'black-hole' }, ms: 12_000 },
  { on: 'database', fault: { kind: 'delay', ms: 40 }, ms: 1_500 },
  { on: 'database', fault: { kind: 'reset' }, ms: 2_000 },
  { on: 'database', fault: { kind: 'refuse' }, ms: 2_000 },
  { on: 'database', fault: { kind: 'black-hole' }, ms: 5_000 },
];

/** The network between a relay, a consumer and their servers is slow, breaks, or swallows everything. */
export const badNetwork: Scenario<World> = {
  name: 'bad-network',
  goal: 'latency, resets, refusals and black holes before RabbitMQ and Postgres: each effect once, well again within 30 s',
  async play(world, { isShort }) {
    const room = await openMailroom(world);
    const proxies = { broker: await proxyOf(room.address.rabbitmq), database: await proxyOf(room.address.database) };
    const parts = await openThrough(world, proxies);
    const faults: string[] = [];
    let [written, worstMs] = [0, 0];
    try {
      for (const mishap of isShort ? mishaps.map(shorter) : [...mishaps, ...mishaps, ...mishaps]) {
        const { proxy } = proxies[mishap.on];
        written += await suffer({ room, proxy, mishap, from: written });
        const wellMs = await recover(room, written);
        worstMs = Math.max(worstMs, wellMs);
        if (wellMs > WELL_WITHIN_MS) faults.push(`${mishap.on}, ${mishap.fault.kind}: well again after ${wellMs} ms`);
        if (wellMs > GIVEN_UP_AFTER_MS) break; // it will not be well after the next one either
      }
      faults.push(...(await room.checkEffects(written)));
      const measured = `${written} events through ${mishaps.length} mishaps, each effect once; well again after ${worstMs} ms at most`;
      return { measured, facts: { written, worstMs }, faults };
    } finally {
      await parts.close();
      await Promise.all(Object.values(proxies).map(({ proxy }) => proxy.close()));
      await room.close();
    }
  },
};

/** The broker's black hole must last until its heartbeats are missed. */
const shorter = (mishap: Mishap): Mishap => (mishap.ms > 10_000 ? mishap : { ...mishap, ms: mishap.ms / 2 });

interface Suffering {
  readonly room: Mailroom;
  readonly proxy: FaultProxy;
  readonly mishap: Mishap;
  readonly from: number;
}

/** Writes events for as long as a mishap lasts, and returns how many. */
async function suffer({ room, proxy, mishap: { fault, ms }, from }: Suffering): Promise<number> {
  const endsAt = performance.now() + ms;
  let written = 0;
  begin(proxy, fault);
  for (; performance.now() < endsAt; written += 10) {
    await room.append(10, (index) => `subject-${(from + written + index) % 50}`);
    await delay(100);
    if (fault.kind === 'reset' && written % 50 === 0) proxy.reset();
  }
  proxy.fail({ kind: 'pass' });
  // What went into the black hole is gone for good: a connection that has lost bytes is of no use any more.
  if (fault.kind === 'black-hole') proxy.reset();
  return written;
}

/** How long it takes until everything is sent and has had its effect, in milliseconds. */
async function recover(room: Mailroom, written: number): Promise<number> {
  const startedAt = performance.now();
  const isWell = async () => (await room.pending()) === 0 && (await room.checkEffects(written)).length === 0;
  await until(isWell, { timeoutMs: GIVEN_UP_AFTER_MS }).catch(() => undefined); // the time tells
  return Math.round(performance.now() - startedAt);
}

function begin(proxy: FaultProxy, fault: Mishap['fault']): void {
  if (fault.kind === 'reset') return proxy.reset();
  proxy.fail(fault);
  if (fault.kind === 'refuse') proxy.reset();
}

async function proxyOf(address: string): Promise<{ proxy: FaultProxy; url: string }> {
  const url = new URL(address);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}

/** A relay and a consumer that reach their servers through proxies. */
async function openThrough(
  { log }: World,
  { broker, database }: { readonly broker: { url: string }; readonly database: { url: string } },
): Promise<{ close(): Promise<void> }> {
  const options = { url: database.url, schema: MAILROOM_SCHEMA, entities: [], migrations: [], log };
  const postgres = await openPostgres(options);
  const bus = await openBus({ url: broker.url, log, name: 'chaos network', retryDelaysMs: [200, 500, 1_000, 1_000] });
  await bus.consume({ ...mailroomQueue, handle: async (event) => void (await effectOf(postgres, event)) });
  const relay = await startRelay({ postgres, bus, metrics: createMetrics('chaos'), log }, { schema: MAILROOM_SCHEMA });
  return {
    close: async () => {
      await relay.close();
      await bus.close();
      await postgres.close();
    },
  };
}
