import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Runs a service whose `start` has this body, in a process of its own. */
function run(body: string) {
  const text = `
    import { runService } from '@storefront/platform/process/run.ts';
    import { CodedError } from '@storefront/platform/errors/coded-error.ts';
    import { readConfig } from '@storefront/platform/config/config.ts';
    import { url } from '@storefront/platform/config/fields.ts';
    await runService('users', async (scope) => { ${body} });
  `;
  const arguments_ = ['--no-warnings', '--input-type=module-typescript', '-e', text];
  const environment = { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'info' };
  const child = spawn(process.execPath, arguments_, {
    cwd: import.meta.dirname,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const lines: string[] = [];
  const waiting: { text: string; resolve: () => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const { text, resolve } of waiting) if (line.includes(text)) resolve();
  });
  return {
    child,
    lines,
    line: (text: string) =>
      lines.some((line) => line.includes(text))
        ? undefined
        : new Promise<void>((resolve) => waiting.push({ text, resolve })),
    exit: once(child, 'close').then(([code]) => code as number),
  };
}

const keepAlive = 'const timer = setInterval(() => undefined, 1000);';

describe('a service', () => {
  it('closes what it opened in reverse order on SIGTERM, and exits 0', async () => {
    const service = run(`
      ${keepAlive}
      scope.defer('database', () => { clearInterval(timer); scope.log.info('database closed'); });
      scope.defer('server', () => scope.log.info('server closed'));
    `);
    await service.line('started');

    service.child.kill('SIGTERM');

    expect(await service.exit).toBe(0);
    const messages = service.lines.map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(['started', 'shutting down', 'server closed', 'database closed', 'stopped']);
  });

  it('exits at once on a second signal', async () => {
    const service = run(
      `${keepAlive} scope.defer('stuck', () => { scope.log.info('closing'); return new Promise(() => undefined); });`,
    );
    await service.line('started');

    service.child.kill('SIGTERM');
    await service.line('closing');
    service.child.kill('SIGTERM');

    expect(await service.exit).toBe(130);
  });

  it('says in one line, without a stack, why it cannot start, and closes what is open', async () => {
    const service = run(`
      scope.defer('database', () => scope.log.info('database closed'));
      throw new CodedError('BUS_UNREACHABLE', 'RabbitMQ at mq:5672 does not answer', { cause: new Error('connect ECONNREFUSED') });
    `);

    expect(await service.exit).toBe(1);
    expect(service.lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'fatal',
        code: 'BUS_UNREACHABLE',
        msg: 'users cannot start: RabbitMQ at mq:5672 does not answer: connect ECONNREFUSED',
      }),
      expect.objectContaining({ msg: 'database closed' }),
      expect.objectContaining({ msg: 'stopped' }),
    ]);
    expect(service.lines.join('')).not.toContain('    at ');
  });

  it('lists every fault of its environment', async () => {
    const service = run(`readConfig({ DATABASE_URL: url('postgres'), REDIS_URL: url('redis') }, {});`);

    expect(await service.exit).toBe(1);
    expect(JSON.parse(service.lines[0] ?? '')).toMatchObject({
      faults: ['DATABASE_URL: is required', 'REDIS_URL: is required'],
    });
    expect(service.lines.join('')).not.toContain('    at ');
  });

  it('logs a rejection that nobody handled, shuts down and exits 1', async () => {
    const service = run(
      `${keepAlive} scope.defer('server', () => scope.log.info('server closed')); void Promise.reject(new Error('lost'));`,
    );

    expect(await service.exit).toBe(1);
    expect(service.lines.join('')).toContain('lost');
    expect(service.lines.join('')).toContain('server closed');
  });
});
