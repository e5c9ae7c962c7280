import { hasDefer } from '../defer/defer-directive.ts';
import type { Failure, FuzzSummary } from './fuzz.ts';

/** A wrong answer with all that it takes to understand it and to see it again, for people. */
export function describeFailure({ seed, texts, testCase, answers, complaints }: Failure): string {
  const { source, variables, faults, data } = testCase;
  return [
    `The engine's answer is wrong. To see it again: npm run fuzz -- --seed ${seed} --cases 1${hasDefer(testCase.document) ? ' --defer' : ''}`,
    ...complaints.map((complaint) => `- ${complaint}`),
    ...texts.map(({ name, sdl }) => `\n# subgraph ${name}\n${sdl}`),
    `\n# operation\n${source}`,
    `# variables ${JSON.stringify(variables)}`,
    `# faults ${JSON.stringify(faults)}`,
    `# data ${JSON.stringify(data)}`,
    '\n# what the engine asked',
    ...answers.exchanges.map(
      ({ subgraph, query, variables: sent, answer }) =>
        `${subgraph} <- ${query} ${JSON.stringify(sent)}\n${subgraph} -> ${JSON.stringify(answer)}`,
    ),
    `\n# one schema answers\n${JSON.stringify(answers.expected)}`,
    `# the engine answers\n${JSON.stringify(answers.actual)}`,
  ].join('\n');
}

/** What was tried, in one line. */
export function describeProgress({ graphs, refused, cases, faulty, passedBy }: FuzzSummary, elapsedMs: number): string {
  return `${cases} cases (${faulty} with faults) on ${graphs} supergraphs (${refused} did not compose), ${sum(passedBy)} passed by, ${(elapsedMs / 1000).toFixed(1)} s`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
