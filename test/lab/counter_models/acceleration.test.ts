import { acceleration } from '../../../lib/lab/experiments/acceleration';
import { testCounterModels } from '../../support/counter_models';

test('each check of acceleration fails with its counter-model', () => testCounterModels(acceleration));
