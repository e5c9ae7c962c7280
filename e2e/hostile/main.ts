/**
 * `npm run test:hostile`: how long a client waits beside hostile ones. See `--help` and docs/security.md for how it is measured. Exit
 * code 1 when a hostile request was answered as a fault of ours, a client was refused, or its p99 doubled.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { startStack } from '@storefront/stack/src/start-stack.ts';
import { sendRaw } from '@storefront/supergraph/src/transports/hostile/testing/hostile-gateway.ts';
import { percentile } from '../testing/percentile.ts';
import { type Sent, type SendersOrder, type SendersReport, soundBody } from './senders.ts';

const { options } = readCommandLine({
  usage: 'npm run test:hostile',
  does: 'Measures how long a client waits beside hostile requests, and beside as many well-behaved ones, over a stack with the settings of production.',
  options: {
    seconds: wholeNumber('how long each part is', { least: 1, most: 60, fallback: 10 }),
    'per-second': wholeNumber('how many requests the others send', { least: 1, most: 5_000, fallback: 150 }),
    rounds: wholeNumber('how often the two parts with others are repeated', { least: 1, most: 20, fallback: 2 }),
  },
  more: 'Exit code 1 when a hostile request was answered as a fault of ours, or the p99 beside them doubled.',
});
const { 'per-second': perSecond, rounds } = options;
const forMs = options.seconds * 1_000;

const many = '1000000000';
process.env['NODE_ENV'] = 'production';
const state = await mkdtemp(join(tmpdir(), 'storefront-hostile-'));
const environment = { RATE_LIMIT_PER_MINUTE: many, RATE_LIMIT_BURST: many, LOG_LEVEL: 'info' };
const stack = await startStack({ state, ports: 'free', isThrowaway: true, environment });
const senders = fork(join(import.meta.dirname, 'senders.ts'));
try {
  const gateway = stack.gateway.graphql;
  const client = { address: new URL(gateway), token: stack.accounts[0]?.token ?? '' };
  const beside = async (kind: SendersOrder['kind'], ms = forMs) => {
    const [waits, report] = await Promise.all([
      askFor(client, ms),
      send(senders, { gateway, kind, perSecond, forMs: ms }),
    ]);
    return { waits, ...report };
  };
  for (const kind of ['well-behaved', 'hostile'] as const) await beside(kind, 3_000);
  const alone = await askFor(client, forMs);
  const company = [];
  const attack = [];
  for (let round = 0; round < rounds; round += 1) {
    company.push(await beside('well-behaved'));
    attack.push(await beside('hostile'));
  }
  report(alone, company, attack);
} finally {
  senders.kill('SIGKILL');
  await stack.close();
  await rm(state, { recursive: true, force: true });
}

/** Asks fifty times a second for so long; what each answer took, in milliseconds. */
async function askFor({ address, token }: { address: URL; token: string }, ms: number): Promise<number[]> {
  const waits: number[] = [];
  const asked: Promise<void>[] = [];
  const ask = async () => {
    const startedAt = performance.now();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const { status, text } = await sendRaw(address, { method: 'POST', headers, body: soundBody });
    if (status !== 200 || !text.includes('"nodes"')) throw new Error(`a client was answered ${status}: ${text}`);
    waits.push(performance.now() - startedAt);
  };
  for (let sent = 0; sent < ms / 20; sent += 1) {
    asked.push(ask());
    await delay(20);
  }
  await Promise.all(asked);
  return waits;
}

async function send(child: ChildProcess, order: SendersOrder): Promise<SendersReport> {
  child.send(order);
  const [given] = (await once(child, 'message')) as [SendersReport];
  return given;
}

type Phase = SendersReport & { readonly waits: readonly number[] };

function report(alone: readonly number[], company: readonly Phase[], attack: readonly Phase[]): void {
  const waits = [company, attack].map((phases) => phases.flatMap((phase) => phase.waits));
  const sent = attack.flatMap((phase) => phase.sent);
  const shown = (value: number) => value.toFixed(1).padStart(10);
  const row = (name: string, times: readonly number[]) =>
    `${name.padEnd(44)}${String(times.length).padStart(8)}${shown(percentile(times, 0.5))}${shown(percentile(times, 0.99))}`;
  const [beside = [], meanwhile = []] = waits;
  const ratio = percentile(meanwhile, 0.99) / percentile(beside, 0.99);
  const slowest = slowestOf(sent).map(([name, ms]) => `  ${name.padEnd(58)}${shown(ms)}`);
  const lines = [
    `${''.padEnd(44)}${'answers'.padStart(8)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}`,
    row('a client alone', alone),
    row(`beside ${perSecond}/s well-behaved requests`, beside),
    row(`beside ${perSecond}/s hostile requests`, meanwhile),
    row(
      'the well-behaved requests',
      company.flatMap((phase) => phase.sent.map(({ tookMs }) => tookMs)),
    ),
    row(
      'the hostile requests',
      sent.map(({ tookMs }) => tookMs),
    ),
    `p99 beside hostile ones is ${ratio.toFixed(2)} of that beside well-behaved ones (goal: below 2)`,
    'the slowest hostile requests, medians in ms:',
    ...slowest,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  const faults = [...new Set(attack.flatMap((phase) => phase.faults))];
  if (faults.length > 0) process.stdout.write(`Answered as faults of ours:\n${faults.join('\n')}\n`);
  process.exitCode = faults.length > 0 || ratio >= 2 ? 1 : 0;
}

function slowestOf(sent: readonly Sent[]): readonly (readonly [string, number])[] {
  return Object.entries(Object.groupBy(sent, ({ name }) => name))
    .map(
      ([name, all = []]) =>
        [
          name,
          percentile(
            all.map(({ tookMs }) => tookMs),
            0.5,
          ),
        ] as const,
    )
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 8);
}
