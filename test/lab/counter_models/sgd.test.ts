import { sgdInPractice } from '../../../lib/lab/experiments/sgd';
import { testCounterModels } from '../../support/counter_models';

test('each check of sgd fails with its counter-model', () => testCounterModels(sgdInPractice));
