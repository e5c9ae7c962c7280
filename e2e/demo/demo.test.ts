import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStage, Unshown } from '@storefront/stack/src/demo/stage.ts';

const run = promisify(execFile);

describe('`npm run demo -- --fast`', () => {
  let state: string;
  beforeAll(() => void (state = mkdtempSync(join(tmpdir(), 'storefront-demo-'))));
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  it('starts a stack of its own, shows everything that it claims, and ends', async () => {
    const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...environment } = process.env;

    const { stdout } = await run(process.execPath, ['stack/src/main.ts', 'demo', '--fast', '--state', state], {
      env: environment,
    });

    expect(stdout.match(/^ +\d+ {2}\S/gm)).toHaveLength(8);
    expect(stdout.match(/✓/g)).toHaveLength(9);
    expect(stdout).toContain('GET /api/products/:id');
    expect(stdout).not.toContain('✗');
    expect(stdout).not.toContain('\u001B');
  }, 150_000);

  it('ends at the first claim that does not come true', () => {
    const told: string[] = [];
    const stage = openStage({ write: (text) => told.push(text), isPaced: false, isPlain: true });

    expect(() => stage.claim(false, 'the sky is green')).toThrow(Unshown);
    expect(told.join('')).toContain('✗ the sky is green');
  });
});
