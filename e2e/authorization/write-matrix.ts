import { callers, type Class, describeClasses, type Who } from './law.ts';
import type { Verdict } from './verdicts.ts';

/** What was seen of one field or change, at every entrance whose way is open to who asked. */
export interface Row {
  readonly name: string;
  readonly classes: readonly Class[];
  readonly seen: Readonly<Record<Who, ReadonlyMap<string, Verdict>>>;
}

/** A part of the matrix. */
export interface Section {
  readonly title: string;
  readonly entrances: readonly string[];
  readonly rows: readonly Row[];
}

/** Writes the matrix for people: a table for each section. */
export function writeMatrix(sections: readonly Section[], onlyInAnswers: readonly string[]): string {
  return [
    '# Who may see and do what',
    '',
    'Made by `e2e/authorization/matrix.test.ts` from what the running services answered. The law that it is held against is',
    '[law.ts](law.ts). `owner` owns the user, order, notifications and sessions that are asked for. `yes`: got it. `no`: a denial, or',
    'nothing there. Where entrances differ, each is named.',
    '',
    ...sections.flatMap(writeSection),
    '## Only in the answer to a change of one’s own',
    '',
    'No query leads to these types; what they hold of users, products and orders is guarded as above.',
    '',
    onlyInAnswers.toSorted().join(', '),
    '',
  ].join('\n');
}

function writeSection({ title, entrances, rows }: Section): readonly string[] {
  return [
    `## ${title}`,
    '',
    'Through:',
    '',
    ...entrances.map((name) => `- \`${name}\``),
    '',
    `| what | for | ${callers.join(' | ')} |`,
    `| --- | --- |${callers.map(() => ' --- |').join('')}`,
    ...rows.map(
      ({ name, classes, seen }) =>
        `| ${name} | ${describeClasses(classes)} | ${callers.map((who) => describe(seen[who])).join(' | ')} |`,
    ),
    '',
  ];
}

function describe(seen: ReadonlyMap<string, Verdict>): string {
  const verdicts = new Set(seen.values());
  const [only] = verdicts;
  if (verdicts.size <= 1) return only ?? '-';
  return [...seen].map(([entrance, verdict]) => `${entrance}: ${verdict}`).join('; ');
}
