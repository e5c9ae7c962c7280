/**
 * `npm run test:hostile`: starts a stack with the settings of production, asks as one client, first alone and then while others
 * send all that the tables of hostile requests hold, over HTTP and websockets. Prints how long the client waited. Fails when one of
 * them was answered with 5xx, or the client was refused.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { startStack } from '@storefront/stack/src/start-stack.ts';
import { sendRaw } from '@storefront/supergraph/src/transports/hostile/testing/hostile-gateway.ts';
import { hostileOperations, textOf } from '@storefront/supergraph/src/transports/hostile/testing/hostile-operations.ts';
import { hostileRequests } from '@storefront/supergraph/src/transports/hostile/testing/hostile-requests.ts';
import { WebSocket } from 'ws';

const { options } = readCommandLine({
  usage: 'npm run test:hostile',
  does: 'Measures how long a client waits while others send hostile requests, over a stack with the settings of production.',
  options: { seconds: wholeNumber('how long each of the two parts is', { least: 1, most: 60, fallback: 10 }) },
  more: 'Exit code 1 when one of them was answered with 5xx.',
});
const ms = options.seconds * 1_000;
const json = { 'content-type': 'application/json' };
const attacks = [
  ...hostileRequests,
  ...hostileOperations.map(({ name, payload }) => ({ name, method: 'POST', headers: json, body: textOf(payload) })),
];

process.env['NODE_ENV'] = 'production';
const state = await mkdtemp(join(tmpdir(), 'storefront-hostile-'));
const stack = await startStack({ state, ports: 'free' });
try {
  const address = new URL(stack.gateway.graphql);
  const token = stack.accounts.find(({ email }) => email.startsWith('ada@'))?.token ?? '';
  const client = { address, token };
  await askFor(client, 2_000);
  const alone = await askFor(client, ms);
  const end = { at: Date.now() + ms };
  const [meanwhile, ...attackers] = await Promise.all([
    askFor(client, ms),
    ...[0, 1, 2, 3].map((from) => attackHttp(address, from, end)),
    ...[0, 1].map((from) => attackSocket(address, from, end)),
  ]);
  report({ alone, meanwhile, attackers });
} finally {
  await stack.close();
  await rm(state, { recursive: true, force: true });
}

/** Asks fifty times a second for so long; what each answer took, in milliseconds. */
async function askFor({ address, token }: { address: URL; token: string }, forMs: number): Promise<number[]> {
  const tookMs: number[] = [];
  const asked: Promise<void>[] = [];
  const ask = async () => {
    const startedAt = performance.now();
    const body = '{"query":"{ me { id name } products(first: 3) { nodes { id name } } }"}';
    const headers = { ...json, authorization: `Bearer ${token}` };
    const { status, text } = await sendRaw(address, { method: 'POST', headers, body });
    if (status !== 200 || !text.includes('"nodes"')) throw new Error(`a client was answered ${status}: ${text}`);
    tookMs.push(performance.now() - startedAt);
  };
  for (let sent = 0; sent < forMs / 20; sent += 1) {
    asked.push(ask());
    await delay(20);
  }
  await Promise.all(asked);
  return tookMs;
}

interface Outcome {
  readonly sent: number;
  readonly tookMs: readonly number[];
  readonly faults: readonly string[];
}

async function attackHttp(address: URL, from: number, end: { readonly at: number }): Promise<Outcome> {
  const tookMs: number[] = [];
  const faults: string[] = [];
  for (let index = from; Date.now() < end.at; index += 4) {
    const attack = attacks[index % attacks.length];
    if (!attack) break;
    const startedAt = performance.now();
    const { status } = await sendRaw(address, attack);
    tookMs.push(performance.now() - startedAt);
    if (status >= 500) faults.push(`${attack.name}: ${status}`);
  }
  return { sent: tookMs.length, tookMs, faults };
}

async function attackSocket(address: URL, from: number, end: { readonly at: number }): Promise<Outcome> {
  const tookMs: number[] = [];
  const faults: string[] = [];
  for (let index = from; Date.now() < end.at; index += 2) {
    const attack = hostileOperations[index % hostileOperations.length];
    if (!attack) break;
    const socket = new WebSocket(`ws://${address.host}${address.pathname}`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    const startedAt = performance.now();
    socket.send(`{"id":"1","type":"subscribe","payload":${textOf(attack.payload)}}`);
    const [heard] = await Promise.race([once(socket, 'message'), once(socket, 'close')]);
    tookMs.push(performance.now() - startedAt);
    if (heard === 4500 || String(heard).includes('INTERNAL_SERVER_ERROR')) faults.push(`websocket, ${attack.name}`);
    socket.terminate();
  }
  return { sent: tookMs.length, tookMs, faults };
}

function report(given: { alone: number[]; meanwhile: number[]; attackers: readonly Outcome[] }): void {
  const at = (share: number, times: readonly number[]) =>
    (times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  const row = (name: string, times: readonly number[]) =>
    process.stdout.write(
      `${name.padEnd(28)}${String(times.length).padStart(8)}${at(0.5, times).padStart(10)}${at(0.99, times).padStart(10)}\n`,
    );
  process.stdout.write(`${''.padEnd(28)}${'answers'.padStart(8)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}\n`);
  row('a client alone', given.alone);
  row('a client meanwhile', given.meanwhile);
  row(
    'hostile requests',
    given.attackers.flatMap(({ tookMs }) => tookMs),
  );
  const faults = [...new Set(given.attackers.flatMap((attacker) => attacker.faults))];
  if (faults.length === 0) return;
  process.stdout.write(`Answered as faults of ours:\n${faults.join('\n')}\n`);
  process.exitCode = 1;
}
