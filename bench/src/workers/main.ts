/**
 * Measures what a second worker brings: `npm run bench:workers`, see bench/README.md. Each worker gets the same share of a core, since
 * on a machine with two cores the load and the subgraphs would take what the second worker needs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchArguments, benchCommand } from '../arguments.ts';
import { startField } from '../gateways/field.ts';
import { ours } from '../gateways/gateways.ts';
import { describeRun, loadCore, results, tell } from '../place.ts';
import { keepTidy, type Running } from '../processes.ts';
import { runRounds } from '../rounds.ts';
import { type Row, summarise, writeMarkdown } from '../table.ts';
import { workloads } from '../workloads.ts';
import { readCommandLine } from '@storefront/platform/process/command-line.ts';
import { childrenOf, limitCpu } from './cpu-share.ts';

const share = 0.25;
const goal = 1.7;
const field = [ours('one', 'one worker', {}), ours('two', 'two workers', { WORKERS: '2' })];
const bench = {
  usage: 'npm run bench:workers',
  does: `Measures one worker and two, each with ${share * 100} % of a core.`,
  gateways: field.map(({ name }) => name),
  workloads: workloads.map(({ name }) => name),
};
const options = benchArguments(bench, readCommandLine(benchCommand(bench)).options);
const ends: (() => Promise<void>)[] = [];

await keepTidy(measure);
// A group can only go when its processes have.
for (const end of ends) await end();

async function measure(running: Running[]): Promise<void> {
  await mkdir(results, { recursive: true });
  const entrants = await startField(field, running);
  for (const { pid, fault, name } of entrants) {
    if (fault !== undefined) throw new Error(`${name}: ${fault}`);
    const workers = childrenOf(pid);
    for (const worker of workers.length > 0 ? workers : [pid]) ends.push(limitCpu(worker, share));
  }
  const rows: Row[] = [];
  for (const { name, title, bodies, uniqueAuthorization } of workloads) {
    if (!options.workloads.includes(name)) continue;
    const bodiesPath = join(results, `${name}.txt`);
    await writeFile(bodiesPath, `${bodies.join('\n')}\n`);
    const warmth = { warmUpRequests: 5_000, leadInSeconds: 1 };
    const contest = { ...options, ...warmth, title, bodiesPath, uniqueAuthorization, core: loadCore, tell };
    const rounds = await runRounds(entrants, contest);
    for (const entrant of entrants)
      rows.push({ gateway: entrant.name, workload: name, rounds: rounds.get(entrant) ?? [], isEqual: true });
  }
  await report(rows);
}

async function report(rows: readonly Row[]): Promise<void> {
  const lines = options.workloads.flatMap((workload) => {
    const find = (name: string) => rows.find((row) => row.workload === workload && row.gateway === name);
    const [one, two] = [find('one'), find('two')];
    const [base, summary] = [one && summarise(one, one), one && two && summarise(two, one)];
    if (!base || !summary) return [];
    const rates = [base, summary].map(({ requestsPerSecond }) => requestsPerSecond.toFixed(0));
    const costs = [base, summary].map(({ cpuUsPerRequest }) => cpuUsPerRequest.toFixed(0));
    const failed = base.failed + summary.failed;
    const verdict = `${summary.ratio.toFixed(2)}${failed > 0 ? ` (${failed} failed)` : ''}`;
    return [[workload, ...rates, verdict, ...costs, summary.ratio >= goal ? 'met' : 'not met']];
  });
  const head = ['workload', 'one: requests/s', 'two: requests/s', '×', 'one: CPU µs', 'two: CPU µs', `goal ${goal} ×`];
  const text = `${[writeMarkdown(head, lines, 1), describeRun(options)].join('\n\n')}\n`;
  process.stdout.write(`\n${text}`);
  await writeFile(join(results, 'workers.md'), text);
  await writeFile(options.jsonPath ?? join(results, 'workers.json'), `${JSON.stringify({ options, rows }, null, 2)}\n`);
}
