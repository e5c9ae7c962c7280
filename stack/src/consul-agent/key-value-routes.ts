import type { AgentState, Question, Route } from './answer.ts';
import { hasFlag, Refusal } from './answer.ts';
import { keyTopic } from './key-value.ts';

/** The `/v1/kv` part: read, list, compare-and-set, delete. Source: developer.hashicorp.com/consul/api-docs/kv */
export function keyValueRoutes({ keys }: AgentState): readonly Route[] {
  const path = /^\/v1\/kv\/(.*)$/;
  return [
    {
      method: 'GET',
      path,
      topics: ({ parts: [key = ''], query }) =>
        hasFlag(query, 'recurse') || hasFlag(query, 'keys')
          ? (topic) => topic.startsWith(keyTopic(key))
          : (topic) => topic === keyTopic(key),
      answer: ({ parts: [key = ''], query }) =>
        read(keys.read(key, { recurse: hasFlag(query, 'recurse') || hasFlag(query, 'keys') }), key, query),
    },
    {
      method: 'PUT',
      path,
      answer({ parts: [key = ''], query, body }) {
        if (key === '') throw new Refusal(400, 'Missing key name');
        return { body: keys.put(key, body, { ...casOf(query), flags: Number(query.get('flags') ?? 0) }) };
      },
    },
    {
      method: 'DELETE',
      path,
      answer: ({ parts: [key = ''], query }) => ({
        body: keys.remove(key, { ...casOf(query), recurse: hasFlag(query, 'recurse') }),
      }),
    },
  ];
}

function read(entries: ReturnType<AgentState['keys']['read']>, key: string, query: URLSearchParams) {
  if (entries.length === 0) throw new Refusal(404, '');
  if (hasFlag(query, 'keys'))
    return { body: [...new Set(entries.map((entry) => upTo(entry.Key, key, query.get('separator'))))] };
  if (hasFlag(query, 'raw')) return { body: Buffer.from(entries[0]?.Value ?? '', 'base64') };
  return { body: entries };
}

function upTo(name: string, prefix: string, separator: string | null): string {
  const end = separator ? name.indexOf(separator, prefix.length) : -1;
  return end < 0 ? name : name.slice(0, end + (separator?.length ?? 0));
}

function casOf(query: Question['query']): { cas?: number } {
  const cas = query.get('cas');
  if (cas === null) return {};
  if (/^\d+$/.test(cas)) return { cas: Number(cas) };
  throw new Refusal(400, `Invalid cas index ${JSON.stringify(cas)}`);
}
