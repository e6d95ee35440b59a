import { rates } from '../../../lib/lab/experiments/rates';
import { testCounterModels } from '../../support/counter_models';

test('each check of rates fails with its counter-model', () => testCounterModels(rates));
