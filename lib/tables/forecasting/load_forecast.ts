import { isPlainObject } from '../../checks/kinds.js';
import { errorWith } from '../../errors.js';
import { hasChecksums, readChecked, readHeader } from '../../formats/checked.js';
import { withSource } from '../../formats/files.js';
import { corrupt, type Header, headerLength, parseHeader } from '../../formats/safetensors.js';
import { loadTableModel } from '../table_model.js';
import { type Forecaster, type ForecastMethod, persistence, seasonalPersistence } from './candidate.js';
import { CombinationForecaster, type CombinationWeights, membersUsed } from './combination.js';
import type { Corrections } from './corrections.js';
import { type SeriesSmoothing, SmoothingForecaster } from './exponential_smoothing.js';
import type { FittedSmoothing } from './fit_smoothing.js';
import { ForecastModel } from './forecast_model.js';
import { LinearForecaster } from './linear.js';
import { neededFor } from './methods.js';
import { NetworkForecaster } from './network.js';
import { filledForward, type Series } from './series.js';
import type { SmoothingState } from './smoothing.js';
import type { ForecastSpec } from './spec.js';
import { format, version } from './write_forecast.js';

export const isForecastHeader = ({ metadata }: Header): boolean => metadata.format === format;

/** Smoothing states as JSON has them. */
interface SmoothingJson {
  readonly from: number;
  readonly parts: readonly {
    readonly weight: number;
    readonly fit: Omit<FittedSmoothing, 'initial'> & {
      readonly initial: Omit<SmoothingState, 'seasonal'> & { readonly seasonal: readonly number[] };
    };
  }[];
}

/**
 * Reads a model that {@link ForecastModel.save} wrote.
 *
 * @throws TypeError unless it is a path or bytes; GlissadeError `ERR_FILE`, or `ERR_CORRUPT_FILE` if the file is damaged or of
 *   something else.
 */
export function loadForecastModel(from: string | URL | Uint8Array): Promise<ForecastModel> {
  return withSource('from', from, async (source) => {
    const bytes = await readHeader(source);
    if (!hasChecksums(bytes)) throw notAForecast();
    const { memory, header } = await readChecked(source, bytes, (parsed) => {
      if (!isForecastHeader(parsed)) throw notAForecast();
      return { memory: new Uint8Array(source.size - parsed.length), header: parsed };
    });
    return modelOf(header, memory);
  });
}

const notAForecast = (): Error =>
  errorWith('ERR_CORRUPT_FILE', 'the file does not contain a model that glissade forecast wrote');

/** Whether a file is that of a forecast. False if it can't be read: whoever reads it as something else reports that. */
export async function isForecastFile(path: string): Promise<boolean> {
  try {
    return await withSource('from', path, async (source) => {
      const bytes = await readHeader(source);
      return (
        hasChecksums(bytes) &&
        isForecastHeader(parseHeader(bytes.subarray(0, headerLength(bytes, source.size)), source.size))
      );
    });
  } catch {
    return false;
  }
}

async function modelOf({ metadata, entries }: Header, memory: Uint8Array): Promise<ForecastModel> {
  if (metadata.version !== version)
    throw errorWith(
      'ERR_CORRUPT_FILE',
      `the file has version ${metadata.version} of the format of forecasts; this version of glissade reads version ${version}`,
    );
  const bytesOf = (name: string): Uint8Array => {
    const entry = entries.get(name);
    if (!entry) throw corrupt(`it lacks ${name}`);
    return Uint8Array.from(memory.subarray(entry.begin, entry.end));
  };
  const numbersOf = (name: string) => new Float64Array(bytesOf(name).buffer);
  const {
    series: described,
    smoothing,
    averaged,
    theta,
    weights,
    corrections,
    ...spec
  } = jsonOf(metadata.forecast) as unknown as Json;
  const series = described.map(({ name, begin, known }, i): Series => {
    const values = numbersOf(`series.${i}.values`);
    const inputs = Array.from({ length: known }, (_, j) => {
      const future = numbersOf(`series.${i}.known.${j}`);
      const all = new Float64Array(values.length + future.length);
      all.set(future, values.length);
      return all;
    });
    return { name, begin, values, filled: filledForward(values), known: inputs };
  });
  const forecasters = new Map<ForecastMethod, Forecaster>([
    ['persistence', persistence],
    ['seasonalPersistence', seasonalPersistence],
  ]);
  const smoothed = new SmoothingForecaster((smoothing ?? []).map(smoothingFrom));
  if (smoothing) forecasters.set('exponentialSmoothing', smoothed);
  if (averaged) forecasters.set('averagedSmoothing', new SmoothingForecaster(averaged.map(smoothingFrom)));
  if (theta) forecasters.set('theta', new SmoothingForecaster(theta.map(smoothingFrom)));
  const needed = neededFor(weights ? membersUsed(weights) : [spec.method]);
  if (needed.includes('linear')) {
    const bands: Float64Array[] = [];
    while (entries.has(`linear.${bands.length}`)) bands.push(numbersOf(`linear.${bands.length}`));
    const linear = new LinearForecaster(smoothed, bands);
    forecasters.set('linear', linear);
    if (needed.includes('network'))
      forecasters.set(
        'network',
        new NetworkForecaster(linear, entries.has('network') ? await loadTableModel(bytesOf('network')) : undefined),
      );
  }
  if (weights) forecasters.set('combination', new CombinationForecaster(weights, new Map(forecasters)));
  return new ForecastModel(
    {
      ...spec,
      corrections: {
        low: Float64Array.from(corrections.low),
        high: Float64Array.from(corrections.high),
        widening: Float64Array.from(corrections.widening),
      },
    },
    series,
    forecasters,
  );
}

interface Json extends Omit<ForecastSpec, 'corrections'> {
  readonly corrections: { readonly [each in keyof Corrections]: readonly number[] };
  readonly series: readonly { readonly name: string; readonly begin: number; readonly known: number }[];
  readonly smoothing?: readonly (SmoothingJson | null)[];
  readonly averaged?: readonly (SmoothingJson | null)[];
  readonly theta?: readonly (SmoothingJson | null)[];
  readonly weights?: CombinationWeights;
}

const smoothingFrom = (one: SmoothingJson | null): SeriesSmoothing | undefined =>
  one === null
    ? undefined
    : {
        ...one,
        parts: one.parts.map(({ weight, fit }) => ({
          weight,
          fit: { ...fit, initial: { ...fit.initial, seasonal: Float64Array.from(fit.initial.seasonal) } },
        })),
      };

function jsonOf(text: string | undefined): Record<string, unknown> {
  try {
    const json = JSON.parse(text!);
    if (isPlainObject(json)) return json as Record<string, unknown>;
  } catch {}
  throw corrupt('its metadata are not those of a forecast');
}
