/** `npm run bench:cache`: what the entity cache saves, by bench:stack; then how soon a changed price is seen at every gateway, and how much is answered from the cache. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { signIn } from '@storefront/stack/src/sign-in.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { ask } from '../answers.ts';
import { tell } from '../place.ts';

const changes = 40;
const goalMs = 200;
const headers = (token?: string) => ({
  'x-include-cache': 'true',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});
const list = JSON.stringify({ query: '{ products(first: 12) { nodes { id price { amountMinor } } } }' });

interface ListAnswer {
  readonly data: { readonly products: { readonly nodes: readonly { id: string; price: { amountMinor: number } }[] } };
  readonly extensions?: { readonly cache?: { readonly hits: number; readonly misses: number } };
}

const { options } = readCommandLine({
  usage: 'npm run bench:cache',
  does: 'Measures the product list with and without the entity cache, and how soon a changed price is seen everywhere.',
  options: {
    seconds: wholeNumber('how long a round of the list is', { least: 1, most: 60, fallback: 5 }),
    rounds: wholeNumber('how many rounds', { least: 1, most: 20, fallback: 3 }),
  },
});
await benchList();
const state = await mkdtemp(join(tmpdir(), 'storefront-cache-'));
try {
  const environment = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_BURST: '1000000',
  };
  tell('starting the stack with two gateways');
  const stack = await startStack({ state, ports: 'free', isThrowaway: true, replicas: { gateway: 2 }, environment });
  try {
    await measure(stack);
  } finally {
    await stack.close();
  }
} finally {
  await rm(state, { recursive: true, force: true });
}

/** bench:stack with the gateways that differ in their cache. Its table goes where ours goes; this process fails with it. */
async function benchList(): Promise<void> {
  const chosen = ['--only', 'ours-bare,ours-uncached,ours', '--workloads', 'catalogue,catalogue-of-one'];
  const effort = ['--seconds', String(options.seconds), '--rounds', String(options.rounds)];
  const program = join(import.meta.dirname, '../stack/main.ts');
  const child = spawn(process.execPath, [program, ...chosen, ...effort], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.exitCode = 1;
}

async function measure(stack: RunningStack): Promise<void> {
  const gateways = (stack.replicas?.gateway ?? []).map((url) => new URL('/graphql', url).href);
  const admin = stack.accounts.find(({ role }) => role === 'ADMIN');
  const [near] = gateways;
  if (!admin || !near || gateways.length < 2) throw new Error('the stack has no two gateways and an administrator');
  const { token } = await signIn(near, { ...admin, name: 'admin', role: 'ADMIN' });
  const counts = { hits: 0, misses: 0 };
  const lags: number[] = [];
  const own: number[] = [];
  for (let change = 1; change <= changes; change += 1) {
    const price = 1_000 + change;
    const seen = gateways.map((url) => untilPriceIs(url, price, counts));
    await delay(50);
    const query = `mutation { updateProduct(input: { id: "1", price: { amountMinor: ${price}, currency: "EUR" } }) { __typename } }`;
    await ask(near, JSON.stringify({ query }), headers(token ?? undefined));
    const writtenAtMs = performance.now();
    const after = (await Promise.all(seen)).map((atMs) => Math.max(0, atMs - writtenAtMs));
    own.push(after[0] ?? 0);
    lags.push(...after.slice(1));
  }
  const answers = counts.hits + counts.misses;
  const share = ((100 * counts.hits) / answers).toFixed(1);
  tell(`a changed price, ${changes} times: seen at the gateway it was written through after ${describe(own)}`);
  tell(
    `at the other one after ${describe(lags)}; goal ${goalMs} ms: ${Math.max(...lags) <= goalMs ? 'met' : 'missed'}`,
  );
  tell(`${answers} lists meanwhile, ${share}% of them from the cache, with ${changes} changes`);
}

/** When a gateway first shows the price. It is asked all the time. */
async function untilPriceIs(url: string, price: number, counts: { hits: number; misses: number }): Promise<number> {
  for (;;) {
    const { data, extensions } = (await ask(url, list, headers())) as ListAnswer;
    counts.hits += extensions?.cache?.hits ?? 0;
    counts.misses += extensions?.cache?.misses ?? 1;
    if (data.products.nodes.some(({ id, price: { amountMinor } }) => id === '1' && amountMinor === price))
      return performance.now();
    await delay(2);
  }
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
  return `${at(0.5)} ms (median), ${at(0.95)} ms (p95), ${at(1)} ms (most)`;
}
