/** Measures what `platform/graphql` costs for a small request of entities, beside others who answer the same. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import { readBenchArguments } from '../arguments.ts';
import { describeRun, gatewayCore, loadCore, results, tell } from '../place.ts';
import { keepTidy, type Running, startProgram, waitForOutput } from '../processes.ts';
import { type Contestant, runRounds } from '../rounds.ts';
import { type Row, summarise, writeMarkdown } from '../table.ts';
import { expectedAnswer, requestBody } from './people.ts';
import { subgraphServers } from './servers.ts';

const options = readBenchArguments({
  usage: 'npm run bench:subgraph',
  does: 'Measures what platform/graphql costs for a small request of entities, beside others who answer the same.',
  gateways: subgraphServers.map(({ name }) => name),
  workloads: [],
});
const goalUs = 70;
const signingKey = await generateSigningKey('gateway');
const keys = JSON.stringify(publicKeySet([signingKey]));

await keepTidy(async (running) => {
  await mkdir(results, { recursive: true });
  const bodiesPath = join(results, 'subgraph.txt');
  await writeFile(bodiesPath, `${requestBody}\n`);
  const servers = subgraphServers.filter(({ name }) => options.gateways.includes(name));
  const contestants = await Promise.all(servers.map(({ name }) => start(name, running)));
  const warmth = { warmUpRequests: 30_000, leadInSeconds: 1 };
  const contest = { ...options, ...warmth, title: '_entities', bodiesPath, headers, core: loadCore, tell };
  const rounds = await runRounds(contestants, contest);
  await report(
    contestants.map((contestant) => ({
      gateway: contestant.name,
      workload: '_entities',
      rounds: rounds.get(contestant) ?? [],
      isEqual: true,
    })),
  );
});

async function start(name: string, running: Running[]): Promise<Contestant> {
  const logPath = join(results, `subgraph-${name}.log`);
  const command = [process.execPath, join(import.meta.dirname, 'server.ts'), name, keys] as const;
  const program = startProgram({ command, environment: { NODE_ENV: 'production' }, logPath, core: gatewayCore });
  running.push(program);
  const url = await waitForOutput(program, { logPath, name }, /^listening (.+)$/m);
  await checkAnswer(name, url);
  return { name, url, pid: program.pid };
}

/** The headers that the gateway sends with a request; the token lives for a minute, so each round gets one. */
async function headers(): Promise<Record<string, string>> {
  const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });
  const caller = { kind: 'user', userId: '1', scopes: new Set(['users:read']) } as const;
  const token = await tokens.mint({ audience: 'users', caller, purpose: 'query' });
  return { authorization: `Bearer ${token}`, traceparent: newTraceparent(), 'x-deadline-ms': '2000' };
}

async function checkAnswer(name: string, url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await headers()) },
    body: requestBody,
    signal: AbortSignal.timeout(10_000),
  });
  const answer: unknown = await response.json();
  if (!isDeepStrictEqual(answer, expectedAnswer)) throw new Error(`${name} answers ${JSON.stringify(answer)}`);
}

async function report(rows: readonly Row[]): Promise<void> {
  const head = ['server', 'CPU µs/request', 'above the route', 'requests/s', 'p50 ms', 'p99 ms', 'RSS MB'];
  const [base] = rows;
  const baseCost = (base && summarise(base, base)?.cpuUsPerRequest) ?? Number.NaN;
  const table = writeMarkdown(
    head,
    rows.flatMap((row) => {
      const summary = summarise(row, base);
      const title = subgraphServers.find(({ name }) => name === row.gateway)?.title ?? row.gateway;
      if (!summary) return [];
      const { cpuUsPerRequest, requestsPerSecond, p50Ms, p99Ms, rssMb, failed } = summary;
      const cost = [cpuUsPerRequest.toFixed(1), (cpuUsPerRequest - baseCost).toFixed(1)];
      const rate = requestsPerSecond.toFixed(0) + (failed > 0 ? ` (${failed} failed)` : '');
      return [[title, ...cost, rate, p50Ms.toFixed(2), p99Ms.toFixed(2), rssMb.toFixed(0)]];
    }),
    1,
  );
  const own = rows.find(({ gateway }) => gateway === 'ours');
  const cost = (own && summarise(own, base)?.cpuUsPerRequest) ?? Number.NaN;
  const goal = `Goal: a whole request of platform/graphql under ${goalUs} µs of CPU: ${cost < goalUs ? 'met' : 'not met'}.`;
  const text = `${[table, ...(own ? [goal] : []), describeRun(options)].join('\n\n')}\n`;
  process.stdout.write(`\n${text}`);
  await writeFile(join(results, 'subgraph.md'), text);
  await writeFile(
    options.jsonPath ?? join(results, 'subgraph.json'),
    `${JSON.stringify({ options, rows }, null, 2)}\n`,
  );
}
