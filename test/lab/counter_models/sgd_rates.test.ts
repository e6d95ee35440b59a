import { sgdRates } from '../../../lib/lab/experiments/sgd_rates';
import { testCounterModels } from '../../support/counter_models';

test('each check of sgd-rates fails with its counter-model', () => testCounterModels(sgdRates));
