import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** Stands for npm: tells that it was called, takes a while, and leaves what npm leaves. */
const npm = `#!/bin/sh
echo called >> "$PWD/calls"
sleep 1
mkdir -p node_modules && touch node_modules/.package-lock.json
`;

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'storefront-clone-'));
  await Promise.all(['stack/src', 'bin', '.state'].map((folder) => mkdir(join(clone, folder), { recursive: true })));
  await cp('stack/bootstrap.mjs', join(clone, 'stack', 'bootstrap.mjs'));
  await writeFile(join(clone, 'stack', 'src', 'main.ts'), 'console.log("started");');
  await writeFile(join(clone, 'package-lock.json'), '{}');
  await writeFile(join(clone, 'bin', 'npm'), npm, { mode: 0o755 });
});
afterEach(() => rm(clone, { recursive: true, force: true }));

async function start(): Promise<{ code: number | null; out: string; progress: string }> {
  const env = { ...process.env, PATH: `${join(clone, 'bin')}:${process.env['PATH']}` };
  const child = spawn(process.execPath, [join(clone, 'stack', 'bootstrap.mjs')], { env });
  const ended = once(child, 'exit');
  const [out, progress] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, out, progress };
}

describe('the first command in a fresh clone', () => {
  it('installs once when several are given at the same time, and all of them go on after it', async () => {
    const all = await Promise.all([start(), start(), start()]);

    expect(await readFile(join(clone, 'calls'), 'utf8')).toBe('called\n');
    for (const one of all) expect(one).toMatchObject({ code: 0, out: 'started\n' });
    expect(all.filter(({ progress }) => progress.includes('installs already')).length).toBe(2);
  }, 60_000);

  it('leaves the turn of another that installs later alone', async () => {
    const later =
      "import { writeFileSync } from 'node:fs'; writeFileSync('.state/installing', '1'); console.log('started');";
    await writeFile(join(clone, 'stack', 'src', 'main.ts'), later);

    expect(await start()).toMatchObject({ code: 0, out: 'started\n' });
    expect(await readFile(join(clone, '.state', 'installing'), 'utf8')).toBe('1');
  }, 60_000);

  it('does not wait for one that was killed while it installed', async () => {
    await writeFile(join(clone, '.state', 'installing'), '999999999');

    expect(await start()).toMatchObject({ code: 0, out: 'started\n' });
  }, 60_000);
});
