import { saxe } from '../../../lib/lab/experiments/saxe';
import { testCounterModels } from '../../support/counter_models';

test('each check of saxe fails with its counter-model', () => testCounterModels(saxe));
