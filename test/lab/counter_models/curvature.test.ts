import { curvature } from '../../../lib/lab/experiments/curvature';
import { testCounterModels } from '../../support/counter_models';

test('each check of curvature fails with its counter-model', () => testCounterModels(curvature));
