import { tradeoff } from '../../../lib/lab/experiments/tradeoff';
import { testCounterModels } from '../../support/counter_models';

test('each check of tradeoff fails with its counter-model', () => testCounterModels(tradeoff));
