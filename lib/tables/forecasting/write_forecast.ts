import type { Contents } from '../../formats/checked.js';
import type { Tensor } from '../../formats/safetensors.js';
import type { Forecaster } from './candidate.js';
import type { CombinationForecaster } from './combination.js';
import type { SmoothingForecaster } from './exponential_smoothing.js';
import type { LinearForecaster } from './linear.js';
import type { Forecasters } from './methods.js';
import type { NetworkForecaster } from './network.js';
import type { Series } from './series.js';
import type { SmoothingState } from './smoothing.js';
import type { ForecastSpec } from './spec.js';

export const format = 'glissade.forecast';
export const version = '3';

/** The contents of a model's file. */
export function contentsOf(spec: ForecastSpec, series: readonly Series[], forecasters: Forecasters): Contents {
  const tensors = new Map<string, Tensor>();
  const put = (name: string, data: Tensor['data']) => tensors.set(name, { data, shape: [data.length] });
  const linear = forecasters.get('linear') as LinearForecaster | undefined;
  const combination = forecasters.get('combination') as CombinationForecaster | undefined;
  const network = forecasters.get('network') as NetworkForecaster | undefined;
  for (const [i, { values, known }] of series.entries()) {
    put(`series.${i}.values`, values);
    // Known columns of the past are inputs of no later forecast.
    for (const [j, input] of known.entries()) put(`series.${i}.known.${j}`, input.slice(values.length));
  }
  for (const [i, band] of linear?.bands.entries() ?? []) put(`linear.${i}`, band);
  if (network?.model) put('network', network.model.toBytes());
  const { low, high, widening } = spec.corrections;
  const json = {
    ...spec,
    corrections: { low: [...low], high: [...high], widening: [...widening] },
    series: series.map(({ name, begin, known }) => ({ name, begin, known: known.length })),
    smoothing: fitsToJson(forecasters.get('exponentialSmoothing')),
    averaged: fitsToJson(forecasters.get('averagedSmoothing')),
    theta: fitsToJson(forecasters.get('theta')),
    weights: combination?.weights,
  };
  return { tensors, metadata: { format, version, forecast: JSON.stringify(json) } };
}

const fitsToJson = (forecaster: Forecaster | undefined) =>
  (forecaster as SmoothingForecaster | undefined)?.fits.map(
    (one) =>
      one && {
        from: one.from,
        parts: one.parts.map(({ weight, fit }) => ({ weight, fit: { ...fit, initial: stateToJson(fit.initial) } })),
      },
  );

const stateToJson = ({ seasonal, ...others }: SmoothingState) => ({ ...others, seasonal: [...seasonal] });
