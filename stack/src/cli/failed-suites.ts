import { z } from 'zod';

const resultsShape = z.object({ testResults: z.array(z.object({ name: z.string(), status: z.string() })) });

/** More failures than this are no accident of a busy machine. */
const mostTriedAgain = 3;

/**
 * The files of the suites that failed, from jest's `--json` results, when they are so few that each deserves a second try alone;
 * otherwise none.
 */
export function suitesToTryAgain(json: string): readonly string[] {
  const { testResults } = resultsShape.parse(JSON.parse(json));
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length <= mostTriedAgain ? failed : [];
}
