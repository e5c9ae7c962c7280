import { drawSupergraph } from './draw-supergraph.ts';
import { openWorld } from './world.ts';
const counts = new Map<string, number>();
let ok = 0; const n = Number(process.argv[2] ?? 50);
const t0 = performance.now();
for (let s = 0; s < n; s++) {
  const texts = drawSupergraph(s);
  let w;
  try { w = await openWorld(texts); } catch (e) { console.log(s, String(e)); for (const t of texts) console.log('#',t.name,'\n'+t.sdl); throw e; }
  if ('refused' in w) { for (const r of w.refused) { const k = r.slice(0, 230); counts.set(k, (counts.get(k) ?? 0) + 1); } if (process.argv[3]) { for (const t of texts) console.log('#',t.name,'\n'+t.sdl); break;} } else { ok++; await w.close(); }
}
console.log(ok, 'of', n, (performance.now() - t0) / n, 'ms each');
for (const [k, c] of [...counts].sort((a,b)=>b[1]-a[1]).slice(0, 12)) console.log(c, k);
