import fs from 'node:fs';
import { launch } from 'puppeteer-core'; // drives an installed Chromium, without downloading one

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Opens Debian's Chromium, or the one that the variable CHROMIUM names. */
export function openBrowser() {
  if (!fs.existsSync(chromium))
    throw new Error(`${chromium} is missing: apt-get install chromium, or name another in the variable CHROMIUM`);
  return launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'], timeout: 0, protocolTimeout: 0 });
}
