/** The text of a `@cacheTag`, taken apart: what stands before and after the one thing that is filled in. */
export interface TagFormat {
  readonly prefix: string;
  readonly suffix: string;
  /** Where the value comes from; null for a text that is the tag itself. */
  readonly source: { readonly from: 'key' | 'args'; readonly path: readonly string[] } | null;
}

const placeholder = /\{\$(key|args)\.([A-Za-z_][\w.]*)\}/g;

/** Reads a format such as `product-{$key.id}`. @throws Error when it has several placeholders, or something like one */
export function readTagFormat(text: string): TagFormat {
  const [first, second] = text.matchAll(placeholder);
  if (second) throw new Error(`@cacheTag: "${text}" may have one placeholder`);
  if (!first) {
    if (text === '' || /[{}]/.test(text)) throw new Error(`@cacheTag: "${text}" is no format`);
    return { prefix: text, suffix: '', source: null };
  }
  const [whole, from, path = ''] = first;
  const source = { from: from === 'args' ? ('args' as const) : ('key' as const), path: path.split('.') };
  return { prefix: text.slice(0, first.index), suffix: text.slice(first.index + whole.length), source };
}

/** The tag for a value; for one that cannot be told, the tag of what may be any of them. */
export function fillTag({ prefix, suffix, source }: TagFormat, value: unknown): string {
  if (!source) return prefix;
  const isTold = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return `${prefix}${isTold ? String(value) : '*'}${suffix}`;
}

/** The tags to throw away when what `value` names has changed: its own, and that of what may have it among others. */
export function tagsToPurge(format: TagFormat, value: unknown): readonly string[] {
  return [...new Set([fillTag(format, value), fillTag(format, undefined)])];
}

/** Equal for formats that differ only in where the value comes from. */
export function skeletonOf({ prefix, suffix, source }: TagFormat): string {
  return source ? `${prefix}{}${suffix}` : prefix;
}

/** What is at a path of a JSON value; undefined when there is nothing. */
export function readPath(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
