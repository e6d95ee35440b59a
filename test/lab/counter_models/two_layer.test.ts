import { twoLayer } from '../../../lib/lab/experiments/two_layer';
import { testCounterModels } from '../../support/counter_models';

test('each check of two-layer fails with its counter-model', () => testCounterModels(twoLayer));
