import type { Measured } from './measure.ts';
import type { LoadResult } from './run-load.ts';

const [width, height] = [640, 140];

/** The page of a run: a table, and for each kind of request how many ended in each second and the longest of them. Nothing from elsewhere. */
export function writeReport(profile: string, result: LoadResult, at: Date): string {
  const { broken, ...kinds } = result;
  const rows = Object.entries(kinds).map(([name, one]) => writeRow(name, one));
  const charts = Object.entries(kinds).map(
    ([name, { perSecond }]) =>
      `<h2>${name}</h2>${draw(
        `${name} per second`,
        perSecond.map(({ count }) => count),
      )}${draw(
        `longest ${name} of a second, ms`,
        perSecond.map(({ longestMs }) => Math.round(longestMs)),
      )}`,
  );
  const verdict = broken.length === 0 ? 'Every threshold was kept.' : broken.join('; ');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Load: ${profile}</title><style>${style}</style><h1>Load: ${profile}</h1><p>${at.toISOString()}</p><p><strong>${verdict}</strong></p><table><tr><th>what<th>count<th>failed<th>shed<th>half within<th>95 %<th>99 %</tr>${rows.join('')}</table>${charts.join('')}</html>\n`;
}

const style =
  'body{font:15px system-ui;margin:2rem auto;max-width:720px;color-scheme:light dark}table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right}rect{fill:#2b6cb0}text{font:11px system-ui;fill:currentColor}';

function writeRow(name: string, { count, failed, shed, p50Ms, p95Ms, p99Ms }: Measured): string {
  return `<tr><th>${name}<td>${count}<td>${failed}<td>${shed}<td>${p50Ms} ms<td>${p95Ms} ms<td>${p99Ms} ms</tr>`;
}

function draw(title: string, values: readonly number[]): string {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const bars = values.map((value, at) => {
    const tall = (value / most) * (height - 20);
    return `<rect x="${(at * step).toFixed(1)}" y="${(height - tall).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${tall.toFixed(1)}"/>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}, at most ${most}"><text x="0" y="12">${title}: at most ${most}</text>${bars.join('')}</svg>`;
}
