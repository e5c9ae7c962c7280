import type { ExplainedFetch, ExplainedStep } from './explanation.ts';

/** A plan as indented text, one line for each step. */
export function writePlan(step: ExplainedStep | null): string {
  return step ? writeStep(step, '').join('\n') : '(nothing is fetched)';
}

function writeStep(step: ExplainedStep, indent: string): string[] {
  if (step.kind === 'fetch')
    return [`${indent}${titleOf(step)}`, ...timesOf(step).map((line) => `${indent}   ${line}`)];
  const title = step.kind === 'condition' && 'variable' in step ? `if $${String(step.variable)}` : titles[step.kind];
  return [`${indent}${title}`, ...step.steps.flatMap((inner) => writeStep(inner, `${indent}  `))];
}

const titles = {
  sequence: 'one after the other',
  parallel: 'at once',
  subscription: 'for each event',
  defer: 'at first, then the deferred parts',
  condition: 'if',
} as const;

/** What a fetch is called: `2 products  me.orders.nodes.@.product`. */
export function titleOf({ number, subgraph, path, operation }: ExplainedFetch): string {
  const what = operation === 'query' ? '' : ` ${operation}`;
  return `${number} ${subgraph}${what}${path ? `  ${path}` : ''}`;
}

function timesOf({ runs }: ExplainedFetch): string[] {
  return runs.map(({ startedAtMs, tookMs, outcome, entities, answerBytes, attempts }) => {
    const facts = [
      `${tookMs} ms from ${startedAtMs} ms`,
      entities === null ? '' : `${entities} ${entities === 1 ? 'entity' : 'entities'}`,
      answerBytes === null ? '' : `${answerBytes} bytes`,
      outcome === 'failed' ? 'no answer' : '',
      attempts.map((attempt) => `${attempt.instance}: ${attempt.outcome}`).join(', ') || 'from what was kept',
    ];
    return facts.filter(Boolean).join(', ');
  });
}
