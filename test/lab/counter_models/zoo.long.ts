import { zoo } from '../../../lib/lab/experiments/zoo';
import { testCounterModels } from '../../support/counter_models';

test('each check of zoo fails with its counter-model', () => testCounterModels(zoo));
