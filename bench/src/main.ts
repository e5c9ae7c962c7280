import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { askAll, waitUntilItAnswers } from './answers.ts';
import { type BenchArguments, readBenchArguments } from './arguments.ts';
import { type Gateway, gateways, peersFolder } from './gateways/gateways.ts';
import { runWrk } from './load/run-wrk.ts';
import { readUsage, type Running, startProgram } from './processes.ts';
import { composeSupergraph, type SubgraphUrls } from './subgraphs/graph.ts';
import { type Round, type Row, writeTable } from './table.ts';
import { type Workload, workloads } from './workloads.ts';

const gatewayCore = 0;
const loadCore = availableParallelism() - 1;
const firstPort = 4_700;
const results = join(import.meta.dirname, '../results');
const tell = (text: string) => process.stderr.write(`${text}\n`);

/** A gateway of the run: started and answering, or the reason why not. */
interface Contestant {
  readonly gateway: Gateway;
  readonly url: string;
  readonly running?: Running;
  readonly fault?: string;
}

const running: Running[] = [];
const stopAll = () => Promise.all(running.splice(0).map((program) => program.stop()));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));
try {
  await runBench(readChoice());
} catch (fault) {
  tell(fault instanceof Error ? fault.message : String(fault));
  process.exitCode = 1;
} finally {
  await stopAll();
}

function readChoice(): BenchArguments {
  return readBenchArguments(process.argv.slice(2), {
    gateways: gateways.map(({ name }) => name),
    workloads: workloads.map(({ name }) => name),
  });
}

async function runBench(options: BenchArguments): Promise<void> {
  const chosen = gateways.filter(({ name }) => options.gateways.includes(name));
  await mkdir(results, { recursive: true });
  if (chosen.some(({ isPeer }) => isPeer)) await installPeers();
  const urls = await startSubgraphs();
  const supergraphPath = join(results, 'supergraph.graphql');
  await writeFile(supergraphPath, composeSupergraph(urls));
  const contestants: Contestant[] = [];
  for (const [index, gateway] of chosen.entries()) {
    contestants.push(await start(gateway, { supergraphPath, urls, port: firstPort + index, folder: results }));
  }
  const rows: Row[] = [];
  for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
    rows.push(...(await runWorkload(workload, contestants, options)));
  }
  await report(rows, options);
}

