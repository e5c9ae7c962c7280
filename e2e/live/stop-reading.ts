import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { readExposition, valueOf } from '@storefront/platform/testing/exposition.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { WebSocket } from 'ws';
import { ask } from '../testing/graphql.ts';
import { percentile } from '../testing/percentile.ts';
import type { Diary } from './diary.ts';
import { judge, type Verdict } from './judge.ts';
import { customersOfLoad, type Size } from './scenarios.ts';
import type { World } from './world.ts';

/** What came of subscribers that stop reading. */
export interface StopReading extends Verdict {
  /** How the one whose diary is kept was closed. */
  readonly closings: readonly number[];
  /** What the neighbours noticed: closings, and the 99th percentile of their latencies before and meanwhile. */
  readonly closingsOfOthers: number;
  readonly p99BeforeMs: number;
  readonly p99MeanwhileMs: number;
  /** From the moment at which all stopped to the one at which the gateway had none of them any more. */
  readonly allClosedMs: number;
  /** By how much the gateway's memory was greater, at its peak, than before, for each of those who stopped. */
  readonly rssMiBEach: number;
}

const stoppedMs = 10_000;
const mebibyte = 1024 * 1024;

/**
 * Subscribers stop reading while orders come in: they are closed within 10 s, can read on later, and the others notice nothing. One
 * of them keeps a diary; the rest see every order, with much of it, so that as much as possible would wait for them.
 */
export async function stopReading(world: World, size: Size): Promise<StopReading> {
  const { ordersPerSecond, stoppedReaders, warmUpMs, calmMs } = size;
  const customers = await world.newCustomers(customersOfLoad);
  const [stopped, ...others] = await world.openDiaries(customers);
  if (!stopped) throw new Error('there are no customers');
  const before = await readGateway(world);
  const token = await signInAsAdmin(world);
  const readers = await Promise.all(Array.from({ length: stoppedReaders }, () => openReader(world, token)));
  const load = world.startLoad(customers, ordersPerSecond);
  await delay(warmUpMs);
  const counts = () => others.map(({ entries }) => entries.length);
  const from = counts();
  const rssBefore = await watchPeak(world, calmMs);
  const middle = counts();
  stopped.stopReading();
  for (const reader of readers) reader.pause();
  const stoppedAt = performance.now();
  const closing = until(async () => (await readGateway(world)).sockets <= before.sockets, {
    timeoutMs: 60_000,
  }).then(() => Math.round(performance.now() - stoppedAt));
  const rssMeanwhile = await watchPeak(world, stoppedMs);
  const latencies = (start: readonly number[], end: readonly number[]) =>
    others.flatMap(({ entries }, at) => entries.slice(start[at], end[at]).map(({ latencyMs }) => latencyMs));
  const [calm, meanwhile] = [latencies(from, middle), latencies(middle, counts())];
  const allClosedMs = await closing;
  for (const reader of readers) reader.terminate();
  stopped.readOn();
  const verdict = await judge([stopped, ...others], await load.stop());
  const closingsOfOthers = others.flatMap(({ closings }) => closings).length;
  for (const diary of [stopped, ...others] satisfies Diary[]) diary.close();
  return {
    ...verdict,
    closings: stopped.closings,
    closingsOfOthers,
    p99BeforeMs: percentile(calm, 0.99),
    p99MeanwhileMs: percentile(meanwhile, 0.99),
    allClosedMs,
    rssMiBEach: Math.round(((rssMeanwhile - rssBefore) / mebibyte / stoppedReaders) * 100) / 100,
  };
}

const query = `subscription { orderCreated { cursor type occurredAt order {
  id status placedAt total { amountMinor currency formatted }
  lines { quantity unitPrice { amountMinor currency formatted } lineTotal { amountMinor currency formatted }
    product { id sku name description weightGrams price { amountMinor currency formatted } } } } } }`.replaceAll(
  /\s+/g,
  ' ',
);

/** A fresh token of somebody who sees every order: those of the stack's start may have expired by now. */
async function signInAsAdmin({ stack }: World): Promise<string> {
  const { email, password } = stack.accounts.find(({ role }) => role === 'ADMIN') ?? {};
  const mutation =
    'mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess { session { accessToken } } } }';
  const { data } = await ask(stack.gateway.graphql, { query: mutation, variables: { input: { email, password } } });
  return String(data.signIn.session.accessToken);
}

/** A socket at the first gateway that is told of every order; at work when the promise resolves. */
async function openReader(world: World, token: string): Promise<WebSocket> {
  const socket = new WebSocket(world.sockets[0] ?? '', 'graphql-transport-ws');
  socket.on('error', () => undefined); // it is cut, which is the point
  await once(socket, 'open');
  const say = (message: object) => socket.send(JSON.stringify(message));
  say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await once(socket, 'message');
  say({ id: 'events', type: 'subscribe', payload: { query } });
  say({ id: 'ready', type: 'subscribe', payload: { query: '{ __typename }' } });
  const [answer] = await once(socket, 'message');
  if (!String(answer).includes('"id":"ready"')) throw new Error(`a reader was told ${String(answer).slice(0, 300)}`);
  return socket;
}

/** What the first gateway says of itself. */
async function readGateway({ stack }: World): Promise<{ readonly rssBytes: number; readonly sockets: number }> {
  const series = readExposition(await (await fetch(stack.gateway.metrics)).text());
  const rssBytes = valueOf(series, 'process_resident_memory_bytes');
  const sockets = valueOf(series, 'live_connections', { kind: 'socket' });
  if (rssBytes === null || sockets === null) throw new Error('the gateway tells nothing of its memory or its sockets');
  return { rssBytes, sockets };
}

/** The greatest memory of the first gateway within so long. */
async function watchPeak(world: World, forMs: number): Promise<number> {
  const end = performance.now() + forMs;
  let peak = 0;
  while (performance.now() < end) {
    peak = Math.max(peak, (await readGateway(world)).rssBytes);
    await delay(250);
  }
  return peak;
}
