import fc from 'fast-check';
import { validate } from 'graphql';
import { drawSupergraph } from './draw-supergraph.ts';
import { openWorld } from './world.ts';
import { drawCases } from './draw-case.ts';
import { knownFaultOf } from './known-faults.ts';
import { compare } from './compare.ts';
const from = Number(process.argv[2] ?? 0), n = Number(process.argv[3] ?? 5), k = Number(process.argv[4] ?? 40);
const mode = process.argv[5] ?? 'none';
const t0 = performance.now(); let cases = 0, skipped = 0; const kinds = new Map<string, number>();
for (let s = from; s < from + n; s++) {
  const texts = drawSupergraph(s);
  const w = await openWorld(texts);
  if ('refused' in w) continue;
  const arb = drawCases(w);
  const result = await fc.check(fc.asyncProperty(arb, async (c) => {
    if (mode === 'none' && c.faults.length) c = { ...c, faults: [] };
    if (mode !== 'none' && mode !== 'any' && !c.faults.every(f => f.kind === mode)) return;
    if (knownFaultOf(w, c)) { skipped++; return; } const invalid = validate(w.schema, c.document); if (invalid.length) throw new Error('INVALID ' + invalid[0]?.message);
    const a = await w.run(c);
    cases++;
    const complaints = await compare(w, c, a);
    if (complaints.length) throw new Error(complaints.join('\n'));
  }), { numRuns: k, seed: s });
  if (result.failed) {
    const c = result.counterexample![0] as any;
    const c2 = mode === 'none' ? { ...c, faults: [] } : c;
    const a = await w.run(c2);
    const complaints = await compare(w, c2, a);
    const key = String(complaints[0] ?? result.errorInstance).slice(0, 150).replace(/[0-9]+/g,'N');
    kinds.set(key, (kinds.get(key) ?? 0) + 1);
    if (process.argv[6]) {
      for (const t of texts) console.log('#', t.name, '\n' + t.sdl.split('\n').slice(1).join('\n'));
      console.log('SEED', s, '\n'+c.source, JSON.stringify(c.variables), JSON.stringify(c2.faults), JSON.stringify(c.data));
      console.log(complaints);
      console.log('expected', JSON.stringify(a.expected)); console.log('actual', JSON.stringify(a.actual));
      for (const e of a.exchanges) console.log(e.subgraph, e.query, JSON.stringify(e.variables), '\n   ', JSON.stringify(e.answer));
      break;
    } else console.log('seed', s, result.numRuns, c.source.replace(/\s+/g,' ').slice(0, 250), '=>', complaints[0]?.slice(0, 200) ?? result.errorInstance);
  }
  await w.close();
}
console.log(skipped, 'skipped', cases, 'cases', ((performance.now() - t0)/1000).toFixed(1), 's');
for (const x of kinds) console.log(x);
