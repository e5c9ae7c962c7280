/**
 * Reads server-sent events with fetch, which can send headers. Calls `take` with the data of each, until the stream ends or the
 * signal aborts. Throws an error with `status` when it is refused.
 */
export async function readEvents(url, { signal, take, ...request }) {
  const response = await fetch(url, { signal, ...request });
  if (!response.ok)
    throw Object.assign(new Error((await response.json()).detail ?? 'refused'), { status: response.status });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(response.body)) {
    const events = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = events.pop();
    for (const event of events) take(readEvent(event));
  }
}

function readEvent(text) {
  const fields = { event: 'message', data: '' };
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === 'data') fields.data += value;
    else if (name) fields[name] = value;
  }
  return fields;
}

async function* chunksOf(body) {
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}
