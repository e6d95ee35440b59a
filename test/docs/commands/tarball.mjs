import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './page_commands.mjs';

/** Packs the checkout. Without a prebuilt addon for this machine, the tarball gets the addon that was built here. */
export async function packTarball(folder) {
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const tarball = path.join(folder, filename);
  const prebuilt = `prebuilds/${process.platform}-${process.arch}/glissade.node`;
  if (fs.existsSync(path.join(root, prebuilt))) return tarball;
  const addon = path.join(root, 'build/Release/glissade.node');
  if (!fs.existsSync(addon)) throw new Error(`${addon} is not there: npm run build:addon`);
  const unpacked = path.join(folder, 'unpacked');
  fs.mkdirSync(unpacked);
  execFileSync('tar', ['xzf', tarball, '-C', unpacked]);
  fs.mkdirSync(path.dirname(path.join(unpacked, 'package', prebuilt)), { recursive: true });
  fs.copyFileSync(addon, path.join(unpacked, 'package', prebuilt));
  execFileSync('tar', ['czf', tarball, '-C', unpacked, 'package']);
  fs.rmSync(unpacked, { recursive: true });
  return tarball;
}
