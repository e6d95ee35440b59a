// Files of Debian's packages, unpacked for the cross builds: C libraries of other releases and architectures, sources.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const mirror = 'http://deb.debian.org/debian';
const keys = '/usr/share/keyrings/debian-archive-keyring.pgp';

/** A separate apt with its lists in `folder`, which does not touch the machine's. */
function aptIn(folder, kind, suite, architecture) {
  for (const part of ['lists/partial', 'archives/partial']) fs.mkdirSync(path.join(folder, part), { recursive: true });
  fs.writeFileSync(`${folder}/sources.list`, `${kind} [signed-by=${keys}] ${mirror} ${suite} main\n`);
  fs.writeFileSync(`${folder}/status`, '');
  const options = {
    'Dir::Etc::sourcelist': `${folder}/sources.list`,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::status': `${folder}/status`,
    'Dir::Cache': folder,
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': '',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = (...args) =>
    execFileSync('apt-get', [...flags, '-qq', ...args], { cwd: `${folder}/archives`, encoding: 'utf8' });
  apt('update');
  return apt;
}

/** Unpacks packages of a release into `folder`, unless they are there. */
export function unpackPackages(folder, suite, architecture, packages) {
  if (fs.existsSync(folder)) return;
  const state = path.resolve(`${folder}.apt`);
  aptIn(state, 'deb', suite, architecture)('download', ...packages);
  const fresh = `${folder}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  for (const file of fs.readdirSync(`${state}/archives`).filter((name) => name.endsWith('.deb')))
    execFileSync('dpkg-deb', ['-x', `${state}/archives/${file}`, fresh]);
  fs.renameSync(fresh, folder);
}

/** Unpacks some folders of a source package's original archive into `folder`, unless they are there. */
export async function unpackSource(folder, suite, name, folders) {
  if (fs.existsSync(folder)) return;
  const state = path.resolve(`${folder}.apt`);
  fs.rmSync(state, { recursive: true, force: true }); // apt prints no address for cached files
  const uris = aptIn(state, 'deb-src', suite, 'amd64')('source', '--print-uris', name);
  const [, address, file, hash] = uris.match(/'([^']*)' (\S+\.orig\.tar\.xz) \d+ SHA256:(\w+)/);
  const archive = `${state}/archives/${file}`;
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  if (createHash('sha256').update(bytes).digest('hex') !== hash) throw new Error(`${address} has another checksum`);
  fs.writeFileSync(archive, bytes);
  const fresh = `${folder}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh);
  const inside = folders.map((one) => `${file.replace('.orig.tar.xz', '')}/${one}`);
  execFileSync('tar', ['-xf', archive, '-C', fresh, '--strip-components=1', ...inside]);
  fs.rmSync(archive);
  fs.renameSync(fresh, folder);
}
