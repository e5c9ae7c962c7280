import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultState } from '../config.ts';
import { StackFault } from '../fault.ts';

/** What a person typed, checked. */
export type Arguments = {
  readonly command: Command;
  readonly words: readonly string[];
  readonly state: string;
  readonly ports: 'standard' | 'free';
  readonly replicas: number;
  readonly isJson: boolean;
  readonly isFollowing: boolean;
  readonly isHelp: boolean;
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
  service: 'start one more instance of NAME beside a stack that runs',
  'new-subgraph': 'make a new subgraph',
  demo: 'tell the story of the graph in five minutes',
  supervise: '',
} as const;
/** The name of a command. */
export type Command = keyof typeof commands;

const maxReplicas = 16;

/** What the launcher prints for --help. */
export const help = `Starts the storefront supergraph on this machine.

Usage: npm start | npm run up|down|status|roll|logs|servers|dead-letters|service|new:subgraph|demo | npm test    (options after "--")

${Object.entries(commands)
  .filter(([, text]) => text)
  .map(([name, text]) => `  ${name.padEnd(13)} ${text}`)
  .join('\n')}

Options
  --state DIR             where data, logs and secrets are kept (default .state/local)
  --ports standard|free   the documented ports, or the next free ones when taken (default); or any free ports
  --replicas N            start N of each service, 1 to ${maxReplicas} (default 1)
  --servers-only          up: only Postgres, Redis, RabbitMQ and Consul
  --json                  up, status: print one JSON object on stdout and nothing else
  -f, --follow            logs: go on as lines arrive
  -h, --help              this text

DATABASE_URL, REDIS_URL, RABBITMQ_URL and CONSUL_URL name servers to use; one that is not set is started privately.
`;

/** Reads the command line. @throws StackFault that says what is wrong with it */
export function readArguments(line: readonly string[]): Arguments & { readonly isServersOnly: boolean } {
  const [command = '', ...rest] = line;
  if (isWithOwnWords(command)) return { ...defaults, command, words: rest, isServersOnly: false };
  if (command === '' || ['-h', '--help', 'help'].includes(command))
    return { ...defaults, command: 'start', isHelp: true, isServersOnly: false };
  if (!isCommand(command))
    throw new StackFault(
      `there is no command "${command}". The commands are: ${Object.keys(commands)
        .filter((name) => name !== 'supervise')
        .join(', ')}. See --help.`,
    );
  const { values, positionals } = parse(rest);
  if (positionals.length > (command === 'logs' || command === 'roll' ? 1 : 0))
    throw new StackFault(`${command} does not take "${positionals.at(-1)}". See --help.`);
  return {
    command,
    words: positionals,
    state: values.state === undefined ? defaults.state : resolve(nonEmpty('--state', values.state)),
    ports: oneOf('--ports', values.ports ?? 'standard', ['standard', 'free']),
    replicas: countOf(values.replicas ?? '1'),
    isJson: values.json ?? false,
    isFollowing: values.follow ?? false,
    isHelp: values.help ?? false,
    isServersOnly: command === 'servers' || (values['servers-only'] ?? false),
  };
}

const defaults = {
  state: defaultState,
  ports: 'standard',
  replicas: 1,
  isJson: false,
  isFollowing: false,
  isHelp: false,
  words: [],
} as const;

/** Commands that read their own command lines. */
const withOwnWords = ['test', 'dead-letters', 'service', 'new-subgraph', 'demo'] as const;
const isWithOwnWords = (name: string): name is (typeof withOwnWords)[number] =>
  (withOwnWords as readonly string[]).includes(name);
const isCommand = (name: string): name is Command => Object.hasOwn(commands, name);

function parse(line: string[]) {
  try {
    return parseArgs({
      args: line,
      allowPositionals: true,
      options: {
        state: { type: 'string' },
        ports: { type: 'string' },
        replicas: { type: 'string' },
        json: { type: 'boolean' },
        follow: { type: 'boolean', short: 'f' },
        help: { type: 'boolean', short: 'h' },
        'servers-only': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new StackFault(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}. See --help.`);
  }
}

function oneOf<Choice extends string>(option: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw new StackFault(`${option} is "${value}"; it can be ${choices.join(' or ')}`);
  return choice;
}

function nonEmpty(option: string, value: string): string {
  if (value === '') throw new StackFault(`${option} needs a value`);
  return value;
}

function countOf(value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= maxReplicas) return count;
  throw new StackFault(`--replicas is "${value}"; it can be a whole number from 1 to ${maxReplicas}`);
}
