/**
 * Whether a stopwatch tells who has an account: signs in with a wrong password, in turn as somebody who has an account, as one
 * who has an account without a password, and as nobody, and compares the medians. `npm run bench:sign-in`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { startStack } from '@storefront/stack/src/start-stack.ts';
import { tell } from '../place.ts';

// Variables, so that no request costs a plan of its own.
const createUser = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }';
const signIn =
  'mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on UserError { message path } } }';

const goalMs = 5;
const warmUpRounds = 10;
const { options } = readCommandLine({
  usage: 'npm run bench:sign-in',
  does: 'Whether a stopwatch tells who has an account: signs in with a wrong password and compares how long it takes.',
  options: { rounds: wholeNumber('how often as each', { least: 1, most: 10_000, fallback: 200 }) },
  more: `Exit code 1 when the medians are more than ${goalMs} ms apart.`,
});
const { rounds } = options;

const state = await mkdtemp(join(tmpdir(), 'storefront-bench-'));
try {
  tell('starting the stack');
  const many = '1000000';
  const environment = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    SIGN_IN_MAX_FAILURES_PER_ACCOUNT: many,
    SIGN_IN_MAX_FAILURES_PER_ADDRESS: many,
    RATE_LIMIT_PER_MINUTE: many,
    RATE_LIMIT_BURST: many,
  };
  const stack = await startStack({ state, ports: 'free', isThrowaway: true, environment });
  try {
    await measure(stack.gateway.graphql, stack.accounts[0]?.email ?? '');
  } finally {
    await stack.close();
  }
} finally {
  await rm(state, { recursive: true, force: true });
}

async function measure(url: string, known: string): Promise<void> {
  const withoutPassword = `no-password-${crypto.randomUUID()}@example.com`;
  await post(url, createUser, { name: 'No Password', email: withoutPassword });
  const who: Readonly<Record<string, () => string>> = {
    'has an account': () => known,
    'has one without a password': () => withoutPassword,
    'is unknown': () => `nobody-${crypto.randomUUID()}@example.com`,
  };
  const times = new Map(Object.keys(who).map((name) => [name, [] as number[]]));
  tell(`${rounds} rounds`);
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const [name, email] of Object.entries(who)) {
      const startedAt = performance.now();
      const text = await post(url, signIn, { email: email(), password: 'wrong horse' });
      if (round >= 0) times.get(name)?.push(performance.now() - startedAt);
      if (!text.includes('InvalidCredentials')) throw new Error(`unexpected answer: ${text}`);
    }
  }
  const medians = [...times].map(([name, all]) => ({ name, medianMs: median(all) }));
  const spread =
    Math.max(...medians.map(({ medianMs }) => medianMs)) - Math.min(...medians.map(({ medianMs }) => medianMs));
  for (const { name, medianMs } of medians) process.stdout.write(`${name.padEnd(28)} ${medianMs.toFixed(2)} ms\n`);
  process.stdout.write(`${'between them'.padEnd(28)} ${spread.toFixed(2)} ms (goal: within ${goalMs} ms)\n`);
  if (spread > goalMs) process.exitCode = 1;
}

async function post(url: string, query: string, input: object): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  return response.text();
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
