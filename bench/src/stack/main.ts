/** Measures this gateway and the stock one over the real services and Postgres: `npm run bench:stack`, see bench/README.md. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createPorts } from '@storefront/stack/src/ports.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import { signIn } from '@storefront/stack/src/sign-in.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { ask, waitUntilItAnswers } from '../answers.ts';
import { type BenchArguments, readBenchArguments } from '../arguments.ts';
import { judge, stackGoals, writeGoals } from '../goals.ts';
import { describeRun, results, tell } from '../place.ts';
import { keepTidy, type Running, startProgram } from '../processes.ts';
import { type Contestant, runRounds } from '../rounds.ts';
import { type Row, writeTable } from '../table.ts';
import { oursOverStack, type StackGateway, stackGateways } from './gateways.ts';
import { writeCallers } from './callers.ts';
import { placeOrders } from './place-orders.ts';
import { tellHits } from './tell-hits.ts';
import { type StackWorkload, stackWorkloads } from './workloads.ts';

const options = readBenchArguments({
  usage: 'npm run bench:stack',
  does: 'Measures this gateway and the stock one over the real services and Postgres.',
  gateways: stackGateways.map(({ name }) => name),
  workloads: stackWorkloads.map(({ name }) => name),
});
const known = [
  ...stackGateways,
  ...options.extraRows.map(({ name, environment }) => oursOverStack(name, `ours, ${name}`, environment)),
];

await keepTidy(async (running) => {
  await mkdir(results, { recursive: true });
  const state = await mkdtemp(join(tmpdir(), 'storefront-bench-'));
  try {
    tell('starting the stack');
    const wide = { RATE_LIMIT_PER_MINUTE: '1000000', RATE_LIMIT_BURST: '1000000' };
    const environment = { NODE_ENV: 'production', LOG_LEVEL: 'warn', ...wide };
    const stack = await startStack({ state, ports: 'free', isThrowaway: true, environment });
    try {
      await runBench(stack, running);
    } finally {
      await Promise.all(running.splice(0).map((program) => program.stop()));
      await stack.close();
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
});

async function runBench(stack: RunningStack, running: Running[]): Promise<void> {
  tell('placing orders');
  await placeOrders(
    stack.gateway.graphql,
    stack.accounts.filter(({ role }) => role === 'CUSTOMER'),
  );
  const chosen = known.filter(({ name }) => options.gateways.includes(name));
  const contestants: Contestant[] = [];
  for (const gateway of chosen) contestants.push(await start(gateway, stack, running));
  const behind = await pidsOf(stack.state);
  const rows: Row[] = [];
  for (const workload of stackWorkloads.filter(({ name }) => options.workloads.includes(name))) {
    rows.push(...(await runWorkload(workload, { contestants, stack, behind })));
  }
  await report(rows);
}

async function start(gateway: StackGateway, stack: RunningStack, running: Running[]): Promise<Contestant> {
  const { name } = gateway;
  tell(`starting ${gateway.title}`);
  const port = await createPorts('free', tell).choose(name, 0);
  const secrets = await secretsOf(stack.state);
  const program = startProgram({
    ...gateway.program({ stack, secrets, port }),
    logPath: join(results, `stack-${name}.log`),
  });
  running.push(program);
  const url = `http://127.0.0.1:${port}/graphql`;
  await waitUntilItAnswers(url, () => program.exitCode === null);
  return { name, url, pid: program.pid };
}

/** The processes of the stack: services and servers. Its own gateway is idle meanwhile. */
async function pidsOf(state: string): Promise<readonly number[]> {
  const { processes } = JSON.parse(await readFile(join(state, 'stack.json'), 'utf8')) as {
    processes: readonly { readonly pid: number }[];
  };
  return processes.map(({ pid }) => pid);
}

interface Field {
  readonly contestants: readonly Contestant[];
  readonly stack: RunningStack;
  readonly behind: readonly number[];
}

async function runWorkload(workload: StackWorkload, { contestants, stack, behind }: Field): Promise<readonly Row[]> {
  const { name, body, account: who } = workload;
  const bodiesPath = join(results, `stack-${name}.txt`);
  await writeFile(bodiesPath, `${body}\n`);
  const account = stack.accounts.find(({ email }) => email.startsWith(`${who}@`));
  if (!account) throw new Error(`the stack has no account ${who}`);
  const headers = async () => {
    const { token } = await signIn(stack.gateway.graphql, { ...account, name: who, role: 'CUSTOMER' });
    return { authorization: `Bearer ${token}` };
  };
  const callersPath = workload.customers ? await writeCallers(stack, workload.customers) : undefined;
  const isAsStock = () => compareAnswers(contestants, body, headers);
  const before = await isAsStock();
  const rounds = await runRounds(contestants, {
    ...options,
    title: name,
    bodiesPath,
    ...(callersPath === undefined ? { headers } : { callersPath }),
    core: undefined,
    behind,
    tell,
  });
  const after = await isAsStock();
  const cached = contestants.find(({ name: contestant }) => contestant === 'ours');
  if (cached && workload.customers) await tellHits(cached.url, { bodiesPath, body, callersPath, ...options });
  return contestants.map((contestant, index) => ({
    gateway: contestant.name,
    workload: name,
    rounds: rounds.get(contestant) ?? [],
    isEqual: before[index] === true && after[index] === true,
  }));
}

/** Whether each answers as the first does, and without errors. */
async function compareAnswers(
  contestants: readonly Contestant[],
  body: string,
  headers: () => Promise<Readonly<Record<string, string>>>,
): Promise<readonly boolean[]> {
  const answers = await Promise.all(
    contestants.map(async ({ url }) => {
      return (await ask(url, body, await headers())) as { readonly errors?: unknown };
    }),
  );
  return answers.map((answer) => answer.errors === undefined && isDeepStrictEqual(answer, answers[0]));
}

async function report(rows: readonly Row[]): Promise<void> {
  const titles = new Map([...known, ...stackWorkloads].map(({ name, title }) => [name, title]));
  const verdicts = judge(stackGoals, rows);
  const text = [writeTable(rows, titles), writeGoals(verdicts, titles), describeRun(options)].join('\n\n');
  process.stdout.write(`\n${text}\n`);
  await writeFile(join(results, 'stack.md'), `${text}\n`);
  const { jsonPath = join(results, 'stack.json'), ...run }: BenchArguments = options;
  await writeFile(jsonPath, `${JSON.stringify({ run, rows, verdicts }, null, 2)}\n`);
}
