import { productsOf } from '../networks.mjs';
import { costs, secondsOf, transferOf } from './network.mjs';

/**
 * Costs of a rank of one thread, in seconds, measured by constants.mjs.
 *
 * @typedef {object} Constants
 * @property {[rows: number, seconds: number][]} steps Steps without exchange, by rows per rank, ascending.
 * @property {number} update The part of a step that does not depend on rows: mostly the update of all parameters.
 * @property {{ full: number, bfloat16: number }} exchanged Processor time per byte that a rank sends.
 * @property {number} outer An outer step.
 *
 * @typedef {object} Plan
 * @property {import('../networks.mjs').Description} description Of dense layers.
 * @property {number} rows Rows of a rank in each step.
 * @property {number} ranks
 * @property {import('./network.mjs').Network} network
 * @property {'full' | 'bfloat16'} exchange
 * @property {number} [every] Steps that ranks take separately before they synchronise.
 * @property {number} [steps] Steps per epoch. Default: unlimited.
 * @property {number} [processes] Real number of ranks, if the network simulates more.
 */

// As in native/core/training/steps/gradient_exchange.h and rank_steps.h, and distributed/rank_sums.h.
const least = 2 ** 14; // numbers in a stage, if further ones are adjacent
const most = 2 ** 20; // numbers per message
const agreement = 64; // bytes per rank in each step

const total = (/** @type {number[]} */ numbers) => numbers.reduce((sum, each) => sum + each, 0);

/**
 * The number of parameters that each stage of summing gradients covers, largest first, and each stage's share of the
 * work on a row.
 */
export function stagesOf(description) {
  const layers = productsOf(description).map(({ inputs, outputs }) => ({
    parameters: (inputs + 1) * outputs,
    flops: inputs * outputs,
  }));
  const whole = 3 * total(layers.map(({ flops }) => flops)) - layers[0].flops; // forward, gradients, and deltas except the first
  const stages = [];
  for (const { parameters, flops } of layers) {
    if (!(stages.at(-1)?.parameters < least)) stages.push({ parameters: 0, share: 0 });
    stages.at(-1).parameters += parameters;
    stages.at(-1).share += flops / whole;
  }
  return stages.sort((a, b) => b.parameters - a.parameters);
}

/** Numbers in each message of a sum. */
const messagesOf = (/** @type {number} */ numbers) =>
  Array.from({ length: Math.ceil(numbers / most) }, (_, i) => Math.min(most, numbers - i * most));

/** Costs of the consecutive operations of a message. @returns {import('./network.mjs').Cost[]} */
const operationsOf = (numbers, { exchange, network }, ranks) =>
  exchange === 'full'
    ? [costs.sum(4 * numbers, ranks, network)]
    : [costs.exchange(2 * numbers, ranks, network), costs.gather(2 * numbers, ranks, network)];

/** Seconds of a step without exchange, interpolated linearly. @param {Constants} constants */
export function stepAlone({ steps }, rows) {
  const above = steps.findIndex(([at]) => at >= rows);
  const next = above < 0 ? steps.length - 1 : Math.max(1, above);
  const [[low, from], [high, to]] = [steps[next - 1], steps[next]];
  return from + ((to - from) / (high - low)) * (rows - low);
}

/** A link that sends messages in order of their start. Returns the time of arrival; calls must be in order of time. */
function link(network) {
  let isFreeAt = 0;
  return (begin, cost) => {
    isFreeAt = Math.max(begin, isFreeAt) + transferOf(cost, network);
    return isFreeAt + cost.latencies * network.latency;
  };
}

/**
 * The sums that are being sent over a link. Each takes one or two operations. The second one starts when this rank
 * notices that the first has arrived. The processor work of a sum of one operation is done by the library while the rank waits; of a sum of
 * two, the rank does about a quarter after each arrival: it adds what has arrived, or converts it to floats.
 */
