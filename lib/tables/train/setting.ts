import { orDefault } from '../../checks/options.js';
import type { Activation, Layer } from '../../layers/layer.js';
import type { TensorGroup } from '../../training/groups.js';
import type { Network } from '../../training/network.js';
import type { ObjectiveOptions } from '../objective_options.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Table } from '../table.js';
import type { Class, Task } from '../target.js';
import type { WordVectors } from '../word_vectors.js';
import { linearLayers, manyClassesLayers, networkLayers, readsWords, type SoftmaxKind } from './candidates.js';
import type { DivisionOptions } from './division_options.js';
import type { FitContext, Recipe } from './fit_candidate.js';
import { setVectors, type VectorsOfTable } from './pretrained.js';
import type { CandidateKind } from './report.js';
import { ruleOf, usualRate } from './rules.js';

/** Tables with fewer rows are cross-validated, and their model is the mean of several networks. */
export const smallRows = 50_000;

/** Tables with fewer rows get smaller steps and more networks. */
const fewRows = 2000;

/** The number of members of a network: more if they are cheap. With many rows, they cost time and gain nothing. */
export const membersFor = (rows: number): number => (rows < fewRows ? 16 : rows < smallRows ? 8 : 1);

/** The default function of the hidden units. */
export const usualActivation: Activation = 'silu';

const readings = {
  small: { dimensions: 4, categoryDropout: 0.5 },
  large: { dimensions: 50, categoryDropout: 0 },
};

/**
 * How a network reads words. More classes get longer vectors; with fewer rows, more of their elements are dropped: four fifths up to
 * 50,000 rows, a fifth from 5,000,000 on.
 */
const wordsReading = (outputs: number, rows: number) => ({
  wordsWidth: Math.min(128, Math.max(32, 4 * outputs)),
  wordsDropout: Math.min(0.8, Math.max(0.2, 0.8 - 0.3 * Math.log10(rows / smallRows))),
});

/** How a network reads words that begin with vectors: their sums as they are, because much is known about them. */
const vectorsReading = ({ width }: WordVectors) => ({
  wordsWidth: width,
  wordsActivation: 'identity' as const,
  wordsDropout: 0.2,
});

/** The layers and the training of the network. Undefined values follow from the rule and the number of rows. */
export interface NetworkSetting {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly rule: string;
  readonly learningRate?: number | undefined;
  readonly weightDecay?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly members?: number | undefined;
  readonly activation?: Activation | undefined;
  readonly softmax?: SoftmaxKind | undefined;
}

/** What training minimises. Balanced weights of classes are numbers here, those of the whole table. */
export interface Objective extends ObjectiveOptions {
  readonly classWeights?: Readonly<Record<string, number>> | undefined;
}

/** The table and all options of a training. */
export interface Setting {
  /** The rows with a target; if each rank has a part of the table, those of this rank. */
  readonly table: Table;
  /** The number of these rows on all ranks. */
  readonly rows: number;
  /** The number of rows with a target that were left out because their weight is 0, on all ranks. */
  readonly weightless: number;
  /** The number of rows that were left out because they repeat others. */
  readonly repeated: number;
  readonly pipelines: Readonly<Record<CandidateKind, Pipeline>>;
  readonly target: string;
  readonly task: Task;
  /** All classes of the table. A part of the rows may lack some. */
  readonly classes: readonly Class[] | undefined;
  /** If a step of the network computes some classes only: the number of rows of each class, on all ranks. */
  readonly frequencies?: readonly number[] | undefined;
  /**
   * If there are several targets: each by itself, with the rows that have it. `target` then has the names of all, and `task` and
   * `classes` mean nothing.
   */
  readonly several?: readonly Setting[];
  readonly objective: Objective;
  readonly division: DivisionOptions;
  readonly network: NetworkSetting;
  /** Vectors with which those of words begin, in the network. */
  readonly vectors?: VectorsOfTable | undefined;
  /** How a linear model is found: exactly, or on minibatches if it was requested with options of minibatches. */
  readonly linearBy: 'exact solution' | 'minibatches';
  readonly epochs: number;
  readonly seed: number;
  readonly context: FitContext;
}

