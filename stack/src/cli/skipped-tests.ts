import { z } from 'zod';

const resultsShape = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) })),
});

/**
 * Lines that say which tests were skipped, from jest's `--json` results. A test that may be skipped gives its reason in
 * its title, as in "(needs docker)".
 */
export function skippedTests(json: string): string[] {
  const { testResults } = resultsShape.parse(JSON.parse(json));
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo');
  if (skipped.length === 0) return ['nothing was skipped'];
  return [
    `skipped: ${skipped.length}`,
    ...skipped.map(({ fullName }) => `  ${fullName}: ${/\((needs [^)]*)\)/.exec(fullName)?.[1] ?? 'no reason given'}`),
  ];
}
