import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isFree } from './ports.ts';
import { waitUntilGone } from './processes/end-process.ts';
import { isRunning } from './processes/process-record.ts';
import { readStackRecord } from './state-folder.ts';

const mainFile = join(import.meta.dirname, 'main.ts');
const aMinuteMs = 60_000;

/** Runs the launcher to its end. */
function launch(line: readonly string[], environment: Record<string, string> = {}): Promise<{ code: number | null; out: string; progress: string }> {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--no-warnings', mainFile, ...line], { env: { ...inherited, ...environment } });
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
    [['up', 'everything'], 'up does not take "everything"'],
    [['up', '--ports', 'some'], '--ports is "some"; it can be standard or free'],
    [['up', '--replicas', '0'], '--replicas is "0"; it can be a whole number from 1 to 16'],
  ])('refuses %j with exit code 2 and the reason', async (line, reason) => {
    const { code, out, progress } = await launch(line);

    expect(progress).toContain(reason);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('explains itself', async () => {
    const { code, out } = await launch(['--help']);

    expect(code).toBe(0);
    expect(out).toContain('--replicas N');
  });
});

describe('a server that the environment names', () => {
  let state: string;
  beforeAll(async () => void (state = await mkdtemp(join(tmpdir(), 'storefront-named-'))));
  afterAll(() => rm(state, { recursive: true, force: true }));

  it('that cannot be reached is said with its host and the cause, without its password, and nothing stays behind', async () => {
    const DATABASE_URL = 'postgres://shop:hunter2@127.0.0.1:1/shop';

    const { code, out, progress } = await launch(['up', '--json', '--servers-only', '--ports', 'free', '--state', state], { DATABASE_URL });

    expect(progress).toContain('DATABASE_URL names a server at 127.0.0.1:1 that cannot be used: connect ECONNREFUSED');
    expect(progress).not.toContain('hunter2');
    expect({ code, out, left: readStackRecord(state) }).toEqual({ code: 1, out: '', left: null });
  }, aMinuteMs);

  it('that is not a URL of its kind is refused before anything starts', async () => {
    const { code, progress } = await launch(['up', '--servers-only', '--ports', 'free', '--state', state], { REDIS_URL: 'http://127.0.0.1:1' });

    expect(progress).toContain('REDIS_URL is a http: URL (wanted: redis: or rediss:)');
    expect(code).toBe(1);
  }, aMinuteMs);
});

describe('a stack in the background', () => {
  let state: string;
  beforeAll(async () => void (state = await mkdtemp(join(tmpdir(), 'storefront-up-'))));
  afterEach(() => launch(['down', '--state', state]), aMinuteMs);
  afterAll(() => rm(state, { recursive: true, force: true }));
  const up = (...more: string[]) => launch(['up', '--json', '--servers-only', '--state', state, ...more]);

  it('prints one JSON object, keeps its secrets to its owner, refuses a second launcher, and leaves no process', async () => {
    const { code, out } = await up('--ports', 'free');
    const second = await up('--ports', 'free');
    const status = await launch(['status', '--json', '--state', state]);
    const record = readStackRecord(state);
    const stopped = await launch(['down', '--state', state]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      gateway: null, services: {}, state,
      servers: {
        postgres: expect.stringMatching(/^postgres:\/\/.+@127\.0\.0\.1:\d+/), redis: expect.stringMatching(/^redis:/), rabbitmq: expect.stringMatching(/^amqp:/),
        rabbitmqManagement: expect.stringMatching(/^http:/), consul: expect.stringMatching(/^http:/),
      },
      accounts: ['ada', 'grace', 'admin'].map((name) => expect.objectContaining({ email: `${name}@example.com`, password: expect.any(String) })),
    });
    expect((await stat(join(state, 'secrets.json'))).mode & 0o077).toBe(0);
    expect(second).toMatchObject({ code: 1, out: '', progress: expect.stringContaining('is already running') });
    expect(JSON.parse(status.out)).toMatchObject({ isReady: true, processes: expect.arrayContaining([expect.objectContaining({ name: 'postgres', state: 'ready' })]) });
    expect(stopped.out).toBe('stopped\n');
    expect(record?.processes.length).toBeGreaterThanOrEqual(4);
    expect(record?.processes.filter(isRunning)).toEqual([]);
  }, aMinuteMs);

  it('is cleaned up by the next start after its launcher was killed, and keeps its data', async () => {
    await up('--ports', 'free');
    const crashed = readStackRecord(state);
    const secrets = await readFile(join(state, 'secrets.json'), 'utf8');
    if (!crashed) throw new Error('nothing was recorded');
    process.kill(crashed.launcher.pid, 'SIGKILL');
    await waitUntilGone(crashed.launcher, 5_000);

    const { code, progress } = await up('--ports', 'free');

    expect(crashed.processes.filter(isRunning)).toEqual([]);
    expect(progress).toContain('ending what an earlier launcher left behind');
    expect(code).toBe(0);
    expect(await readFile(join(state, 'secrets.json'), 'utf8')).toBe(secrets);
  }, aMinuteMs);

  it('says who has a documented port and takes the next free one', async () => {
    const holder = (await isFree(8500)) ? createServer().listen(8500, '127.0.0.1') : null;

    const { out, progress } = await up();
    holder?.close();

    expect(progress).toMatch(/port 8500 is taken by .+: Consul uses \d+ instead/);
    expect(JSON.parse(out).servers.consul).not.toContain(':8500');
  }, aMinuteMs);
});
