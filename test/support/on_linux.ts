/**
 * A test that needs Linux: only there does the machine have all addresses of 127.0.0.0/8, one for each simulated
 * client.
 */
export const testOnLinux = process.platform === 'linux' ? test : test.skip;
