/** Measures how one gateway process carries many subscribers: `npm run bench:live`, see bench/README.md. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCommandLine, text, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { importJWK, SignJWT } from 'jose';
import { results, tell } from '../place.ts';
import { readUsage } from '../processes.ts';
import type { SubscribersOrder, SubscribersReport } from './subscribers.ts';
import { startTicks, type Ticks } from './ticks.ts';

const { options } = readCommandLine({
  usage: 'npm run bench:live',
  does: 'Measures how one gateway process carries many subscribers over websockets.',
  options: {
    subscribers: wholeNumber('how many with equal rights', { least: 1, most: 50_000, fallback: 10_000 }),
    own: wholeNumber('how many with rights of their own', { least: 1, most: 50_000, fallback: 1_000 }),
    events: wholeNumber('how many events each hears of', { least: 1, most: 10_000, fallback: 50 }),
    json: text('FILE', 'write the figures there too', undefined),
  },
});
const query = 'subscription { ticked { id product { name price { formatted } } } }';
const processes = 2;

/** A row of the table: so many subscribers of so many users. */
interface Row {
  readonly what: string;
  readonly subscribers: number;
  readonly users: number;
}

/** What came of it. Times from firing an event to its last delivery. */
interface Figures extends Row {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssIdleMiB: number;
  readonly rssPeakMiB: number;
  readonly cpuMsPerEvent: number;
  readonly requestsPerEvent: number;
}

const rows: readonly Row[] = [
  { what: 'equal rights', subscribers: options.subscribers, users: 1 },
  { what: 'own rights each', subscribers: options.own, users: options.own },
];

