import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasTestServers, repository } from '../config.ts';
import type { Progress } from '../fault.ts';
import { endAbandonedTestServers, startTestServers } from '../test-servers.ts';
import { suitesToTryAgain } from './failed-suites.ts';
import { skippedTests } from './skipped-tests.ts';

/** What `npm test -- --help` tells, without a server being started for it. */
export const testHelp = `Starts servers for tests and runs jest over them.

Usage: npm test [-- PATH... and options of jest]

  PATH...             the suites whose path holds one of these (all): npm test -- platform/outbox
  -t TEXT             the tests whose titles hold it; jest --help tells the other options
  -h, --help          this text

TEST_POSTGRES_URL, TEST_REDIS_URL, TEST_RABBITMQ_URL, TEST_RABBITMQ_MANAGEMENT_URL and TEST_CONSUL_URL name servers to use; without
the first, all are started for the run and stopped after it. Exit code 1 when a test failed.
`;

/**
 * Runs jest with the arguments given, over servers of the tests' own unless TEST_POSTGRES_URL names some, and says
 * afterwards what was skipped. With CI set, up to three suites that failed are named and tried once more, alone: such machines are
 * shared and stall. What a suite has left open holds nothing up (`--forceExit`). Resolves to jest's exit code. The servers and their folder are gone by then.
 */
export async function runTests(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<number> {
  const root = join(repository, '.state');
  const state = join(root, `test-${process.pid}`);
  const results = `${state}.json`;
  mkdirSync(root, { recursive: true });
  await endAbandonedTestServers(root, progress);
  const ended = new AbortController();
  const end = () => ended.abort(new Error('stopped'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const servers = hasTestServers(environment)
    ? null
    : await startTestServers(state, { progress, signal: ended.signal });
  try {
    const run = (parameters: readonly string[]) =>
      jest(parameters, { ...environment, ...servers?.environment }, ended.signal);
    const code = await run(['--json', '--forceExit', `--outputFile=${results}`, ...words]);
    if (!existsSync(results)) return code;
    const told = readFileSync(results, 'utf8');
    for (const line of skippedTests(told)) progress(line);
    const again = code !== 0 && environment['CI'] ? suitesToTryAgain(told) : [];
    if (again.length === 0 || ended.signal.aborted) return code;
    for (const suite of again) progress(`failed beside the others, and is tried again alone: ${suite}`);
    return await run(['--runInBand', '--forceExit', '--runTestsByPath', ...again]);
  } finally {
    rmSync(results, { force: true });
    await servers?.close();
  }
}

/** Runs jest in a group of its own, so that Ctrl-C reaches it once, through us, with the servers still there. Its JSON goes to the file alone. */
function jest(parameters: readonly string[], environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const options = [
    '--experimental-vm-modules',
    '--no-warnings',
    join(repository, 'node_modules', 'jest', 'bin', 'jest.js'),
  ];
  const child = spawn(process.execPath, [...options, ...parameters], {
    cwd: repository,
    env: environment,
    stdio: ['inherit', 'ignore', 'inherit'],
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 1);
    });
  });
}
