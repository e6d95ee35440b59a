/** A test that needs Linux: it alone has all addresses of 127.0.0.0/8, by which tests are several clients. */
export const testOnLinux = process.platform === 'linux' ? test : test.skip;
