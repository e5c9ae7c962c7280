import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KnownSdl } from './sdl-source.ts';

const shape = z.object({
  /** What it was composed of: equal inputs, equal graphs. See `inputsOf`. */
  inputs: z.string(),
  /** The supergraph. */
  sdl: z.string().min(1),
  subgraphs: z.array(z.object({ name: z.string(), hash: z.string(), sdl: z.string() })).min(1),
});

/** A composed graph with what it was composed of, as it is kept and told to others. */
export type Composed = Readonly<z.infer<typeof shape>>;

/** The SHA-256 of a set of SDLs, hex; the order does not matter. */
export function inputsOf(sdls: ReadonlyMap<string, KnownSdl>): string {
  const hash = createHash('sha256');
  for (const [name, { sdl }] of inOrder(sdls)) hash.update(`${name}\n${sdl.length}\n${sdl}\n`);
  return hash.digest('hex');
}

/** Puts together what is kept of a composition. */
export function describeComposed(sdls: ReadonlyMap<string, KnownSdl>, sdl: string): Composed {
  const subgraphs = inOrder(sdls).map(([name, known]) => ({ name, ...known }));
  return { inputs: inputsOf(sdls), sdl, subgraphs };
}

/** The SDLs that a graph was composed of. */
export function sdlsOf({ subgraphs }: Composed): ReadonlyMap<string, KnownSdl> {
  return new Map(subgraphs.map(({ name, hash, sdl }) => [name, { hash, sdl }]));
}

/** Reads what was kept; null for anything else, and when its parts do not belong together. */
export function readComposed(value: unknown): Composed | null {
  const { data } = shape.safeParse(value);
  return data && inputsOf(sdlsOf(data)) === data.inputs ? data : null;
}

function inOrder(sdls: ReadonlyMap<string, KnownSdl>) {
  return [...sdls].sort(([a], [b]) => (a < b ? -1 : 1));
}
