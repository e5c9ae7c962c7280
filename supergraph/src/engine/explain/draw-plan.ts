import type { ExplainedFetch, ExplainedStep } from './explanation.ts';
import { titleOf } from './plan-text.ts';

const [rowHeight, textWidth, chartWidth, padding] = [26, 340, 420, 12];

/** A fetch on its row, and how deep it stands in the plan. */
interface Row {
  readonly fetch: ExplainedFetch;
  readonly depth: number;
}

/**
 * Draws a plan as SVG: a row for each fetch with a bar from when it was begun to when it had its answer, attempts that failed in
 * another colour; without times a bar shows what waits for what. It holds no script and nothing from elsewhere; colours follow the
 * reader's scheme, and texts say what colours say.
 */
export function drawPlan(step: ExplainedStep | null, totalMs: number | null): string {
  const rows = step ? listRows(step, 0) : [];
  const height = padding * 2 + Math.max(1, rows.length) * rowHeight + 20;
  const width = textWidth + chartWidth + padding * 2;
  const endMs = Math.max(totalMs ?? 0, ...rows.map(({ fetch }) => endOf(fetch)));
  const body = rows.map((row, at) => drawRow(row, { at, endMs })).join('');
  const axis = totalMs === null ? '' : drawAxis(endMs, height);
  const empty = rows.length === 0 ? `<text x="${padding}" y="${padding + 16}">nothing is fetched</text>` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${rows.length} fetches"><style>${style}</style>${body}${empty}${axis}</svg>`;
}

const style =
  'text{font:12px ui-monospace,monospace;fill:#222}.bar{fill:#2b6cb0}.failed{fill:#c53030}.planned{fill:#a0aec0}.axis{fill:#555}@media(prefers-color-scheme:dark){text{fill:#eee}.bar{fill:#63b3ed}.failed{fill:#fc8181}.axis{fill:#aaa}}';

function listRows(step: ExplainedStep, depth: number): Row[] {
  if (step.kind === 'fetch') return [{ fetch: step, depth }];
  if (step.kind !== 'sequence') return step.steps.flatMap((inner) => listRows(inner, depth));
  let at = depth;
  return step.steps.flatMap((inner) => {
    const rows = listRows(inner, at);
    at = Math.max(at, ...rows.map((row) => row.depth)) + 1;
    return rows;
  });
}

function endOf({ runs }: ExplainedFetch): number {
  return Math.max(0, ...runs.map(({ startedAtMs, tookMs }) => startedAtMs + tookMs));
}

function drawRow({ fetch, depth }: Row, { at, endMs }: { readonly at: number; readonly endMs: number }): string {
  const y = padding + at * rowHeight;
  const title = `<text x="${padding}" y="${y + 16}">${escape(shorten(titleOf(fetch)))}</text>`;
  const left = padding + textWidth;
  if (fetch.runs.length === 0)
    return `${title}<rect class="planned" x="${left + depth * 40}" y="${y + 5}" width="36" height="14" rx="3"/>`;
  const bars = fetch.runs.map(({ startedAtMs, tookMs, outcome, attempts }) => {
    const scale = endMs > 0 ? chartWidth / endMs : 0;
    const width = Math.max(2, tookMs * scale);
    const x = left + startedAtMs * scale;
    const told = `${tookMs} ms, ${attempts.map(({ instance, outcome: how }) => `${instance}: ${how}`).join(', ')}`;
    const kind = outcome === 'failed' ? 'failed' : 'bar';
    return `<rect class="${kind}" x="${x.toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="14" rx="3"><title>${escape(told)}</title></rect>`;
  });
  return title + bars.join('');
}

function drawAxis(endMs: number, height: number): string {
  const y = height - padding;
  const left = padding + textWidth;
  return `<text class="axis" x="${left}" y="${y}">0 ms</text><text class="axis" x="${left + chartWidth}" y="${y}" text-anchor="end">${endMs.toFixed(1)} ms</text>`;
}

const maxTitle = 44;

function shorten(title: string): string {
  return title.length > maxTitle ? `${title.slice(0, maxTitle - 1)}…` : title;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
