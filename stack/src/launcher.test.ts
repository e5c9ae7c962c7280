import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isFree } from './ports.ts';
import { waitUntilGone } from './processes/end-process.ts';
import { isRunning } from './processes/process-record.ts';
import type { StackRecord } from './state-folder.ts';
import { readStackRecord } from './state-folder.ts';

const mainFile = join(import.meta.dirname, 'main.ts');
const aMinuteMs = 60_000;

/** Runs the launcher to its end. */
function launch(
  line: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; out: string; progress: string }> {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--no-warnings', mainFile, ...line], {
    env: { ...inherited, ...environment },
  });
  let out = '';
  let progress = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (progress += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, progress })));
}

describe('the command line', () => {
  it.each([
    [['dance'], 'there is no command "dance"'],
    [['up', '--fast'], "Unknown option '--fast'"],
    [['up', 'everything'], '"everything" is not understood'],
    [['up', '--ports', 'some'], '--ports is "some"; it can be standard, free'],
    [['up', '--replicas', '0'], '--replicas is "0"; it can be a whole number from 1 to 16'],
  ])('refuses %j with exit code 2 and the reason', async (line, reason) => {
    const { code, out, progress } = await launch(line);

    expect(progress).toContain(reason);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('explains itself', async () => {
    const { code, out } = await launch(['--help']);

    expect(code).toBe(0);
    expect(out).toContain('npm run up -- --help');
  });

  it('tells for each command the options that it takes', async () => {
    const { code, out } = await launch(['down', '--help']);

    expect(code).toBe(0);
    expect(out).toContain('--state DIR');
    expect(out).not.toContain('--replicas');
  });
});

describe('a server that the environment names', () => {
  let state: string;
  beforeAll(async () => void (state = await mkdtemp(join(tmpdir(), 'storefront-named-'))));
  afterAll(() => rm(state, { recursive: true, force: true }));

  it(
    'that cannot be reached is said with its host and the cause, without its password, and nothing stays behind',
    async () => {
      const DATABASE_URL = 'postgres://shop:hunter2@127.0.0.1:1/shop';

      const { code, out, progress } = await launch(
        ['up', '--json', '--servers-only', '--ports', 'free', '--state', state],
        { DATABASE_URL },
      );

      expect(progress).toContain(
        'DATABASE_URL names a server at 127.0.0.1:1 that cannot be used: connect ECONNREFUSED',
      );
      expect(progress).not.toContain('hunter2');
      expect({ code, out, left: readStackRecord(state) }).toEqual({ code: 1, out: '', left: null });
    },
    aMinuteMs,
  );

  it(
    'that is not a URL of its kind is refused before anything starts',
    async () => {
      const { code, progress } = await launch(['up', '--servers-only', '--ports', 'free', '--state', state], {
        REDIS_URL: 'http://127.0.0.1:1',
      });

      expect(progress).toContain('REDIS_URL is a http: URL (wanted: redis: or rediss:)');
      expect(code).toBe(1);
    },
    aMinuteMs,
  );
});

describe('a stack in the background', () => {
  let state: string;
  let first: Awaited<ReturnType<typeof launch>>;
  const up = (...more: string[]) => launch(['up', '--json', '--servers-only', '--state', state, ...more]);
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'storefront-up-'));
    first = await up('--ports', 'free');
  }, aMinuteMs);
  afterAll(async () => {
    await launch(['down', '--state', state]);
    await rm(state, { recursive: true, force: true });
  }, aMinuteMs);

  it('is described by one JSON object, and its secrets are for its owner alone', async () => {
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toEqual({
      gateway: null,
      services: {},
      state,
      servers: {
        postgres: expect.stringMatching(/^postgres:\/\/.+@127\.0\.0\.1:\d+/),
        redis: expect.stringMatching(/^redis:/),
        rabbitmq: expect.stringMatching(/^amqp:/),
        rabbitmqManagement: expect.stringMatching(/^http:/),
        consul: expect.stringMatching(/^http:/),
      },
      accounts: ['ada', 'grace', 'admin'].map((name) =>
        expect.objectContaining({ email: `${name}@example.com`, password: expect.any(String) }),
      ),
    });
    expect((await stat(join(state, 'secrets.json'))).mode & 0o077).toBe(0);
    expect((await stat(join(state, 'stack.json'))).mode & 0o077).toBe(0);
  });

  it('tells the state of each process', async () => {
    const { out } = await launch(['status', '--json', '--state', state]);

    const names = ['launcher', 'postgres', 'redis', 'rabbitmq', 'consul'];
    expect(JSON.parse(out)).toMatchObject({
      isReady: true,
      processes: expect.arrayContaining(names.map((name) => expect.objectContaining({ name, state: 'ready' }))),
    });
  });

  it('refuses a second launcher on its folder', async () => {
    const second = await up('--ports', 'free');

    expect(second).toMatchObject({ code: 1, out: '', progress: expect.stringContaining('is already running') });
  });

  it(
    'is cleaned up by the next start after its launcher was killed; that one says who has a documented port',
    async () => {
      const crashed = recordIn(state);
      const secrets = await readFile(join(state, 'secrets.json'), 'utf8');
      process.kill(crashed.launcher.pid, 'SIGKILL');
      await waitUntilGone(crashed.launcher, 5_000);
      const holder = (await isFree(8500)) ? createServer().listen(8500, '127.0.0.1') : null;

      const { code, out, progress } = await up();
      holder?.close();

      expect(code).toBe(0);
      expect(crashed.processes.filter(isRunning)).toEqual([]);
      expect(progress).toContain('ending what an earlier launcher left behind');
      expect(progress).toMatch(/port 8500 is taken by .+: Consul uses \d+ instead/);
      expect(JSON.parse(out).servers.consul).not.toContain(':8500');
      expect(await readFile(join(state, 'secrets.json'), 'utf8')).toBe(secrets);
    },
    aMinuteMs,
  );

  it(
    'leaves no process behind when it is stopped',
    async () => {
      const { processes } = recordIn(state);

      const { out } = await launch(['down', '--state', state]);

      expect(out).toBe('stopped\n');
      expect(processes.length).toBeGreaterThanOrEqual(5);
      expect(processes.filter(isRunning)).toEqual([]);
    },
    aMinuteMs,
  );
});

function recordIn(state: string): StackRecord {
  const record = readStackRecord(state);
  if (!record) throw new Error(`nothing is recorded in ${state}`);
  return record;
}
