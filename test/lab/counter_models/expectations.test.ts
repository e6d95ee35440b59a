import { expectations } from '../../../lib/lab/experiments/expectations';
import { testCounterModels } from '../../support/counter_models';

test('each check of expectations fails with its counter-model', () => testCounterModels(expectations));
