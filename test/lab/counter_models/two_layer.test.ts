import { testCounterModels } from '../../support/counter_models';

test('each check of two-layer fails with its counter-model', () => testCounterModels('two-layer'));
