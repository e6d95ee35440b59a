/** Titles of the scores of classes and of numbers. */
export const scoreTitles = { classes: 'accuracy', numbers: 'RMSE' };

export const titleOf = ({ name, from, target, task }) => `${name} (${from}), ${task} of ${target}`;
