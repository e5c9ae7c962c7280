import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';
import { copyRepository } from './copy.ts';

const stack = sharedStack();
const run = promisify(execFile);

/** The commands of the page, in its order, for another subgraph: reviews are the subgraph of another test. */
const page = readFileSync('docs/add-a-subgraph.md', 'utf8').replaceAll(/[Rr]eviews?/g, (word) =>
  word.replace('review', 'question').replace('Review', 'Question'),
);
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, text = '']) => text.trim());
const commands = blocks('sh').flatMap((block) => block.split('\n').map((line) => line.replace(/\s+#.*/, '')));

describe('a subgraph made by `npm run new:subgraph`', () => {
  const copy = copyRepository();
  const children: ChildProcess[] = [];

  /** The servers of the shared stack are those of the copy's tests. */
  function environment(): NodeJS.ProcessEnv {
    const { postgres, redis, rabbitmq, rabbitmqManagement, consul } = stack.servers;
    const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, E2E_STACK: _stack, ...inherited } = process.env;
    return {
      ...inherited,
      TEST_POSTGRES_URL: postgres,
      TEST_REDIS_URL: redis,
      TEST_RABBITMQ_URL: rabbitmq,
      TEST_RABBITMQ_MANAGEMENT_URL: rabbitmqManagement,
      TEST_CONSUL_URL: consul,
    };
  }

  /** Runs a line of the page in the copy. */
  async function type(line: string) {
    const [program = '', ...parameters] = line.split(' ');
    const silent = program === 'npm' ? ['--silent'] : [];
    const options = { cwd: copy.root, env: environment() };
    return run(program, [...silent, ...parameters], options).catch((fault: { stdout: string; stderr: string }) => {
      throw Object.assign(new Error(`${line}\n${fault.stdout}${fault.stderr}`), { stderr: fault.stderr });
    });
  }

  /** Starts a line of the page in the copy; it runs until the tests are over. */
  function start(line: string) {
    const [program = '', ...parameters] = line.split(' ');
    const child = spawn(program, parameters, {
      cwd: copy.root,
      env: environment(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    children.push(child);
    return { output: () => output.slice(-2_000) };
  }

  const lineWith = (text: string) => {
    const found = commands.find((command) => command.includes(text));
    if (found === undefined) throw new Error(`docs/add-a-subgraph.md has no command with "${text}"`);
    return found;
  };

  beforeAll(async () => {
    const identity = ['-c', 'user.email=test@example.com', '-c', 'user.name=test'];
    for (const words of [
      ['init', '-q'],
      ['add', '-A'],
      [...identity, 'commit', '-qm', 'before'],
    ])
      await run('git', words, { cwd: copy.root });
  });

  afterAll(async () => {
    for (const child of children) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM'); // npm, and what it started
      await ended;
    }
    copy.remove();
  });

  it.each([
    ['gateway', [], 'is another thing’s name already'],
    ['Reviews', [], 'small letters'],
    ['classes', [], 'is a word of TypeScript'],
    ['stocks', ['--entity', 'Stock'], 'has a type Stock already'],
    ['sheep', [], 'Say it with --entity'],
  ])('is not called %s %j', async (name, options, reason) => {
    const typed = type(['npm run new:subgraph --', name, ...options].join(' '));

    await expect(typed).rejects.toMatchObject({ stderr: expect.stringContaining(reason.replace('’', "'")) });
  });

  it('is only told of with --dry-run', async () => {
    const { stdout } = await type(lineWith('--dry-run'));

    expect(stdout).toContain('subgraphs/questions/src/main.ts');
    expect((await run('git', ['status', '--porcelain'], { cwd: copy.root })).stdout).toBe('');
  });

  it('is not written over work that is not committed', async () => {
    const rover = join(copy.root, 'rover.yaml');
    const before = readFileSync(rover, 'utf8');
    writeFileSync(rover, `${before}# mine\n`);

    const typed = type('npm run new:subgraph -- questions');

    await expect(typed).rejects.toMatchObject({ stderr: expect.stringContaining('rover.yaml has changes') });
    writeFileSync(rover, before);
  });

  it('passes its own tests and the checks of the house', async () => {
    const made = await type('npm run new:subgraph -- questions');
    const again = await type('npm run new:subgraph -- questions');

    expect(made.stdout).toContain('Next');
    expect(again.stdout).toContain('nothing to do');
    await type('npx tsc');
    await type('npx oxfmt --check subgraphs schema stack codegen.ts docker-compose.yml deploy');
    await type('npx oxlint --type-aware subgraphs/questions stack schema');
    await type('npm run schema:compose -- --check');
    await type('npm run schema:events -- --check');
    await type('npm run check:house -- e2e/house');
    const { stderr } = await type(lineWith('npm test'));
    expect(stderr).toMatch(/Tests: +\d+ passed, \d+ total/);
  }, 120_000);

  it('joins the running graph and answers the queries of the page', async () => {
    const service = start(`${lineWith('npm run service')} --state ${stack.state}`);
    const [mutation = '', query = ''] = blocks('graphql');
    const ada = await newCustomer(stack, 'Ada');

    const added = await until(
      async () => {
        const answer = await ask(stack.gateway.graphql, { token: ada.token, query: mutation });
        if (!answer.errors) return answer;
        throw new Error(`${JSON.stringify(answer.errors)}\n${service.output()}`);
      },
      { timeoutMs: 60_000 },
    );
    const answer = await ask(stack.gateway.graphql, { token: ada.token, query });

    expect(added.data).toMatchObject({ addQuestion: { question: { id: expect.any(String) } } });
    expect(answer).toEqual({
      data: {
        product: {
          name: expect.any(String),
          questions: [{ text: expect.any(String), author: { name: 'Ada' } }],
        },
      },
    });
  }, 90_000);
});
