import { resolve } from 'node:path';
import {
  CommandLineFault,
  flag,
  oneOf,
  type Option,
  parseCommandLine,
  text,
  wholeNumber,
} from '@storefront/platform/process/command-line.ts';
import { defaultState } from '../config.ts';

/** What a person typed, checked. */
export type Arguments = {
  readonly command: Command;
  readonly words: readonly string[];
  readonly state: string;
  readonly ports: 'standard' | 'free';
  readonly replicas: number;
  readonly isServersOnly: boolean;
  readonly isJson: boolean;
  readonly isFollowing: boolean;
};

/** The commands, with what each does. */
export const commands = {
  start: 'start everything here and stay; Ctrl-C stops it',
  up: 'start everything in the background, return when it is ready',
  down: 'stop what runs in the background',
  status: 'show each process: id, port, memory, whether it is ready',
  roll: 'replace the instances of NAME (or all) one after the other, without an interruption',
  logs: 'show the log of NAME (add -f to follow it)',
  servers: 'like start, but only Postgres, Redis, RabbitMQ and Consul',
  test: 'start servers for tests and run jest with the arguments that follow',
  'dead-letters': 'list, show, replay or drop the events that consumers gave up on',
  graph: 'tell the gateways shares of @override and retired subgraphs',
  service: 'start one more instance of NAME beside a stack that runs',
  'new-subgraph': 'make a new subgraph',
  demo: 'tell the story of the graph in five minutes',
  supervise: '',
} as const;
/** The name of a command. */
export type Command = keyof typeof commands;

const namedServers =
  'DATABASE_URL, REDIS_URL, RABBITMQ_URL and CONSUL_URL name servers to use; one that is not set is started privately.';

/** What the launcher prints for --help without a command. */
const help = `Starts the storefront supergraph on this machine.

Usage: npm start | npm run up|down|status|roll|logs|servers|dead-letters|graph|service|new:subgraph|demo | npm test    (options after "--")

${Object.entries(commands)
  .filter(([, does]) => does)
  .map(([name, does]) => `  ${name.padEnd(13)} ${does}`)
  .join('\n')}

Each tells its options: npm run up -- --help

${namedServers}
`;

/** The folder of the stack that is meant, as an absolute path. */
export const stateOption: Option<string> = {
  ...text('DIR', 'where data, logs and secrets are kept (.state/local)', undefined),
  read: (option, given) => resolve(text('DIR', '', defaultState).read(option, given)),
};

const options = {
  state: stateOption,
  ports: oneOf(
    ['standard', 'free'],
    'the documented ports, or the next free ones when taken; or any free ports',
    'standard',
  ),
  replicas: wholeNumber('start so many of each service', { least: 1, most: 16, fallback: 1 }),
  'servers-only': flag('only Postgres, Redis, RabbitMQ and Consul'),
  json: flag('print one JSON object on stdout and nothing else'),
  follow: flag('go on as lines arrive', 'f'),
};

const starting = ['state', 'ports', 'replicas', 'json'] as const;
/** Which options each takes; the other commands read their own command lines. */
const taken: Readonly<Record<OwnCommand, readonly (keyof typeof options)[]>> = {
  start: starting,
  servers: ['state', 'ports', 'json'],
  up: [...starting, 'servers-only'],
  supervise: [...starting, 'servers-only'],
  down: ['state'],
  status: ['state', 'json'],
  roll: ['state'],
  logs: ['state', 'follow'],
};
type OwnCommand = Exclude<Command, (typeof withOwnWords)[number]>;

/** Reads the command line, or finds the help that it asks for. @throws CommandLineFault that says what is wrong with it */
export function readArguments(line: readonly string[]): Arguments | { readonly help: string } {
  const [command = '', ...rest] = line;
  if (isWithOwnWords(command)) return { command, words: rest, ...meaningOf(unasked) };
  if (command === '' || ['-h', '--help', 'help'].includes(command)) return { help };
  if (isOwnCommand(command)) return readOptions(command, rest);
  const names = Object.keys(commands).filter((name) => name !== 'supervise');
  throw new CommandLineFault(`there is no command "${command}". The commands are: ${names.join(', ')}. See --help.`);
}

function readOptions(command: OwnCommand, rest: readonly string[]): Arguments | { readonly help: string } {
  const name = command === 'logs' || command === 'roll' ? 'NAME' : null;
  const own = Object.fromEntries(taken[command].map((option) => [option, options[option]]));
  const asked = parseCommandLine(rest, {
    usage: `npm ${command === 'start' ? 'start' : `run ${command}`}${name === null ? '' : ` -- ${name}`}`,
    does: `${command}: ${commands[command]}.`,
    options: own as typeof options,
    words: { least: 0, most: name === null ? 0 : 1 },
    ...(taken[command].includes('replicas') ? { more: namedServers } : {}),
  });
  if ('help' in asked) return asked;
  return { command, words: asked.words, ...meaningOf({ ...unasked, ...asked.options }) };
}

/** What holds for the options that a command does not take. */
const unasked = {
  state: defaultState,
  ports: 'standard',
  replicas: 1,
  'servers-only': false,
  json: false,
  follow: false,
} as const;

function meaningOf({
  state,
  ports,
  replicas,
  'servers-only': isServersOnly,
  json: isJson,
  follow: isFollowing,
}: {
  readonly [Name in keyof typeof options]: ReturnType<(typeof options)[Name]['read']>;
}): Omit<Arguments, 'command' | 'words'> {
  return { state, ports, replicas, isServersOnly, isJson, isFollowing };
}

/** Commands that read their own command lines. */
const withOwnWords = ['test', 'dead-letters', 'graph', 'service', 'new-subgraph', 'demo'] as const;
const isWithOwnWords = (name: string): name is (typeof withOwnWords)[number] =>
  (withOwnWords as readonly string[]).includes(name);
const isOwnCommand = (name: string): name is OwnCommand => Object.hasOwn(taken, name);
