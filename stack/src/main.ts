/** The launcher's command line. What it can do: `node stack/bootstrap.mjs --help`. Exit codes: 0, 1 for a failure, 2 for a command line it does not understand. */
import { help, readArguments } from './cli/arguments.ts';
import { deadLetters } from './cli/dead-letters.ts';
import { down } from './cli/down.ts';
import { showLog } from './cli/logs.ts';
import { roll } from './cli/roll.ts';
import { runHere } from './cli/run-here.ts';
import { runOneService } from './cli/service.ts';
import { statusOf, statusTable } from './cli/status.ts';
import { readyTable } from './cli/table.ts';
import { runTests } from './cli/test.ts';
import { supervise, up } from './cli/up.ts';
import { npmCommand } from './config.ts';
import type { Progress } from './fault.ts';
import { textOf } from './fault.ts';

type Asked = ReturnType<typeof readArguments>;

const progress: Progress = (line) => void process.stderr.write(`${line}\n`);
const print = (text: string) => void process.stdout.write(`${text}\n`);

async function run(asked: Asked): Promise<number> {
  switch (asked.command) {
    case 'start':
    case 'servers':
      await runHere(asked, process.env, {
        progress,
        gone: parentGone(),
        ready: (description) => print(asked.isJson ? JSON.stringify(description) : readyTable(description)),
      });
      return 0;
    case 'up':
      print(await startInBackground(asked));
      return 0;
    case 'supervise':
      await supervise(asked, process.env);
      return Number(process.exitCode ?? 0);
    case 'down':
      print(await down(asked.state, progress));
      return 0;
    case 'status': {
      const status = await statusOf(asked.state);
      print(asked.isJson ? JSON.stringify(status) : statusTable(status));
      return status.isRunning ? 0 : 1;
    }
    case 'roll':
      print(await roll(asked.state, asked.words[0], progress));
      return 0;
    case 'logs':
      await showLog(asked.state, asked.words[0], { isFollowing: asked.isFollowing, signal: interrupted() });
      return 0;
    case 'test':
      return runTests(asked.words, process.env, progress);
    case 'dead-letters':
      print(await deadLetters(asked.words, process.env));
      return 0;
    case 'service':
      return runOneService(asked.words, { progress, gone: parentGone() });
    case 'demo':
      return tellDemo(asked.words);
    case 'new-subgraph': {
      const { newSubgraph } = await import('./cli/new-subgraph.ts'); // composition takes a second to load
      print(await newSubgraph(asked.words, progress));
      return 0;
    }
    default:
      return asked.command satisfies never;
  }
}

async function startInBackground(asked: Asked): Promise<string> {
  const description = await up(asked, import.meta.filename, progress);
  return asked.isJson
    ? JSON.stringify(description)
    : `${readyTable(description)}  Stop: ${npmCommand('down', asked.state)}\n`;
}

async function tellDemo(words: readonly string[]): Promise<number> {
  const { demo } = await import('./cli/demo.ts');
  const write = (text: string) => void process.stdout.write(text);
  const isTerminal = process.stdout.isTTY && process.stdin.isTTY;
  return demo(words, { progress, write, isTerminal, environment: process.env, signal: interrupted() });
}

/** Aborts when the bootstrap that started this process dies. The channel to it does not keep this process alive. */
function parentGone(): AbortSignal {
  const controller = new AbortController();
  process.once('disconnect', () => controller.abort());
  process.channel?.unref();
  return controller.signal;
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort()).once('SIGTERM', () => controller.abort());
  process.stdout.once('error', () => controller.abort());
  return controller.signal;
}

function understood(line: readonly string[]): Asked | null {
  try {
    return readArguments(line);
  } catch (error) {
    progress(textOf(error));
    return null;
  }
}

/** Who reads our output may stop reading (`| head`); what runs must not end for that. */
const ignoreClosedPipe = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
};

if (import.meta.main) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const asked = understood(process.argv.slice(2));
  if (asked === null) process.exitCode = 2;
  else if (asked.isHelp) print(help);
  else {
    try {
      process.exitCode = await run(asked);
    } catch (error) {
      progress(textOf(error));
      process.exitCode = 1;
    }
  }
}
