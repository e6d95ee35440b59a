import { cosine } from '../../lib/schedules/cosine';
import { cyclic } from '../../lib/schedules/cyclic';
import { exponential } from '../../lib/schedules/exponential';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { multiStep } from '../../lib/schedules/multi_step';
import { oneCycle } from '../../lib/schedules/one_cycle';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { polynomial } from '../../lib/schedules/polynomial';
import { type ReduceOnPlateauOptions, reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import type { Schedule } from '../../lib/schedules/schedule';
import { step as stepSchedule } from '../../lib/schedules/step';
import { warmRestarts } from '../../lib/schedules/warm_restarts';

/** glissade's equivalent of each PyTorch scheduler, by PyTorch's name and options. */
// biome-ignore lint/suspicious/noExplicitAny: options of many kinds, as they come from a JSON file
export const torchSchedules: Record<string, (base: number, options: any) => Schedule> = {
  StepLR: (from, { step_size, gamma }) => stepSchedule({ from, every: step_size, factor: gamma }),
  MultiStepLR: (from, { milestones, gamma }) => multiStep({ from, milestones, factor: gamma }),
  ConstantLR: (base, { factor, total_iters }) =>
    piecewiseSchedule({ boundaries: [total_iters], values: [base * factor, base] }),
  LinearLR: (base, { start_factor, end_factor, total_iters }) =>
    linearSchedule({ from: base * start_factor, to: base * end_factor, steps: total_iters }),
  ExponentialLR: (from, { gamma }) => exponential({ from, factor: gamma }),
  PolynomialLR: (from, { total_iters, power }) => polynomial({ from, steps: total_iters, power }),
  CosineAnnealingLR: (from, { T_max, eta_min }) => cosine({ from, to: eta_min, steps: T_max, periodic: true }),
  CosineAnnealingWarmRestarts: (from, { T_0, T_mult, eta_min }) =>
    warmRestarts({ from, to: eta_min, steps: T_0, factor: T_mult }),
  CyclicLR: (_base, { base_lr, max_lr, step_size_up, step_size_down, mode, gamma }) =>
    cyclic({
      from: base_lr,
      to: max_lr,
      up: step_size_up,
      down: step_size_down,
      mode: mode === 'exp_range' ? 'exponential' : mode,
      factor: gamma,
    }),
  OneCycleLR: (_base, options) =>
    oneCycle({
      peak: options.max_lr,
      steps: options.total_steps,
      warmup: options.pct_start,
      shape: options.anneal_strategy === 'cos' ? 'cosine' : options.anneal_strategy,
      initialDivisor: options.div_factor,
      finalDivisor: options.final_div_factor,
      threePhase: options.three_phase,
    }),
  ReduceLROnPlateau: (from, options) =>
    reduceOnPlateau({
      from,
      factor: options.factor,
      patience: options.patience,
      threshold: options.threshold,
      thresholdMode: options.threshold_mode && { rel: 'relative', abs: 'absolute' }[options.threshold_mode as 'rel'],
      cooldown: options.cooldown,
      minimum: options.min_lr,
      epsilon: options.eps,
      mode: options.mode,
    } as ReduceOnPlateauOptions),
};