/** The linear model that networks are compared with. */
const linear: NetworkSetting = { hidden: [], rule: 'adamw' };

/** Whether a candidate is a linear model with an exact solution, which squared errors and the log loss have. */
export const isExact = ({ linearBy, network, objective: { loss, quantiles } }: Setting, kind: CandidateKind): boolean =>
  linearBy === 'exact solution' &&
  (kind === 'linear' || network.hidden.length === 0) &&
  (loss === undefined || loss === 'squared') &&
  quantiles === undefined;

/** How a candidate is trained. If a linear model was requested, its options apply to it. */
export function recipeFor(
  setting: Setting,
  kind: CandidateKind,
  pipeline: FittedPipeline,
  seed = setting.seed,
): Recipe {
  const { rows, vectors } = setting;
  const own = kind === 'network' || setting.network.hidden.length === 0 ? setting.network : linear;
  const learningRate = orDefault(own.learningRate, rateFor(own));
  const isScaled = own.rule === 'adamw' && own.hidden.length > 0 && rows < smallRows && !readsWords(pipeline);
  return {
    layers: layersOf(own, setting, pipeline),
    optimizer: ruleOf(own.rule, learningRate, own.weightDecay ?? decayFor(own, rows)),
    ...(isScaled && { groups: (model) => scaledFaster(model, learningRate) }),
    batchSize: orDefault(own.batchSize, rows < fewRows ? 32 : rows < smallRows ? 128 : 1024),
    loss: pipeline.loss,
    epochs: setting.epochs,
    seed,
    ...(vectors && own.hidden.length > 0 && { begin: (model) => setVectors(model, pipeline, vectors.all) }),
  };
}

function layersOf(own: NetworkSetting, { rows, frequencies, vectors }: Setting, pipeline: FittedPipeline): Layer[] {
  const [first, ...widths] = own.hidden;
  if (first === undefined) return linearLayers(pipeline);
  const reading = {
    ...readings[rows < smallRows ? 'small' : 'large'],
    ...(vectors ? vectorsReading(vectors.all) : wordsReading(pipeline.outputs, rows)),
  };
  const activation = orDefault(own.activation, usualActivation);
  const softmax = orDefault(own.softmax, 'full');
  if (softmax !== 'full')
    return manyClassesLayers(pipeline, own.hidden, { ...reading, activation, softmax, frequencies: frequencies! });
  const members = orDefault(own.members, membersFor(rows));
  return networkLayers(pipeline, [first, ...widths], { ...reading, members, activation });
}

/**
 * How many times as great as the usual learning rate is that of the factors by which each member multiplies its inputs. They act as
 * the scaling layer of RealMLP (Holzmüller, Grinsztajn & Steinwart 2024, arXiv:2407.04491, section 3).
 */
const scalingSpeed = 6;

function scaledFaster({ tensors }: Network, learningRate: number): TensorGroup[] {
  const factors = [...tensors.keys()].find((name) => name.endsWith('.r')); // of the first layer with members
  return factors === undefined ? [] : [{ tensors: [factors], learningRate: scalingSpeed * learningRate }];
}

/** The default learning rate. */
export function rateFor({ hidden, rule }: NetworkSetting): number {
  if (rule !== 'adamw') return usualRate(rule);
  return hidden.length === 0 ? 1e-2 : 3e-3;
}

/** The default weight decay, if it is not that of the rule. With many rows, a strong one keeps a network from learning enough. */
const decayFor = ({ hidden, rule }: NetworkSetting, rows: number): number | undefined =>
  rule === 'adamw' && hidden.length > 0 && rows < smallRows ? 0.1 : undefined;

/** Fits the pipeline of a candidate to some rows. */
export const fittedPipeline = (setting: Setting, kind: CandidateKind, rows: Table): Promise<FittedPipeline> => {
  const { target, task, classes, objective, several } = setting;
  const { weight } = objective;
  return setting.pipelines[kind].fitEach(
    rows,
    several?.map((one) => ({ target: one.target, task: one.task, classes: one.classes, weight })) ?? [
      { target, task, classes, ...objective },
    ],
    kind === 'network' ? setting.vectors?.all : undefined,
  );
};
