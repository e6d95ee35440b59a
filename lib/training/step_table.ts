import type { Plan } from '../optimizers/plan.js';

/** Steps per chunk of records. */
const chunk = 4096;

/** How many steps a run takes, at most. */
export interface StepCounts {
  readonly ofFirstEpoch: number;
  readonly ofOtherEpochs: number;
  readonly total: number;
}

/** Tabulates the records of a run's steps, some steps ahead. */
export class StepTable {
  readonly #plan: Plan;
  /** Steps of the trainer before the run. */
  readonly #first: number;
  readonly #counts: StepCounts;
  #tabulated = 0;
  /** Steps that may be tabulated now: plateau schedules have yet to observe the epochs after them. */
  #tabulable: number;
  /** Steps that `stepAsync` has requested, and those of them that were answered. */
  #requested = 0;
  #answered = 0;
  #isWanted = false;

  constructor(plan: Plan, first: number, counts: StepCounts) {
    this.#plan = plan;
    this.#first = first;
    this.#counts = counts;
    this.#tabulable = plan.plateaus.length > 0 ? counts.ofFirstEpoch : counts.total;
  }

  /** The most steps that the run takes, with those that were requested. */
  get total(): number {
    return this.#counts.total + this.#requested;
  }

  /** Whether the run has asked for records and some are left to tabulate. */
  get isWanted(): boolean {
    return this.#isWanted && !this.#isWhole;
  }

  get #isWhole(): boolean {
    return this.#tabulated === this.#tabulable;
  }

  want(): void {
    this.#isWanted = true;
  }

  /** The records of the next steps; without schedules, the one record of all steps. */
  next(): Float64Array {
    const { recordLength, native } = this.#plan;
    const count = native.scheduled ? Math.min(chunk, this.#tabulable - this.#tabulated) : 1;
    const records = new Float64Array(recordLength * count);
    this.#plan.fill(records, 0, this.#first + this.#tabulated, count);
    this.#tabulated += count;
    this.#isWanted = false;
    return records;
  }

  /**
   * Tabulates anew after an epoch that plateau schedules have observed. The run has dropped the records that were left,
   * because they were made before that.
   *
   * @param stepsNow Steps of the trainer when the epoch was reported.
   * @param epochsLeft Number of epochs that the run has yet to take.
   */
  endEpoch(stepsNow: number, epochsLeft: number): void {
    const waiting = this.#plan.accumulate > 1 ? 1 : 0; // requested minibatches may have left gradients for one more step
    this.#tabulated = stepsNow - this.#first;
    this.#tabulable =
      this.#tabulated +
      this.#requested -
      this.#answered +
      (epochsLeft === 0 ? 0 : this.#counts.ofOtherEpochs + waiting);
    this.#isWanted = true;
  }

  /**
   * Notes that a step was requested. Returns whether its record must be supplied: the run would not ask for it before the
   * next epoch, or at all.
   */
  request(): boolean {
    const mustSupply = this.#plan.native.scheduled && this.#isWhole;
    ++this.#requested;
    ++this.#tabulable;
    return mustSupply;
  }

  /** Notes that requests were answered. */
  answer(count: number): void {
    this.#answered += count;
  }
}
