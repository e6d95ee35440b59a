declare module 'mnist' {
  interface Digit {
    /** Pixels of all images of the digit, from 0 to 1, 784 for each image. */
    raw: number[];
    length: number;
  }
  const digits: Record<number, Digit>;
  export default digits;
}
