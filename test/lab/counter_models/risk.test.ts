import { risk } from '../../../lib/lab/experiments/risk';
import { testCounterModels } from '../../support/counter_models';

test('each check of risk fails with its counter-model', () => testCounterModels(risk));
