import { runtime } from 'glissade';
import { nameOf, trained } from '../networks.mjs';
import { ours } from '../optimizers/contestants.mjs';
import { threadsOf } from '../wording.mjs';

// Other addons by name and the folder of their build/Release: GLISSADE_BENCH_ADDONS=clang:/tmp/clang,old:/tmp/old
const others = (process.env.GLISSADE_BENCH_ADDONS ?? '').split(',').flatMap((text) => {
  const [name, folder] = text.split(':');
  return folder ? [{ name, env: { GLISSADE_PREBUILD: folder } }] : [];
});
const addons = [
  { name: 'prebuilt', env: { PREBUILDS_ONLY: '1' } }, // makes node-gyp-build look in prebuilds alone
  { name: 'built here', env: {} },
  ...others,
];

const team = threadsOf(runtime().threads);

/** The same work for each addon of the same sources. */
export const rows = [
  ...trained.map(({ network, batch }) => ({
    title: `training step, ${nameOf(network)}, batch ${batch}, adam, ${team}`,
    unit: 'µs',
    trials: 7,
    contestants: addons.map((addon) => ({
      ...addon,
      program: 'training/glissade.mjs',
      args: [JSON.stringify(network), batch, 'float32'],
    })),
  })),
  ...[2 ** 14, 2 ** 18, 2 ** 20, 2 ** 22].map((size) => ({
    title: `adam over ${size.toLocaleString('en')} numbers, ${team}`,
    unit: 'µs',
    trials: 7,
    contestants: addons.map(({ name, env }) => ours(name, { shape: size }, { env })),
  })),
];
