/** The launcher's command line. What it can do: `node stack/bootstrap.mjs --help`. Exit codes: 0, 1 for a failure, 2 for a command line it does not understand. */
import { CommandLineFault } from '@storefront/platform/process/command-line.ts';
import { type Arguments, readArguments } from './cli/arguments.ts';
import { deadLetters } from './cli/dead-letters.ts';
import { down } from './cli/down.ts';
import { steerGraph } from './cli/graph.ts';
import { showLog } from './cli/logs.ts';
import { roll } from './cli/roll.ts';
import { runHere } from './cli/run-here.ts';
import { runOneService } from './cli/service.ts';
import { statusOf, statusTable } from './cli/status.ts';
import { readyTable } from './cli/table.ts';
import { runTests, testHelp } from './cli/test.ts';
import { supervise, up } from './cli/up.ts';
import { npmCommand } from './config.ts';
import type { Progress } from './fault.ts';
import { textOf } from './fault.ts';

const progress: Progress = (line) => void process.stderr.write(`${line}\n`);
const print = (text: string) => void process.stdout.write(`${text}\n`);

async function run(asked: Arguments): Promise<number> {
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
      if (asked.words.some((word) => word === '--help' || word === '-h')) return tellOf(testHelp);
      return runTests(asked.words, process.env, progress);
    case 'dead-letters':
      return tellOf(await deadLetters(asked.words, process.env));
    case 'graph':
      return tellOf(await steerGraph(asked.words, process.env));
    case 'service':
      return runOneService(asked.words, { progress, print, gone: parentGone() });
    case 'demo':
      return tellDemo(asked.words);
    case 'new-subgraph':
      return tellOf(await makeSubgraph(asked.words));
    default:
      return asked.command satisfies never;
  }
}

function tellOf(text: string): number {
  print(text.trimEnd());
  return 0;
}

async function startInBackground(asked: Arguments): Promise<string> {
  const description = await up(asked, import.meta.filename, progress);
  return asked.isJson
    ? JSON.stringify(description)
    : `${readyTable(description)}  Stop: ${npmCommand('down', asked.state)}\n`;
}

async function makeSubgraph(words: readonly string[]): Promise<string> {
  const { newSubgraph } = await import('./cli/new-subgraph.ts'); // composition takes a second to load
  return newSubgraph(words, progress);
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

/** Who reads our output may stop reading (`| head`); what runs must not end for that. */
const ignoreClosedPipe = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
};

if (import.meta.main) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  try {
    const asked = readArguments(process.argv.slice(2));
    if ('help' in asked) process.stdout.write(asked.help);
    else process.exitCode = await run(asked);
  } catch (error) {
    progress(textOf(error));
    process.exitCode = error instanceof CommandLineFault ? 2 : 1;
  }
}
