import type { Network } from '../../index.js';
import { distance, norm } from '../vectors.js';

/** How far the parameters have moved, at a step. */
export interface Movement {
  readonly step: number;
  /** ‖θ − θ'‖ / ‖θ‖ for each tensor, divided by the number of steps since θ'. */
  readonly byTensor: ReadonlyMap<string, number>;
}

/** Follows the parameters of a model from one look to the next. */
export class Movements {
  #before: { step: number; tensors: ReadonlyMap<string, Float64Array> } | undefined;

  /** How far each tensor has moved since the last look; nothing at the first. */
  look(step: number, model: Pick<Network, 'tensors'>): Movement | undefined {
    const before = this.#before;
    const tensors = new Map([...model.tensors].map(([name, { data }]) => [name, Float64Array.from(data)]));
    this.#before = { step, tensors };
    if (!before || step <= before.step) return undefined;
    const share = (name: string, now: Float64Array) => {
      const moved = distance(now, before.tensors.get(name)!);
      return moved === 0 ? 0 : moved / norm(now) / (step - before.step);
    };
    return { step, byTensor: new Map([...tensors].map(([name, now]) => [name, share(name, now)])) };
  }
}
