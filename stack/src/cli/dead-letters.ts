import { type DeadLetter, type DeadLetters, openDeadLetters } from '@storefront/platform/bus/dead-letters.ts';
import {
  choiceOf,
  CommandLineFault,
  flag,
  oneOf,
  parseCommandLine,
} from '@storefront/platform/process/command-line.ts';
import { eventQueues } from '@storefront/schema/events/queues.ts';
import { readNamedServers } from '../config.ts';
import { StackFault } from '../fault.ts';
import { readStackRecord } from '../state-folder.ts';
import { stateOption } from './arguments.ts';

/** The queues that letters come from: those of the services, and the gateway's. */
const queues: readonly string[] = [...eventQueues.map(({ queue }) => queue), 'supergraph.live-events'];
const actions = ['list', 'show', 'replay', 'drop'] as const;
const command = {
  usage: 'npm run dead-letters -- list | show ID | replay ID... | drop ID...',
  does: 'Shows and settles the events that consumers gave up on.',
  options: {
    all: flag('with replay and drop: every letter, of --queue when it is given'),
    queue: oneOf(queues, 'only this queue', undefined),
    json: flag('list: one JSON object a line'),
    state: stateOption,
  },
  words: { least: 1, most: 10_000 },
  more: `list             the letters of every queue, oldest first
show ID          one letter whole, as JSON
replay ID...     puts letters back into their queues: their tries begin anew, effects they have had are not had again
drop ID...       throws letters away for good

The queues are ${queues.join(', ')}. RABBITMQ_URL names another broker than that of the stack.`,
} as const;

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
 * @throws CommandLineFault; StackFault for an id that no letter has, or a stack that does not run
 */
export async function deadLetters(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const asked = read(words);
  if ('help' in asked) return asked.help;
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

function read(given: readonly string[]): Asked | { readonly help: string } {
  const asked = parseCommandLine(given.length === 0 ? ['--help'] : given, command);
  if ('help' in asked) return asked;
  const { words, options } = asked;
  const [word = '', ...ids] = words;
  const action = choiceOf('what dead-letters does', word, actions);
  if (action !== 'list' && ids.length === 0 && !options.all)
    throw new CommandLineFault(`${action} needs an id, or --all`);
  if (action === 'show' && options.all) throw new CommandLineFault('show takes ids; "list" tells them');
  const { queue, all: isAll, json: isJson, state } = options;
  return { action, ids, isAll, queues: queue === undefined ? queues : [queue], isJson, state };
}

function brokerOf(state: string, environment: NodeJS.ProcessEnv): string {
  const url = readNamedServers(environment).rabbitmq ?? readStackRecord(state)?.description?.servers.rabbitmq;
  if (url !== undefined) return url;
  throw new StackFault(`nothing runs on ${state}: start the stack, name another --state, or set RABBITMQ_URL`);
}

function noLetter(ids: readonly string[]): StackFault {
  return new StackFault(`no dead letter has the id ${ids.join(' or ')}`);
}
