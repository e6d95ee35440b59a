import { saddles } from '../../../lib/lab/experiments/saddles';
import { testCounterModels } from '../../support/counter_models';

test('each check of saddles fails with its counter-model', () => testCounterModels(saddles));
