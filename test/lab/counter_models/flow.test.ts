import { flow } from '../../../lib/lab/experiments/flow';
import { testCounterModels } from '../../support/counter_models';

test('each check of flow fails with its counter-model', () => testCounterModels(flow));
