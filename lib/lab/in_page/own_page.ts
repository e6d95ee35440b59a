import { constants, gzipSync } from 'node:zlib';
import { runtime } from '../../index.js';
import type { DataName } from '../carried_data.js';
import { digits, iris } from '../data.js';
import { experimentNamed } from '../named.js';
import { checkedCounterModel, checkedSettings, type ExperimentOptions } from '../run.js';
import { livePage } from '../serve/live_page.js';
import { Trial } from '../trial.js';
import { bytesOfDigits, bytesOfIris } from './carry.js';
import { moduleScript } from './module_script.js';
import { script } from './worker_script.js';

/** Reads data as bytes for a page. */
const bytesOf: Readonly<Record<DataName, () => Promise<Uint8Array>>> = {
  iris: async () => bytesOfIris(await iris()),
  digits: async () => bytesOfDigits(await digits()),
};

/**
 * A live page in one file. Its experiments run in the page's own workers, on WebAssembly. The file includes the module of
 * glissade-wasm and the data of the experiments, so the page needs neither a server nor a network.
 *
 * @param names Names of its experiments. If there are several, it has the race too.
 * @param options Where the page begins. Settings and a counter-model are those of the one experiment.
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if glissade-wasm is not installed; TypeError or RangeError for an
 *   unknown name, setting or counter-model, or a value out of range.
 */
export async function ownPage(
  names: readonly string[],
  options: Pick<ExperimentOptions, 'size' | 'settings' | 'counterModel'> = {},
): Promise<string> {
  const experiments = names.map(experimentNamed);
  const { size = 'full', settings = {} } = options;
  const counterModel = checkedCounterModel(options);
  for (const experiment of experiments) {
    const checked = checkedSettings(experiment, { size, settings });
    // Runs none of the experiment's parts, only its check that one of them has this counter-model.
    if (counterModel !== undefined)
      await experiment.run(checked, new Trial({}, { counterModel, chooses: () => false }));
  }
  const isOne = experiments.length === 1;
  const needed = new Set<DataName>([
    ...experiments.flatMap(({ data = [] }) => data),
    ...(isOne ? [] : ['digits' as const]),
  ]);
  const worker = Buffer.from((await moduleScript()) + script);
  const { carried, missing } = await dataFor(needed);
  return livePage({
    experiments,
    size,
    engine: `The page itself runs them, on the WebAssembly build of glissade ${runtime().version}: it needs neither a server nor a network.`,
    raceData: isOne ? undefined : [...carried.keys()].filter((name) => name === 'digits'),
    refusals: Object.fromEntries(
      experiments.flatMap(({ name, data = [] }) => {
        const reason = data.map((one) => missing.get(one)).find((one) => one !== undefined);
        return reason === undefined ? [] : [[name, `This page can’t run the experiment: when it was made, ${reason}`]];
      }),
    ),
    initial: { settings: settings as Record<string, number>, counterModel },
    parts: [['worker', worker] as const, ...carried].map(([name, bytes]) => partHtml(name, bytes)).join('\n'),
  });
}

/** The data that are installed, and for the others the reason why they can't be read. */
async function dataFor(names: Iterable<DataName>) {
  const carried = new Map<DataName, Uint8Array>();
  const missing = new Map<DataName, string>();
  for (const name of names)
    try {
      carried.set(name, await bytesOf[name]());
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (code !== 'ERR_UNSUPPORTED_PLATFORM') throw error;
      missing.set(name, message);
    }
  return { carried, missing };
}

/** An element with gzipped bytes, which the page's script reads. */
function partHtml(name: string, bytes: Uint8Array): string {
  const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  return `<script type="text/plain" id="carried-${name}">${packed.toString('base64')}</script>`;
}