async function installPeers(): Promise<void> {
  const [wanted, installed] = await Promise.all(
    ['package.json', 'node_modules/.package-lock.json'].map((path) => stat(join(peersFolder, path)).catch(() => null)),
  );
  if (wanted && installed && installed.mtimeMs > wanted.mtimeMs) return;
  tell('installing the peers in bench/peers, once');
  const words = ['install', '--no-workspaces', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const npm = spawn('npm', words, { cwd: peersFolder, stdio: ['ignore', 'ignore', 'pipe'] });
  npm.stderr.pipe(createWriteStream(join(results, 'peers.log')));
  const code = await new Promise<number | null>((resolve) => npm.once('exit', resolve).once('error', () => resolve(1)));
  if (code !== 0) tell('  npm failed (bench/results/peers.log): what is not there is left out');
}

async function startSubgraphs(): Promise<SubgraphUrls> {
  const logPath = join(results, 'subgraphs.log');
  const command = [process.execPath, join(import.meta.dirname, 'subgraphs/main.ts')] as const;
  const subgraphs = startProgram({ command, logPath, core: loadCore });
  running.push(subgraphs);
  for (let attempt = 0; attempt < 100 && subgraphs.exitCode === null; attempt += 1) {
    const line = /^\{.+\}$/m.exec(await readFile(logPath, 'utf8'))?.[0];
    if (line) return JSON.parse(line) as SubgraphUrls;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the subgraphs cannot start: see bench/results/subgraphs.log');
}

async function start(gateway: Gateway, place: Parameters<Gateway['launch']>[0]): Promise<Contestant> {
  const url = `http://127.0.0.1:${place.port}/graphql`;
  const logPath = join(results, `${gateway.name}.log`);
  tell(`starting ${gateway.title}`);
  let program: Running | undefined;
  try {
    program = startProgram({ ...(await gateway.launch(place)), logPath, core: gatewayCore });
    running.push(program);
    const { pid } = program;
    await waitUntilItAnswers(url, () => running.find((other) => other.pid === pid)?.exitCode === null);
    return { gateway, url, running: program };
  } catch (cause) {
    await program?.stop();
    const fault = `left out: ${cause instanceof Error ? cause.message : String(cause)}`;
    tell(`  ${fault} (bench/results/${gateway.name}.log)`);
    return { gateway, url, fault };
  }
}

async function runWorkload(
  workload: Workload,
  contestants: readonly Contestant[],
  options: BenchArguments,
): Promise<Row[]> {
  const { name, bodies, uniqueAuthorization } = workload;
  const bodiesPath = join(results, `${name}.txt`);
  await writeFile(bodiesPath, `${bodies.join('\n')}\n`);
  const { seconds, connections } = options;
  const load = { bodiesPath, uniqueAuthorization, connections, core: loadCore };
  const answersAsStock = await compareAnswers(contestants, bodies);
  const equal = contestants.filter((contestant) => answersAsStock.get(contestant));
  const rounds = new Map<Contestant, Round[]>(equal.map((contestant) => [contestant, []]));
  for (const { url } of equal) await runWrk({ ...load, url, seconds });
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contestant of equal) {
      const measured = await measure(contestant, { ...load, url: contestant.url, seconds });
      rounds.get(contestant)?.push(measured);
      const figure = `${measured.requestsPerSecond.toFixed(0)} requests/s`;
      tell(`${name} ${round}/${options.rounds} ${contestant.gateway.name}: ${figure}`);
    }
  }
  const still = await compareAnswers(equal, bodies);
  return contestants.map((contestant) => ({
    gateway: contestant.gateway.name,
    workload: name,
    rounds: rounds.get(contestant) ?? [],
    isEqual: still.get(contestant) ?? null,
    note: contestant.fault ?? 'not measured: answers otherwise',
  }));
}

/** Whether each gateway that runs answers as the first one does. */
async function compareAnswers(
  contestants: readonly Contestant[],
  bodies: readonly string[],
): Promise<ReadonlyMap<Contestant, boolean>> {
  const outcome = new Map<Contestant, boolean>();
  const alive = contestants.filter((contestant) => contestant.running);
  const expected = alive[0] ? await askAll(alive[0].url, bodies) : [];
  for (const contestant of alive) {
    const answers = await askAll(contestant.url, bodies).catch(() => null);
    outcome.set(contestant, isDeepStrictEqual(answers, expected));
    if (!outcome.get(contestant)) tell(`${contestant.gateway.name} answers otherwise than ${alive[0]?.gateway.name}`);
  }
  return outcome;
}

async function measure({ running: program }: Contestant, load: Parameters<typeof runWrk>[0]): Promise<Round> {
  const pid = program?.pid ?? -1;
  const before = readUsage(pid);
  const { requests, durationUs, failed, p50Us, p99Us } = await runWrk(load);
  const after = readUsage(pid);
  return {
    requestsPerSecond: (requests * 1e6) / durationUs,
    p50Ms: p50Us / 1e3,
    p99Ms: p99Us / 1e3,
    cpuUsPerRequest: ((after.cpuMs - before.cpuMs) * 1e3) / Math.max(1, requests),
    rssMb: after.rssBytes / 1024 / 1024,
    failed,
  };
}

async function report(rows: readonly Row[], { jsonPath, ...options }: BenchArguments): Promise<void> {
  const titles = new Map([...gateways, ...workloads].map(({ name, title }) => [name, title]));
  const table = writeTable(rows, titles);
  const { connections, rounds, seconds } = options;
  const how = `${rounds} rounds of ${seconds} s, ${connections} connections, one core for the gateway; ${cpus()[0]?.model ?? ''}, Node ${process.version}, medians`;
  process.stdout.write(`\n${table}\n\n${how}\n`);
  await writeFile(join(results, 'table.md'), `${table}\n\n${how}\n`);
  if (jsonPath) await writeFile(jsonPath, `${JSON.stringify({ options, rows }, null, 2)}\n`);
}