await mkdir(results, { recursive: true });
const state = await mkdtemp(join(tmpdir(), 'storefront-bench-live-'));
try {
  const figures: Figures[] = [];
  for (const row of rows) figures.push(await withStack((stack) => measure(stack, row)));
  const text = writeTable(figures);
  process.stdout.write(`\n${text}\n`);
  await writeFile(join(results, 'live.md'), `${text}\n`);
  await writeFile(options.json ?? join(results, 'live.json'), `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await rm(state, { recursive: true, force: true });
}

/** A gateway that has just been started, for each row. */
async function withStack(use: (stack: RunningStack) => Promise<Figures>): Promise<Figures> {
  tell('starting the stack');
  const many = '1000000000';
  const environment = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: many,
    RATE_LIMIT_BURST: many,
    LIMIT_SOCKETS_PER_USER: many,
    SHUTDOWN_SPREAD_MS: '0',
  };
  const stack = await startStack({ state, ports: 'free', isThrowaway: true, environment });
  try {
    return await use(stack);
  } finally {
    await stack.close();
  }
}

async function measure(stack: RunningStack, row: Row): Promise<Figures> {
  const ticks = await startTicks(stack);
  const children: ChildProcess[] = [];
  try {
    await waitForField(stack);
    const users = Array.from({ length: row.users }, (_, index) => `bench-${index}`);
    const tokens = await mintTokens(stack, users, row.users === 1 ? 'orders:read' : '');
    tell(`opening ${row.subscribers} sockets`);
    const reports = await openSubscribers(stack, { row, tokens, children });
    const pid = await gatewayPid(stack.state);
    const before = readUsage(pid);
    const audience = row.users === 1 ? [] : users;
    await fire(ticks, { reports, audience, events: 3, from: 0 });
    const requestsBefore = ticks.requests;
    const cpuBefore = readUsage(pid).cpuMs;
    const { times, peak } = await fire(ticks, { reports, audience, events: options.events, from: 3, pid });
    const sorted = times.toSorted((one, other) => one - other);
    const events = options.events;
    return {
      ...row,
      p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
      p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      rssIdleMiB: mebibytes(before.rssBytes),
      rssPeakMiB: mebibytes(peak),
      cpuMsPerEvent: Math.round((readUsage(pid).cpuMs - cpuBefore) / events),
      requestsPerEvent: Math.round(((ticks.requests - requestsBefore) / events) * 10) / 10,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await ticks.close();
  }
}

type WaitForEvent = (event: string) => Promise<number>;

async function openSubscribers(
  stack: RunningStack,
  { row, tokens, children }: { row: Row; tokens: readonly string[]; children: ChildProcess[] },
): Promise<readonly WaitForEvent[]> {
  const count = row.subscribers / processes;
  return Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const child = fork(join(import.meta.dirname, 'subscribers.ts'));
      children.push(child);
      const share = row.users === 1 ? tokens : tokens.slice(index * count, (index + 1) * count);
      const order: SubscribersOrder = { url: stack.gateway.websocket, count, tokens: share, query };
      child.send(order);
      const reachedAt = new Map<string, number>();
      const opened = Promise.withResolvers<void>();
      child.on('message', (report: SubscribersReport) => {
        if (report.kind === 'open') opened.resolve();
        if (report.kind === 'failed') opened.reject(new Error(report.reason));
        if (report.kind === 'reached') reachedAt.set(report.event, report.at);
      });
      await Promise.race([opened.promise, once(child, 'exit').then(() => Promise.reject(new Error('it ended')))]);
      return (event: string) => until(() => reachedAt.get(event), { timeoutMs: 60_000 });
    }),
  );
}

interface Firing {
  readonly reports: readonly WaitForEvent[];
  readonly audience: readonly string[];
  readonly events: number;
  readonly from: number;
  readonly pid?: number;
}

async function fire(ticks: Ticks, { reports, audience, events, from, pid }: Firing) {
  const times: number[] = [];
  let peak = 0;
  for (let event = from; event < from + events; event += 1) {
    const firedAt = Date.now();
    await ticks.fire(`tick-${event}`, audience);
    const arrivals = await Promise.all(reports.map((report) => report(`tick-${event}`)));
    times.push(Math.max(...arrivals) - firedAt);
    if (pid !== undefined) peak = Math.max(peak, readUsage(pid).rssBytes);
    await delay(200);
  }
  return { times, peak };
}

/** Tokens as the users service issues them, for users that need no account. */
async function mintTokens({ state: folder }: RunningStack, users: readonly string[], scope: string): Promise<string[]> {
  const { accessTokenKeys } = await secretsOf(folder);
  const [jwk] = accessTokenKeys.keys;
  if (!jwk) throw new Error('the stack has no key for access tokens');
  const key = await importJWK(jwk, 'EdDSA');
  return Promise.all(
    users.map(async (user) => {
      const token = new SignJWT({ scope })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid ?? '' })
        .setIssuer('storefront')
        .setAudience('storefront')
        .setSubject(user)
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime('15m');
      return `Bearer ${await token.sign(key)}`;
    }),
  );
}

async function waitForField(stack: RunningStack): Promise<void> {
  const body = JSON.stringify({ query: '{ latestTick { id } }' });
  const headers = { 'content-type': 'application/json' };
  await until(
    async () => {
      const response = await fetch(stack.gateway.graphql, { method: 'POST', headers, body });
      return ((await response.json()) as { data?: object }).data;
    },
    { timeoutMs: 20_000 },
  );
}

async function gatewayPid(folder: string): Promise<number> {
  const { processes: all } = JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8')) as {
    processes: readonly { readonly name: string; readonly pid: number }[];
  };
  return all.find(({ name }) => name === 'gateway')?.pid ?? -1;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function writeTable(figures: readonly Figures[]): string {
  const head =
    '| subscribers | rights | event to last delivery, p50 | p99 | RSS idle | RSS peak | CPU per event | requests to the event’s subgraph |\n| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |';
  const lines = figures.map(
    (row) =>
      `| ${row.subscribers} | ${row.what} | ${row.p50Ms} ms | ${row.p99Ms} ms | ${row.rssIdleMiB} MiB | ${row.rssPeakMiB} MiB | ${row.cpuMsPerEvent} ms | ${row.requestsPerEvent} |`,
  );
  return [head, ...lines].join('\n');
}
