import { whiten } from '../../lib/data/whiten';
import { normal, range } from '../support/numbers';
import { orthonormal, product, transposed } from '../support/matrices';
const err = (z: ArrayLike<number>, k: number) => { const n = z.length / k; let w = 0;
  for (let i=0;i<k;i++) for (let j=0;j<k;j++) { let s=0; for (let r=0;r<n;r++) s+=z[r*k+i]!*z[r*k+j]!; w=Math.max(w,Math.abs(s/n-(i===j?1:0))); } return w; };
test('tries', () => {
  const n = 500, k = 8;
  const draw = normal(2);
  const out: unknown[] = [];
  for (const [name, scales] of [['plain', range(k).map(() => 1)], ['columns', range(k).map(i => 10 ** (-8*i/(k-1)))]] as const)
  for (const method of ['zca', 'pca'] as const) {
    const Q = orthonormal(k, k, 3);
    const x = range(n).map(() => { const u = range(k).map(draw); return range(k).map(i => scales[i]! * (u[i]! + 0.5*u[0]!) + 3*scales[i]!); });
    const w = whiten(x, { method });
    const m = (i: number, j: number) => w.matrix.data[i*k+j]!;
    let asym = 0; for (let i=0;i<k;i++) for (let j=0;j<k;j++) asym = Math.max(asym, Math.abs(m(i,j)-m(j,i))/Math.sqrt(Math.abs(m(i,i)*m(j,j))));
    const back = w.invert(w.apply(x)); let inv = 0; x.flat().forEach((v,i)=> inv=Math.max(inv, Math.abs(v-back[i]!)/scales[i%k]!));
    out.push([name, method, err(w.apply(x), k), asym, inv]);
  }
  for (const kappa of [1e2,1e4, 1e5, 1e6, 1e7])
  for (const method of ['zca', 'pca'] as const) {
    const Q = orthonormal(k, k, 3);
    const x = product(range(n).map(() => range(k).map((i) => draw() * kappa ** (-i/(k-1)))), transposed(Q));
    try {
    const w = whiten(x, { method });
    const m = (i: number, j: number) => w.matrix.data[i*k+j]!;
    let asym = 0; for (let i=0;i<k;i++) for (let j=0;j<k;j++) asym = Math.max(asym, Math.abs(m(i,j)-m(j,i))/Math.sqrt(Math.abs(m(i,i)*m(j,j))));
    const back = w.invert(w.apply(x)); let inv = 0; x.flat().forEach((v,i)=> inv=Math.max(inv, Math.abs(v-back[i]!)));
    out.push([kappa, method, err(w.apply(x), k), asym, inv, w.components, 8*(8+Math.sqrt(n))*2.2e-16*kappa]); } catch (e) { out.push([kappa, method, (e as Error).message]); }
  }
  console.log(out.map(x => JSON.stringify(x)).join('\n'));
});
