import { adaptive } from '../../../lib/lab/experiments/adaptive';
import { testCounterModels } from '../../support/counter_models';

test('each check of adaptive fails with its counter-model', () => testCounterModels(adaptive));
