import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { runWrk } from '../load/run-wrk.ts';
import { readUsage, type Running, startProgram } from '../processes.ts';
import { median } from '../table.ts';
import { workloads } from '../workloads.ts';
import { type FrontPart, frontLayers, frontVariants } from './serve-front.ts';

const results = join(import.meta.dirname, '../../results');
const bodiesPath = join(results, 'front.txt');
const { options } = readCommandLine({
  usage: 'npm run bench:front',
  does: 'Measures what stands before the engine, part by part. REDIS_URL adds the rate limit in Redis.',
  options: {
    seconds: wholeNumber('how long a round is', { least: 1, most: 30, fallback: 3 }),
    rounds: wholeNumber('how many rounds', { least: 1, most: 30, fallback: 3 }),
  },
});
const { seconds, rounds } = options;
const redisUrl = process.env['REDIS_URL'];
const parts = [...frontLayers, ...frontVariants].filter((part) => part !== 'redis' || redisUrl);
const running: Running[] = [];

await mkdir(results, { recursive: true });
await writeFile(bodiesPath, `${workloads.find(({ name }) => name === 'small')?.bodies[0] ?? ''}\n`);
try {
  const fronts = await Promise.all(
    parts.map(async (part) => ({ part, ...(await start(part)), costs: [] as number[] })),
  );
  for (const { url } of fronts) await warmUp(url);
  for (let round = 0; round < rounds; round += 1) {
    for (const front of fronts) front.costs.push(await measure(front));
  }
  print(fronts.map(({ part, costs }) => [part, median(costs)]));
} finally {
  await Promise.all(running.map((front) => front.stop()));
}

async function start(part: FrontPart) {
  const logPath = join(results, `front-${part}.log`);
  const command = [
    'sh',
    '-c',
    'exec "$0" "$@" >/dev/null',
    process.execPath,
    join(import.meta.dirname, 'server.ts'),
    part,
  ];
  const program = startProgram({
    command: command as [string, ...string[]],
    logPath,
    core: 0,
    ...(redisUrl ? { environment: { REDIS_URL: redisUrl } } : {}),
  });
  running.push(program);
  for (let attempt = 0; attempt < 200 && program.exitCode === null; attempt += 1) {
    const url = /^listening (.+)$/m.exec(await readFile(logPath, 'utf8'))?.[1];
    if (url) return { url, pid: program.pid };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${part} cannot start: see bench/results/front-${part}.log`);
}

function load(url: string) {
  const core = availableParallelism() - 1;
  return runWrk({ url, bodiesPath, uniqueAuthorization: false, seconds, connections: 16, core });
}

/** Until the compiler has seen enough, or ten rounds have passed. */
async function warmUp(url: string): Promise<void> {
  let requests = 0;
  for (let round = 0; round < 10 && requests < 30_000; round += 1) requests += (await load(url)).requests;
}

/** CPU of the server for one request, in microseconds: other work on the machine hardly changes it. */
async function measure({ url, pid }: { readonly url: string; readonly pid: number }): Promise<number> {
  const before = readUsage(pid).cpuMs;
  const { requests, failed } = await load(url);
  if (failed > 0) throw new Error(`${failed} requests failed at ${url}`);
  return ((readUsage(pid).cpuMs - before) * 1_000) / requests;
}

function print(costs: readonly (readonly [FrontPart, number])[]): void {
  const all = costs.findIndex(([part]) => part === 'log');
  process.stdout.write('part of the front      µs CPU/request   more than the one before\n');
  for (const [index, [part, cost]] of costs.entries()) {
    if (index === all + 1) process.stdout.write('all of it, and          µs CPU/request              more than log\n');
    const previous = costs[Math.min(all, Math.max(0, index - 1))]?.[1] ?? cost;
    process.stdout.write(
      `${part.padEnd(24)}${cost.toFixed(1).padStart(13)}${(cost - previous).toFixed(1).padStart(27)}\n`,
    );
  }
}
