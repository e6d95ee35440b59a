import { carriedData, type DataName } from '../../lib/lab/carried_data';
import { digits, iris } from '../../lib/lab/data';
import { experiments } from '../../lib/lab/experiments';
import { reportOf } from '../../lib/lab/run';

const read = new Set<DataName>();
beforeAll(async () => {
  const [flowers, images] = [await iris(), await digits()];
  carriedData.iris = async () => {
    read.add('iris');
    return flowers;
  };
  carriedData.digits = async () => {
    read.add('digits');
    return images;
  };
});
afterAll(() => {
  for (const name of Object.keys(carriedData)) delete carriedData[name as DataName];
});
beforeEach(() => read.clear());

test.each(experiments.map((one) => [one.name, one] as const))(
  '%s names the data that it reads',
  async (_, experiment) => {
    await reportOf(experiment, { size: 'small' });
    expect([...read].sort()).toEqual([...(experiment.data ?? [])].sort());
  },
);
