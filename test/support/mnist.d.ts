declare module 'mnist' {
  interface Digit {
    /** Pixels of all its images, from 0 to 1, 784 for each. */
    raw: number[];
    length: number;
  }
  const digits: Record<number, Digit>;
  export default digits;
}
