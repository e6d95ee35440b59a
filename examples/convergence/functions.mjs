import { problems } from 'glissade/lab';

const { beale, branin, deepQuadratic, himmelblau, rosenbrock, sphere } = problems;

/** The test functions, in the tables' order. @type {readonly import('glissade').Problem[]} */
export const functions = [sphere, deepQuadratic(), rosenbrock, beale, himmelblau, branin];
