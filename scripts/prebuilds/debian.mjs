// Files of Debian's packages, unpacked for the cross builds: C libraries of other releases and architectures, sources.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** The address from which this machine's apt takes Debian, and the file of keys that sign it. */
export function debianArchive() {
  const format = '$(LABEL)|$(COMPONENT)|$(REPO_URI)|$(SIGNED_BY)';
  const lines = execFileSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' }).split('\n');
  const found = lines
    .map((line) => line.split('|'))
    .find(([label, component]) => label === 'Debian' && component === 'main');
  if (!found)
    throw new Error(
      "apt knows no source of Debian's packages: add one to /etc/apt/sources.list.d, then apt-get update",
    );
  const [, , address, keys] = found;
  // apt prints a key that is not set as it was asked for.
  return { address, keys: path.isAbsolute(keys) ? keys : '/usr/share/keyrings/debian-archive-keyring.pgp' };
}

/** A separate apt with its lists in `folder`, which does not touch the machine's. */
function aptIn(folder, kind, suite, architecture) {
  for (const part of ['lists/partial', 'archives/partial']) fs.mkdirSync(path.join(folder, part), { recursive: true });
  const { address, keys } = debianArchive();
  fs.writeFileSync(`${folder}/sources.list`, `${kind} [signed-by=${keys}] ${address} ${suite} main\n`);
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
export function unpackSource(folder, suite, name, folders) {
  if (fs.existsSync(folder)) return;
  const state = path.resolve(`${folder}.apt`);
  aptIn(state, 'deb-src', suite, 'amd64')('source', '--download-only', '--tar-only', name);
  const file = fs.readdirSync(`${state}/archives`).find((one) => one.endsWith('.orig.tar.xz'));
  const archive = `${state}/archives/${file}`;
  const fresh = `${folder}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh);
  const inside = folders.map((one) => `${file.replace('.orig.tar.xz', '')}/${one}`);
  execFileSync('tar', ['-xf', archive, '-C', fresh, '--strip-components=1', ...inside]);
  fs.rmSync(archive);
  fs.renameSync(fresh, folder);
}
