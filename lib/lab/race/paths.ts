import type { EntrantPath } from './landscape.js';
import type { Lane } from './lanes.js';

/** The largest number of stored places of a path. */
const mostPlaces = 24;

/** The paths of the first network of each lane. */
export class Paths {
  readonly #places = new Map<Lane, { steps: number[]; places: ArrayLike<number>[] }>();
  readonly #every: number;

  /** @param measurements The number of measurements after the start. */
  constructor(measurements: number) {
    this.#every = Math.ceil(measurements / mostPlaces);
  }

  /** Stores the parameters of the networks at some of the measurements; 0 is the start. */
  look(lanes: readonly Lane[], measurement: number): void {
    if (measurement % this.#every !== 0) return;
    for (const lane of lanes) {
      const course = lane.courses[0]!;
      if (course.isDiverged) continue;
      const kept = this.#places.get(lane) ?? { steps: [], places: [] };
      kept.steps.push(course.measurements.at(-1)!.step);
      kept.places.push(course.model.parameters.slice());
      this.#places.set(lane, kept);
    }
  }

  /** The paths so far of the lanes that have not diverged. */
  of(lanes: readonly Lane[]): EntrantPath[] {
    return lanes.flatMap((lane, at) => {
      const course = lane.courses[0]!;
      if (course.isDiverged) return [];
      const { steps, places } = this.#places.get(lane)!;
      const { step, loss } = course.measurements.at(-1)!;
      const isKept = steps.at(-1) === step;
      return [
        {
          name: lane.entrant.name,
          at,
          loss,
          steps: isKept ? steps : [...steps, step],
          places: isKept ? places : [...places, course.model.parameters.slice()],
        },
      ];
    });
  }
}
