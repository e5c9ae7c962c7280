/**
 * Reads samples of Prometheus' text format: the sum of each name over its labels. Comments and what is no number are passed over.
 * Source: prometheus.io/docs/instrumenting/exposition_formats
 */
export function readSamples(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([a-z_]\w*)(?:\{.*\})? (\S+)/i.exec(line) ?? [];
    const number = Number(value);
    if (name !== '' && value !== '' && Number.isFinite(number)) samples.set(name, (samples.get(name) ?? 0) + number);
  }
  return samples;
}
