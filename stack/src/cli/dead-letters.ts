import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type DeadLetter, type DeadLetters, openDeadLetters } from '@storefront/platform/bus/dead-letters.ts';
import { eventQueues } from '@storefront/schema/events/queues.ts';
import { defaultState, readNamedServers } from '../config.ts';
import { StackFault } from '../fault.ts';
import { readStackRecord } from '../state-folder.ts';

/** How to use it. */
export const deadLettersHelp = `Shows and settles the events that consumers gave up on.

Usage: npm run dead-letters -- list | show ID | replay ID... | drop ID...

  list             the letters of every queue, oldest first
  show ID          one letter whole, as JSON
  replay ID...     puts letters back into their queues: their tries begin anew, effects they have had are not had again
  drop ID...       throws letters away for good

  --all            with replay and drop: every letter, of --queue when it is given
  --queue NAME     only this queue
  --json           list: one JSON object a line
  --state DIR      the stack that is meant (default .state/local); RABBITMQ_URL names another broker
`;

/** The queues that letters come from: those of the services, and the gateway's. */
const queues: readonly string[] = [...eventQueues.map(({ queue }) => queue), 'supergraph.live-events'];
const actions = ['list', 'show', 'replay', 'drop'] as const;

interface Asked {
  readonly action: (typeof actions)[number];
  readonly ids: readonly string[];
  readonly isAll: boolean;
  readonly queues: readonly string[];
  readonly isJson: boolean;
  readonly state: string;
}

/**
 * Does what `npm run dead-letters` is asked for, and returns what there is to say.
 * @throws StackFault for a command line that it does not understand, an id that no letter has, or a stack that does not run
 */
export async function deadLetters(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  if (words.length === 0 || words.includes('--help') || words.includes('-h')) return deadLettersHelp;
  const asked = read(words);
  const letters = await openDeadLetters(brokerOf(asked.state, environment));
  try {
    return await answer(letters, asked);
  } finally {
    await letters.close();
  }
}

async function answer(letters: DeadLetters, asked: Asked): Promise<string> {
  if (asked.action === 'list') return listOf((await everyLetter(letters, asked.queues)).flat(), asked.isJson);
  if (asked.action === 'show') {
    const found = (await everyLetter(letters, asked.queues)).flat().filter(({ id }) => asked.ids.includes(id));
    if (found.length === 0) throw noLetter(asked.ids);
    return found.map((letter) => JSON.stringify(describe(letter), null, 2)).join('\n');
  }
  const isMeant = ({ id }: DeadLetter) => asked.isAll || asked.ids.includes(id);
  let count = 0;
  for (const queue of asked.queues) count += await letters[asked.action](queue, isMeant);
  if (count === 0 && !asked.isAll) throw noLetter(asked.ids);
  const what = `${count} ${count === 1 ? 'letter' : 'letters'}`;
  return asked.action === 'replay' ? `replayed ${what}` : `dropped ${what}`;
}

async function everyLetter(letters: DeadLetters, names: readonly string[]): Promise<DeadLetter[][]> {
  return Promise.all(names.map((queue) => letters.list(queue)));
}

function listOf(letters: readonly DeadLetter[], isJson: boolean): string {
  if (isJson) return letters.map((letter) => JSON.stringify({ ...letter, body: undefined })).join('\n');
  if (letters.length === 0) return 'there are no dead letters';
  const row = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  const cells = letters.map(({ id, queue, type, at, tries, reason }) => [
    id,
    queue,
    type ?? '-',
    at?.toISOString() ?? '-',
    String(tries),
    reason.split('\n', 1)[0] ?? '',
  ]);
  const head = ['id', 'queue', 'type', 'happened', 'tries', 'reason'];
  const widths = head.map((_, index) => Math.max(...[head, ...cells].map((line) => line[index]?.length ?? 0)));
  return [head, ...cells].map((line) => row(line).trimEnd()).join('\n');
}

function describe({ body, ...letter }: DeadLetter): unknown {
  try {
    return { ...letter, event: JSON.parse(body) as unknown };
  } catch {
    return { ...letter, body };
  }
}

function read(words: readonly string[]): Asked {
  const { values, positionals } = parse(words);
  const [word = 'list', ...ids] = positionals;
  const action = actions.find((one) => one === word);
  if (action === undefined) throw new StackFault(`dead-letters can ${actions.join(', ')}, and not "${word}"`);
  const isAll = values.all ?? false;
  if (action !== 'list' && ids.length === 0 && !isAll) throw new StackFault(`${action} needs an id, or --all`);
  if (action === 'show' && isAll) throw new StackFault('show takes ids; "list" tells them');
  const { queue } = values;
  if (queue !== undefined && !queues.includes(queue))
    throw new StackFault(`there is no queue "${queue}". The queues are: ${queues.join(', ')}`);
  return {
    action,
    ids,
    isAll,
    queues: queue === undefined ? queues : [queue],
    isJson: values.json ?? false,
    state: values.state === undefined ? defaultState : resolve(values.state),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' },
        queue: { type: 'string' },
        json: { type: 'boolean' },
        state: { type: 'string' },
      },
    });
  } catch (error) {
    throw new StackFault(error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : String(error));
  }
}

function brokerOf(state: string, environment: NodeJS.ProcessEnv): string {
  const url = readNamedServers(environment).rabbitmq ?? readStackRecord(state)?.description?.servers.rabbitmq;
  if (url !== undefined) return url;
  throw new StackFault(`nothing runs on ${state}: start the stack, name another --state, or set RABBITMQ_URL`);
}

function noLetter(ids: readonly string[]): StackFault {
  return new StackFault(`no dead letter has the id ${ids.join(' or ')}`);
}
