import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { sharedStack } from '../testing/stack.ts';
import { type Entrance, entrancesOf } from './entrances.ts';
import { callers, type Class, classOf, fieldLaw, isAllowed, type Who } from './law.ts';
import { askFor, changeEntrances, changes } from './mutations.ts';
import { type Path, pathsFrom, reachableTypes, readFields, selectionOf, subgraphs } from './schema-paths.ts';
import { judge, type Verdict } from './verdicts.ts';
import { openWorld, type World } from './world.ts';
import { type Row, type Section, writeMatrix } from './write-matrix.ts';

const fields = readFields(subgraphs);
const inParallel = 8;
const committed = 'e2e/authorization/matrix.md';
const observed = '.state/authorization-matrix.md';

/** One question and its answer. */
interface Finding {
  readonly section: string;
  readonly entrance: string;
  readonly name: string;
  readonly who: Who;
  readonly classes: readonly Class[];
  /** For whom the way to it is. */
  readonly reach: readonly Class[];
  readonly verdict: Verdict;
}

describe('the authorization matrix', () => {
  let findings: readonly Finding[];
  let world: World;

  beforeAll(async () => {
    world = await openWorld(sharedStack());
    const seen = await inTurn(questionsOf(entrancesOf(world)));
    findings = [...seen, ...(await Promise.all(callers.map((who) => seeChanges(world, who)))).flat()];
  }, 120_000);

  it('says of every field of every type for whom it is', () => {
    const types = [...reachableTypes(fields), 'Mutation'];
    const unknown = types.flatMap((type) =>
      [...(fields.get(type)?.keys() ?? [])].map((field) => [type, field] as const),
    );

    expect(unknown.map(([type, field]) => classOf(type, field))).not.toContain(undefined);
    expect(Object.keys(fieldLaw).toSorted()).toEqual(types.toSorted());
    expect(new Set(changes.map(({ name }) => name.split(',')[0]))).toEqual(new Set(fields.get('Mutation')?.keys()));
  });

  it('asked every field of every type that an entrance leads to', () => {
    const asked = new Set(findings.map(({ section, name }) => `${section}.${name.split('.')[0]}`));
    const missing = ['User', 'Product', 'Order', 'OrderEvent'].flatMap((type) =>
      [...(fields.get(type)?.keys() ?? [])].map((field) => `${type}.${field}`).filter((name) => !asked.has(name)),
    );

    expect(missing).toEqual([]);
    expect(findings.length).toBeGreaterThan(1_000);
  });

  it('has no leak, and denies nobody what is theirs', () => {
    const wrong = findings.filter(({ who, classes, reach, verdict }) => {
      const isExpected = isAllowed(who, [...reach, ...classes]) ? 'yes' : 'no';
      return verdict !== isExpected;
    });

    expect(wrong.map(({ entrance, name, who, verdict }) => `${who} at ${entrance}, ${name}: ${verdict}`)).toEqual([]);
  });

  it('is the one that is committed', () => {
    const answered = [...fields.keys()].filter((type) => !reachableTypes(fields).has(type) && type !== 'Mutation');
    const matrix = writeMatrix(sectionsOf(findings), answered);
    mkdirSync('.state', { recursive: true });
    writeFileSync(observed, matrix);

    // When the change is meant: cp .state/authorization-matrix.md e2e/authorization/matrix.md
    expect(readFileSync(committed, 'utf8')).toBe(matrix);
  });

  it('lets nobody list what belongs to others', async () => {
    const { data } = await world.askGateway('another customer', { query: '{ orders { nodes { id } } }' }, world.owner);

    expect(data?.['orders']).toHaveProperty('nodes');
    expect(JSON.stringify(data)).not.toContain(`"${world.owner.orderId}"`);
  });
});

type Question = () => Promise<Finding>;

function questionsOf(entrances: readonly Entrance[]): readonly Question[] {
  return entrances.flatMap((entrance) =>
    pathsFrom(entrance.fields, entrance.type).flatMap((path) => callers.map((who) => () => see(entrance, path, who))),
  );
}

async function see(entrance: Entrance, path: Path, who: Who): Promise<Finding> {
  const answer = await entrance.ask(who, selectionOf(path));
  const { name, type: section, reach } = entrance;
  const isNothing = section === 'Query' && answer.data?.[path.steps[0] ?? ''] === null;
  const verdict = isNothing ? 'no' : judge(answer, [...entrance.at, ...path.steps]);
  return { section, entrance: name, name: path.steps.join('.'), who, classes: path.classes, reach, verdict };
}

async function seeChanges(world: World, who: Who): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const entrance of changeEntrances) {
    const owner = await world.newOwner();
    for (const change of changes) {
      const answer = await askFor(world, change, { who, entrance, owner });
      const [field = ''] = change.name.split(',');
      const outcome = Object(answer.data?.[field])['__typename'];
      const verdict = outcome === 'NotFound' ? 'no' : judge(answer, [field]);
      const classes = [change.class ?? classOf('Mutation', field)];
      found.push({ section: 'Mutation', entrance, name: change.name, who, classes, reach: [], verdict });
    }
  }
  return found;
}

/** Asks a few at once, so that nobody is asked a thousand things in one moment. */
async function inTurn(questions: readonly Question[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const waiting = questions.values();
  const work = async () => {
    for (const question of waiting) found.push(await question());
  };
  await Promise.all(Array.from({ length: inParallel }, work));
  return found;
}

function sectionsOf(findings: readonly Finding[]): readonly Section[] {
  return ['User', 'Product', 'Order', 'OrderEvent', 'Query', 'Mutation'].map((title) => {
    const own = findings.filter(({ section }) => section === title);
    const rows = new Map<string, Row>();
    for (const { name, classes } of own.toSorted(byPlace)) {
      if (!rows.has(name)) rows.set(name, { name, classes, seen: seenOf(own.filter((one) => one.name === name)) });
    }
    return { title, entrances: [...new Set(own.map(({ entrance }) => entrance))].toSorted(), rows: [...rows.values()] };
  });
}

const byPlace = (one: Finding, other: Finding) => one.name.localeCompare(other.name);

function seenOf(findings: readonly Finding[]): Row['seen'] {
  const of = (who: Who) =>
    new Map(
      findings
        .filter((one) => one.who === who && isAllowed(who, one.reach))
        .map(({ entrance, verdict }) => [entrance, verdict] as const)
        .toSorted(([a], [b]) => a.localeCompare(b)),
    );
  return {
    anonymous: of('anonymous'),
    'another customer': of('another customer'),
    owner: of('owner'),
    admin: of('admin'),
  };
}
