import { cliff } from '../../../lib/lab/experiments/cliff';
import { testCounterModels } from '../../support/counter_models';

test('each check of cliff fails with its counter-model', () => testCounterModels(cliff));
