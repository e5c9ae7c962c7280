/** Measures this gateway and its peers: `npm run bench:gateway`, see bench/README.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { askAll } from './answers.ts';
import { type BenchArguments, readBenchArguments } from './arguments.ts';
import { type Entrant, startField } from './gateways/field.ts';
import { type Gateway, gateways, ours } from './gateways/gateways.ts';
import { installPeers } from './gateways/peers.ts';
import { gatewayGoals, judge, writeGoals } from './goals.ts';
import { describeRun, loadCore, results, tell } from './place.ts';
import { keepTidy } from './processes.ts';
import { runRounds } from './rounds.ts';
import { soak } from './soak.ts';
import { type Row, writeTable } from './table.ts';
import { type Workload, workloads } from './workloads.ts';

const options = readBenchArguments({
  usage: 'npm run bench:gateway',
  does: 'Measures this gateway and its peers before the same four subgraphs.',
  gateways: gateways.map(({ name }) => name),
  workloads: workloads.map(({ name }) => name),
  soaked: ['ours'],
});
await keepTidy(async (running) => {
  const known = [...gateways, ...options.extraRows.map(toGateway)];
  const chosen = known.filter(({ name }) => options.gateways.includes(name));
  await mkdir(results, { recursive: true });
  if (chosen.some(({ isPeer }) => isPeer)) await installPeers(results, tell);
  const entrants = await startField(chosen, running);
  if (options.soakSeconds !== undefined) return soak(entrants, { ...options, soakSeconds: options.soakSeconds });
  const rows: Row[] = [];
  for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
    rows.push(...(await runWorkload(workload, entrants, options)));
  }
  return report(rows, known, options);
});

function toGateway({ name, environment }: BenchArguments['extraRows'][number]): Gateway {
  const settings = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  return ours(name, `ours, ${settings.join(' ')}`, environment, 'WORKERS' in environment);
}

async function runWorkload(
  workload: Workload,
  entrants: readonly Entrant[],
  options: BenchArguments,
): Promise<readonly Row[]> {
  const { name, bodies, uniqueAuthorization } = workload;
  const bodiesPath = join(results, `${name}.txt`);
  await writeFile(bodiesPath, `${bodies.join('\n')}\n`);
  const takingPart = entrants.filter(({ gateway, fault }) => !fault && !gateway.leavesOut?.[name]);
  const equal = await thoseWhoAnswerEqually(takingPart, bodies);
  const contest = { ...options, title: name, bodiesPath, uniqueAuthorization, core: loadCore, tell };
  const rounds = await runRounds(equal, contest);
  const still = await thoseWhoAnswerEqually(equal, bodies);
  return entrants.map((entrant) => ({
    gateway: entrant.name,
    workload: name,
    rounds: rounds.get(entrant) ?? [],
    isEqual: rounds.has(entrant) ? still.includes(entrant) : null,
    note: entrant.fault ?? entrant.gateway.leavesOut?.[name] ?? 'not measured: answers otherwise',
  }));
}

/** Those whose answers, errors included, are those of the first one. */
async function thoseWhoAnswerEqually(
  entrants: readonly Entrant[],
  bodies: readonly string[],
): Promise<readonly Entrant[]> {
  const [first] = entrants;
  const expected = first ? await askAll(first.url, bodies) : [];
  const equal: Entrant[] = [];
  for (const entrant of entrants) {
    const answers = await askAll(entrant.url, bodies).catch(() => null);
    if (isDeepStrictEqual(answers, expected)) equal.push(entrant);
    else tell(`${entrant.name} answers otherwise than ${first?.name}`);
  }
  return equal;
}

async function report(rows: readonly Row[], known: readonly Gateway[], options: BenchArguments): Promise<void> {
  const titles = new Map([...known, ...workloads].map(({ name, title }) => [name, title]));
  const verdicts = judge(gatewayGoals, rows);
  const text = [writeTable(rows, titles), writeGoals(verdicts, titles), describeRun(options)].join('\n\n');
  process.stdout.write(`\n${text}\n`);
  await writeFile(join(results, 'gateway.md'), `${text}\n`);
  const { jsonPath = join(results, 'gateway.json'), ...run } = options;
  await writeFile(jsonPath, `${JSON.stringify({ run, rows, verdicts }, null, 2)}\n`);
}
