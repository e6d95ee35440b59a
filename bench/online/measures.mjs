export const lossTitle = 'log loss';

export const rate = { key: 'rate', title: 'rate', unit: 'examples/s', better: 'more' };
export const loss = { key: 'loss', title: lossTitle, unit: 'nats', decimals: 4, hasRatio: false };