function sums(constants, plan) {
  const send = link(plan.network);
  const all = [];
  let begun = 0; // number of sums that have started their last operation
  const workOf = (operations) => constants.exchanged[plan.exchange] * total(operations.map(({ bytes }) => bytes));
  const beginLast = (time) => {
    const sum = all[begun++];
    if (sum.operations.length > 1) sum.arrival = send(time + sum.work / 4, sum.operations[1]) + sum.work / 4;
  };
  const advance = (time) => {
    while (begun < all.length && all[begun].arrival <= time) beginLast(all[begun].arrival);
  };
  return {
    send,
    advance,
    begin(time, numbers) {
      advance(time);
      for (const count of messagesOf(numbers)) {
        const operations = operationsOf(count, plan, plan.ranks);
        const work = workOf(operationsOf(count, plan, plan.processes ?? plan.ranks));
        all.push({ operations, work, arrival: send(time, operations[0]) });
      }
      return all.length;
    },
    /** Waits for a message. */
    finish(time, i) {
      if (begun <= i) beginLast(Math.max(time, all[i].arrival));
      const end = Math.max(all[i].arrival, time + all[i].work);
      advance(end);
      return end;
    },
  };
}

/** Predicted seconds of a step. @param {Constants} constants @param {Plan} plan */
export function stepTime(constants, plan) {
  const ofEpoch = plan.steps ? (2 * agreementTime(plan)) / plan.steps : 0; // ranks compare their parameters: two exchanges
  return ofEpoch + (plan.every ? stepOfItsOwn(constants, plan) : sharedStep(constants, plan));
}

const agreementOf = ({ ranks, network }) => costs.gather(agreement * ranks, ranks, network);
const agreementTime = (/** @type {Plan} */ plan) => secondsOf(agreementOf(plan), plan.network);

/**
 * A joint step of the ranks: forward and deltas; the agreement of ranks; the gradient of each stage, with its sum
 * starting at once; then the update of each stage, after its sum has arrived.
 */
function sharedStep(constants, plan) {
  const stages = stagesOf(plan.description);
  const parameters = total(stages.map((stage) => stage.parameters));
  const work = Math.max(0, stepAlone(constants, plan.rows) - constants.update);
  const ofRanks = sums(constants, plan);
  let time = work * (1 - total(stages.map(({ share }) => share)));
  const agreed = ofRanks.send(time, agreementOf(plan));
  const begun = stages.map((stage) => {
    time += work * stage.share;
    return ofRanks.begin(time, stage.parameters);
  });
  time = Math.max(time, agreed);
  ofRanks.advance(time);
  for (const [i, stage] of stages.entries()) {
    for (let message = begun[i - 1] ?? 0; message < begun[i]; ++message) time = ofRanks.finish(time, message);
    time += constants.update * (stage.parameters / parameters);
    ofRanks.advance(time);
  }
  return time;
}

/** A separate step of a rank, with its share of the synchronisation: an agreement, a sum and an outer step. */
function stepOfItsOwn(constants, plan) {
  const ofRanks = sums(constants, plan);
  const parameters = total(stagesOf(plan.description).map((stage) => stage.parameters));
  let time = 0;
  const begun = ofRanks.begin(0, parameters);
  for (let message = 0; message < begun; ++message) time = ofRanks.finish(time, message);
  return stepAlone(constants, plan.rows) + (agreementTime(plan) + time + constants.outer) / plan.every;
}

/** Examples per second of all ranks. */
export const throughput = (constants, plan) => (plan.rows * plan.ranks) / stepTime(constants, plan);

/**
 * Throughput of the ranks, relative to the same number of ranks without exchange, each with `alone` rows in a step.
 *
 * @param {Constants} constants
 * @param {Plan} plan
 * @param {number} alone
 */
export const efficiency = (constants, plan, alone) =>
  throughput(constants, plan) / ((plan.ranks * alone) / stepAlone(constants, alone));
