import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { adviceFor, installWithApt, mayInstall, rabbitmqProgram, redisProgram } from './system-packages.ts';

describe('a program that is missing and cannot be installed', () => {
  it.each([
    ['darwin', ['brew'], 'brew install redis rabbitmq'],
    ['linux', ['apt-get'], 'sudo apt-get install redis-server rabbitmq-server'],
    ['linux', ['dnf'], 'sudo dnf install redis rabbitmq-server'],
  ])(
    'is explained on %s with %j by the command to type, the variables and the Docker way',
    (platform, programs, command) => {
      const advice = adviceFor([redisProgram, rabbitmqProgram], {
        platform,
        has: (program) => programs.includes(program),
      });

      expect(advice).toContain(`Redis and RabbitMQ are not installed. Install with "${command}"`);
      expect(advice).toContain('REDIS_URL and RABBITMQ_URL');
      expect(advice).toContain('docker compose up');
    },
  );
});

describe('what is missing', () => {
  it.each([
    [{ userId: 0, isDebian: true, apt: true }, true],
    [{ userId: 1_000, isDebian: true, apt: true }, false],
    [{ userId: 0, isDebian: false, apt: true }, false],
    [{ userId: 0, isDebian: true, apt: false }, false],
    [{ userId: undefined, isDebian: false, apt: false }, false],
  ])('is installed without asking on %j: %s', ({ apt, ...system }, isAllowed) => {
    expect(mayInstall({ ...system, has: (program) => apt && program === 'apt-get' })).toBe(isAllowed);
  });
});

describe('installing with apt', () => {
  let folder: string;
  let policyFile: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'storefront-apt-'));
    policyFile = join(folder, 'policy-rc.d');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const run = async (...codes: number[]) => {
    const verbs: string[] = [];
    const policies: boolean[] = [];
    const apt = async (parameters: readonly string[]) => {
      verbs.push(parameters.find((word) => word === 'install' || word === 'update') ?? '');
      policies.push(existsSync(policyFile));
      return { code: codes[verbs.length - 1] ?? 0, output: `apt said ${verbs.length}\n` };
    };
    const outcome = await installWithApt(['redis-server'], () => undefined, { apt, policyFile }).then(
      () => null,
      (error: Error) => error.message,
    );
    return { verbs, policies, outcome };
  };

  it('asks once when that is enough', async () => {
    expect(await run(0)).toEqual({ verbs: ['install'], policies: [true], outcome: null });
  });

  it('brings the package lists up to date when they do not name what is wanted', async () => {
    expect(await run(100, 0, 0)).toMatchObject({ verbs: ['install', 'update', 'install'], outcome: null });
  });

  it('says what apt-get said when it fails all the same', async () => {
    expect((await run(100, 0, 100)).outcome).toBe('apt-get install redis-server failed:\n    apt said 3');
    expect((await run(100, 100, 100)).outcome).toContain('    apt said 2\n    apt said 3');
  });

  it('keeps services from starting while it lasts, and not afterwards', async () => {
    const { policies } = await run(100, 0, 100);

    expect(policies).toEqual([true, true, true]);
    expect(existsSync(policyFile)).toBe(false);
  });

  it("leaves somebody else's rule about services as it is", async () => {
    writeFileSync(policyFile, 'exit 101');

    await run(0);

    expect(readFileSync(policyFile, 'utf8')).toBe('exit 101');
  });
});
