import { singleLayer } from '../../../lib/lab/experiments/single_layer';
import { testCounterModels } from '../../support/counter_models';

test('each check of single-layer fails with its counter-model', () => testCounterModels(singleLayer));
