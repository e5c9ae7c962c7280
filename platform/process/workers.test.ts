import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../testing/until.ts';

type Line = Readonly<Record<string, unknown>> & { readonly msg: string };
const patiently = { timeoutMs: 20_000 };
const supervisors: ChildProcess[] = [];

afterEach(() => {
  for (const supervisor of supervisors.splice(0)) supervisor.kill('SIGKILL');
});

/** A service in so many processes; `lines` is what they log. */
function run(workers: number, environment: Record<string, string> = {}) {
  const supervisor = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'testing/shared-port.ts')], {
    env: { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'info', WORKERS: String(workers), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  supervisors.push(supervisor);
  const lines: Line[] = [];
  createInterface({ input: supervisor.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  const logged = (msg: string) => lines.filter((line) => line.msg === msg);
  return {
    supervisor,
    lines,
    logged,
    exit: once(supervisor, 'close').then(([code]) => code as number),
    /** Resolves with the port when the supervisor and all workers have started. */
    async ready(): Promise<number> {
      await until(() => logged('started').length > (workers > 1 ? workers : 0), patiently);
      const { address } = logged('listening')[0] as unknown as { address: { port: number } };
      return address.port;
    },
  };
}

/** What is answered on a connection of its own: the process id of the worker. */
async function ask(port: number, path = '/', connection = 'close'): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: ${connection}\r\nupgrade: echo\r\n\r\n`);
  return (await text(socket)).split('\r\n').at(-1) ?? '';
}

async function askSeveral(port: number, connection?: string): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let count = 0; count < 6; count += 1) answers.push(await ask(port, '/', connection));
  return [...new Set(answers)].sort();
}

describe('a service in several processes', () => {
  it('answers on one port with all of them, on upgraded connections too', async () => {
    const service = run(2);
    const port = await service.ready();

    const answers = await askSeveral(port);
    const upgraded = await askSeveral(port, 'upgrade');

    expect(answers).toHaveLength(2);
    expect(answers).not.toContain(String(service.supervisor.pid));
    expect(upgraded).toEqual(answers.map((pid) => `hello from ${pid}`));
  });

  it('lets each of them finish what it does when it is told to stop, and exits 0', async () => {
    const service = run(2);
    const port = await service.ready();
    const slow = ask(port, '/slow');
    await until(() => service.logged('slow').length > 0, patiently);

    service.supervisor.kill('SIGTERM');

    expect(Number(await slow)).toBeGreaterThan(0);
    expect(await service.exit).toBe(0);
    expect(service.logged('stopped')).toHaveLength(3);
    expect(service.logged('a worker has ended by itself')).toEqual([]);
  });

  it('ends in the same way when a terminal interrupts all of them', async () => {
    const service = run(2);
    const port = await service.ready();

    for (const pid of [...(await askSeveral(port)), String(service.supervisor.pid)])
      process.kill(Number(pid), 'SIGINT');

    expect(await service.exit).toBe(0);
    expect(service.logged('stopped')).toHaveLength(3);
  });

  it('goes on with the others when one crashes, and starts it again', async () => {
    const service = run(2);
    const port = await service.ready();
    const before = await askSeveral(port);

    await ask(port, '/crash').catch(() => undefined);
    await until(() => service.logged('a worker has ended by itself').length > 0, patiently);
    const meanwhile = await ask(port);
    await until(() => service.logged('started').length > 3, patiently);
    const after = await askSeveral(port);

    expect(service.logged('a worker has ended by itself')[0]).toMatchObject({ level: 'error', code: 7 });
    expect(before).toContain(meanwhile);
    expect(after).toHaveLength(2);
    expect(after).toContain(meanwhile);
    expect(after).not.toEqual(before);
  });

  it('says once why it cannot start, and exits 1', async () => {
    const service = run(3, { FAULT: 'start' });

    expect(await service.exit).toBe(1);
    expect(service.lines.filter(({ msg }) => msg.includes('there is something wrong'))).toHaveLength(1);
  });

  it('leaves nobody behind when the supervisor is killed', async () => {
    const service = run(2);
    const pids = await askSeveral(await service.ready());

    service.supervisor.kill('SIGKILL');

    await until(() => pids.every((pid) => !isAlive(Number(pid))), patiently);
  });

  it('is one process when it is told so', async () => {
    const service = run(1);

    const answers = await askSeveral(await service.ready());

    expect(answers).toEqual([String(service.supervisor.pid)]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
